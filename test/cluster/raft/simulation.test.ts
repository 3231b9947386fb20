import { describe, expect, it } from 'vitest';
import { World } from './simulation/world.ts';

const seeds = Number(process.env.CURSO_SEMILLAS ?? 1_000);
const PARTS = 10;

function run(seed: number) {
  try {
    return new World(seed).run();
  } catch (error) {
    throw new Error(`seed ${seed}: ${error instanceof Error ? error.message : String(error)}`, {
      cause: error,
    });
  }
}

describe('Raft under bad luck (CURSO_SEMILLAS=n runs other numbers of seeds)', () => {
  const totals = { commits: 0, terms: 0, operations: 0, crashes: 0 };
  for (let part = 0; part < PARTS; part++) {
    const first = Math.floor((seeds * part) / PARTS) + 1;
    const last = Math.floor((seeds * (part + 1)) / PARTS);
    it(`keeps its promises with the seeds ${first} to ${last}`, { timeout: 600_000 }, () => {
      for (let seed = first; seed <= last; seed++) {
        const report = run(seed);
        totals.commits += report.commits;
        totals.terms += report.terms;
        totals.operations += report.operations;
        totals.crashes += report.crashes;
      }
    });
  }

  it('was given work and trouble: what does not happen proves nothing', () => {
    expect(totals.commits / seeds).toBeGreaterThan(20);
    expect(totals.terms / seeds).toBeGreaterThan(3);
    expect(totals.operations / seeds).toBeGreaterThan(20);
    expect(totals.crashes / seeds).toBeGreaterThan(2);
  });

  it('runs the same way from the same seed', () => {
    expect(run(7)).toEqual(run(7));
  });
});
