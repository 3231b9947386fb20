import { readdirSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { replayControllers } from '../../src/dev/golden-controllers.ts';

const folder = path.join(import.meta.dirname, '../fixtures/golden/controllers');
const assets = path.join(import.meta.dirname, '../../assets');
const areas = readdirSync(folder)
  .filter((name) => name.endsWith('.jsonl'))
  .map((name) => name.slice(0, -'.jsonl'.length));

/** Steps that come out otherwise, with the reason. One that is here and passes is a mistake as well. */
const differences: { readonly [step: string]: string } = {};

describe('what a real controller manager left behind', () => {
  it.each(areas)(
    '%s',
    async (area) => {
      const [result] = await replayControllers({ folder, areas: [area], assets, onResult: () => undefined });
      const failed = (result?.failed ?? []).map(({ id, difference }) => ({
        step: `${area}/${id}`,
        difference,
      }));
      expect(result?.total).toBeGreaterThan(0);
      expect(failed.filter(({ step }) => differences[step] === undefined)).toEqual([]);
      const steps = failed.map(({ step }) => step);
      const listed = Object.keys(differences).filter((step) => step.startsWith(`${area}/`));
      expect(listed.filter((step) => !steps.includes(step))).toEqual([]);
    },
    240_000,
  );

  it('comes out the same each time', async () => {
    const areas = ['deployments'];
    const only = /dep-roll-10|dep-quota/;
    const one = await replayControllers({ folder, areas, assets, only, onResult: () => undefined });
    const other = await replayControllers({ folder, areas, assets, only, onResult: () => undefined });
    expect(other).toEqual(one);
  });
});
