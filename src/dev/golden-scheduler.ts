import { readFileSync } from 'node:fs';
import path from 'node:path';
import { replaySchedulerCase, type SchedulerCase } from './scheduler-replay/replay-case.ts';
import { loadSchedulerSchemas } from './scheduler-replay/replay-cluster.ts';

export interface SchedulerReplay {
  /** Holds `<area>.jsonl`. */
  readonly folder: string;
  readonly areas: readonly string[];
  /** The folder `assets` of the course. */
  readonly assets: string;
  /** Cases whose `area/id` it matches. */
  readonly only?: RegExp;
  /** What chance is made of. Default: some, and any will do: between equal nodes the real one threw dice as well. */
  readonly seed?: number;
  onResult(result: { readonly id: string; readonly difference: string | undefined }): void;
}

export interface SchedulerAreaResult {
  readonly area: string;
  readonly passed: number;
  readonly total: number;
  readonly failed: readonly { readonly id: string; readonly difference: string }[];
}

const seeds = [1, 2, 3];

/** Plays recorded placements against our own scheduler, each on an empty cluster and a virtual clock. */
export async function replayScheduler(options: SchedulerReplay): Promise<SchedulerAreaResult[]> {
  const schemas = loadSchedulerSchemas(options.assets);
  const results: SchedulerAreaResult[] = [];
  for (const area of options.areas) {
    const text = readFileSync(path.join(options.folder, `${area}.jsonl`), 'utf8');
    const cases = text
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as SchedulerCase)
      .filter(({ id }) => options.only?.test(`${area}/${id}`) ?? true);
    const failed: { id: string; difference: string }[] = [];
    for (const one of cases) {
      let difference: string | undefined;
      for (const seed of options.seed === undefined ? seeds : [options.seed]) {
        difference = await replaySchedulerCase(one, schemas, seed).catch(
          (error: unknown) => `failed: ${error instanceof Error ? error.message : String(error)}`,
        );
        if (difference?.startsWith('node: ') !== true) break;
      }
      if (difference !== undefined) failed.push({ id: one.id, difference });
      options.onResult({ id: `${area}/${one.id}`, difference });
    }
    results.push({ area, passed: cases.length - failed.length, total: cases.length, failed });
  }
  return results;
}
