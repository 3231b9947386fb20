import { readdirSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { replayPods } from '../../src/dev/golden-pods.ts';

const folder = path.join(import.meta.dirname, '../fixtures/golden/pods');
const assets = path.join(import.meta.dirname, '../../assets');
const scenarios = readdirSync(folder)
  .filter((name) => name.endsWith('.jsonl'))
  .map((name) => name.slice(0, -'.jsonl'.length));

/** Scenarios that come out otherwise, with the reason. One that is here and passes is a mistake as well. */
const differences: { readonly [scenario: string]: string } = {};

describe('how Pods lived on a real kubelet', () => {
  it.each(scenarios)(
    '%s',
    async (scenario) => {
      const [result] = await replayPods({ folder, areas: [scenario], assets, onResult: () => undefined });
      expect(result?.total).toBe(1);
      const [failed] = result?.failed ?? [];
      if (differences[scenario] === undefined) expect(failed?.difference).toBeUndefined();
      else expect(failed).toBeDefined();
    },
    240_000,
  );

  it('comes out the same each time', async () => {
    const seen: string[] = [];
    const options = {
      folder,
      assets,
      areas: ['crash-then-recover', 'sidecar', 'probe-readiness-flapping'],
      onResult: () => undefined,
      onSeen: (one: object) => seen.push(JSON.stringify(one)),
    };
    const first = await replayPods(options);
    const second = await replayPods(options);
    expect(second).toEqual(first);
    expect(seen.slice(seen.length / 2)).toEqual(seen.slice(0, seen.length / 2));
  });
});
