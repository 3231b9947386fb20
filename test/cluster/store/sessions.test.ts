import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Sessions } from '../../../src/cluster/store/sessions.ts';

describe('sessions', () => {
  it('admit every proposal at most once, and each one that is not too late', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: -20, max: 20 }), { maxLength: 300 }), (jitter) => {
        let sessions = new Sessions();
        const admitted = new Set<number>();
        let newest = 0;
        jitter.forEach((by, n) => {
          const sequence = Math.max(1, n + by);
          const isNew = !admitted.has(sequence);
          expect(sessions.admit('one', sequence)).toBe(isNew);
          admitted.add(sequence);
          newest = Math.max(newest, sequence);
          // As after a restart from a snapshot.
          if (n % 7 === 0) sessions = new Sessions(sessions.states());
        });
      }),
    );
  });

  it('take what is older than they remember as applied', () => {
    const sessions = new Sessions();
    for (let sequence = 2; sequence <= 100; sequence += 1) expect(sessions.admit('one', sequence)).toBe(true);
    expect(sessions.admit('one', 1)).toBe(false);
    expect(sessions.admit('another', 1)).toBe(true);
  });

  it('are bounded; those in use stay', () => {
    const sessions = new Sessions();
    for (let n = 1; n <= 500; n += 1) {
      sessions.admit(`session ${n}`, 1);
      sessions.admit('busy', n);
    }
    expect(sessions.states().length).toBeLessThanOrEqual(64);
    for (const { recent } of sessions.states()) expect(recent.length).toBeLessThanOrEqual(64);
    expect(sessions.admit('busy', 500)).toBe(false);
  });
});
