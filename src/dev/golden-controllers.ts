import { readFileSync } from 'node:fs';
import path from 'node:path';
import { type ControllerCase, replayCase } from './controllers-replay/replay-case.ts';
import { loadReplaySchemas } from './controllers-replay/replay-cluster.ts';

export interface ControllersReplay {
  /** Holds `<area>.jsonl`. */
  readonly folder: string;
  readonly areas: readonly string[];
  /** The folder `assets` of the course. */
  readonly assets: string;
  /** Cases whose `area/id` it matches. */
  readonly only?: RegExp;
  onResult(result: { readonly id: string; readonly difference: string | undefined }): void;
}

export interface AreaResult {
  readonly area: string;
  /** Steps. */
  readonly passed: number;
  readonly total: number;
  /** Case and step, `dep-scale[1]`, with the first difference. */
  readonly failed: readonly { readonly id: string; readonly difference: string }[];
}

/** Plays recorded scenarios against our own API server and controllers, each on an emptied cluster and a virtual clock. */
export async function replayControllers(options: ControllersReplay): Promise<AreaResult[]> {
  const schemas = loadReplaySchemas(options.assets);
  const results: AreaResult[] = [];
  for (const area of options.areas) {
    const text = readFileSync(path.join(options.folder, `${area}.jsonl`), 'utf8');
    const cases = text
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as ControllerCase)
      .filter(({ id }) => options.only?.test(`${area}/${id}`) ?? true);
    const failed: { id: string; difference: string }[] = [];
    let total = 0;
    for (const one of cases) {
      total += one.steps.length;
      const differences = await replayCase(one, { area, schemas }).catch((error: unknown) => {
        const why = `failed: ${error instanceof Error ? error.message : String(error)}`;
        return new Map(one.steps.map((_, index) => [index, why]));
      });
      for (const [index, difference] of differences) failed.push({ id: `${one.id}[${index}]`, difference });
      const first = [...differences][0];
      options.onResult({
        id: `${area}/${one.id}`,
        difference: first === undefined ? undefined : `step ${first[0]}: ${first[1]}`,
      });
    }
    results.push({ area, passed: total - failed.length, total, failed });
  }
  return results;
}
