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
  /** What chance is made of; where the real one threw dice, any of its results will do. */
  readonly seed?: number;
  onResult(result: { readonly id: string; readonly difference: string | undefined }): void;
}

export interface SchedulerAreaResult {
  readonly area: string;
  readonly passed: number;
  readonly total: number;
  readonly failed: readonly { readonly id: string; readonly difference: string }[];
}

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
      const difference = await replaySchedulerCase(one, schemas, options.seed ?? 1).catch(
        (error: unknown) => `failed: ${error instanceof Error ? error.message : String(error)}`,
      );
      if (difference !== undefined) failed.push({ id: one.id, difference });
      options.onResult({ id: `${area}/${one.id}`, difference });
    }
    results.push({ area, passed: cases.length - failed.length, total: cases.length, failed });
  }
  return results;
}
