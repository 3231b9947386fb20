import { readdirSync } from 'node:fs';
import path from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { replayScheduler, type SchedulerAreaResult } from '../../src/dev/golden-scheduler.ts';

const root = path.resolve(import.meta.dirname, '../..');
const folder = path.join(root, 'test/fixtures/golden/scheduler');
const areas = readdirSync(folder)
  .filter((name) => name.endsWith('.jsonl'))
  .map((name) => name.slice(0, -'.jsonl'.length));

/** Cases that differ from the recordings, `area/id`, and why. */
const known: ReadonlyMap<string, string> = new Map([]);

describe('recordings of the real scheduler', () => {
  let results: readonly SchedulerAreaResult[] = [];
  beforeAll(async () => {
    const assets = path.join(root, 'assets');
    results = await replayScheduler({ folder, areas, assets, onResult: () => undefined });
  }, 120_000);

  it('are all there', () => {
    expect(areas.length).toBe(8);
    expect(results.reduce((sum, { total }) => sum + total, 0)).toBeGreaterThan(100);
  });

  it.each(areas)('%s', (area) => {
    const result = results.find((one) => one.area === area);
    const failed = result?.failed ?? [{ id: '', difference: 'it was not played' }];
    expect(failed.filter(({ id }) => !known.has(`${area}/${id}`))).toEqual([]);
    const healed = [...known.keys()].filter(
      (id) => id.startsWith(`${area}/`) && !failed.some((one) => id === `${area}/${one.id}`),
    );
    expect(healed).toEqual([]);
  });
});
