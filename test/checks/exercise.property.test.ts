import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../src/base/json.ts';
import type { CheckSpec } from '../../src/checks/check.ts';
import { ancestorsOf, evaluateExercise, type Memory } from '../../src/checks/exercise.ts';
import type { Look } from '../../src/checks/judge.ts';
import { absent, check, found, kindThatSees, unseen } from '../helpers/checks.ts';

/** Exercises of up to six checks whose parents come earlier, so they are always a DAG; edges only under edges. */
const exercises = fc
  .array(
    fc.record({
      edge: fc.boolean(),
      holdMs: fc.constantFrom(0, 0, 2000),
      baseline: fc.boolean(),
      parents: fc.array(fc.nat(4), { maxLength: 3 }),
    }),
    { minLength: 1, maxLength: 6 },
  )
  .map((drafts) =>
    drafts.map((draft, index): CheckSpec => {
      const candidates = [...new Set(draft.parents.filter((parent) => parent < index))];
      const parents = draft.edge ? candidates.filter((parent) => drafts[parent]?.edge) : candidates;
      return check(`c-${index}`, {
        mode: draft.edge ? 'edge' : 'level',
        holdMs: draft.holdMs,
        requires: parents.map((parent) => `c-${parent}`),
        slips: [{ id: 's', when: { hint: { existe: true } }, why: '@{o.hint}', next: '@{c_0.hint}' }],
        ...(draft.baseline ? { before: { ok: false } } : {}),
      });
    }),
  );

const hostile = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 1200 }),
  fc.constantFrom(
    '\u001b[31mrojo\u001b]0;título\u0007',
    '\u202egnp.exe',
    'a\u0000b\r\n\tc',
    `${'x'.repeat(2000)}\u009b2J`,
    '@{nombre} ${HOME} `rm`',
    '\ud800suelto',
  ),
);
const looks: fc.Arbitrary<Look | undefined> = fc.oneof(
  { weight: 3, arbitrary: fc.record({ ok: fc.boolean() }).map((value) => found(value)) },
  { weight: 2, arbitrary: fc.record({ ok: hostile, hint: hostile }).map((value) => found(value)) },
  fc.dictionary(hostile, hostile, { maxKeys: 3 }).map((value) => absent(value as JsonObject)),
  fc.constant(unseen),
  fc.constant(undefined),
);
const history = fc.array(
  fc.record({ passMs: fc.nat(3000), looks: fc.array(looks, { minLength: 6, maxLength: 6 }) }),
  {
    minLength: 1,
    maxLength: 6,
  },
);

const kind = kindThatSees(() => ({ state: 'absent', value: {} }));
const scope = { nombre: 'pan' };

function play(
  checks: readonly CheckSpec[],
  steps: readonly { passMs: number; looks: readonly (Look | undefined)[] }[],
) {
  let memory: Memory = {};
  let nowMs = 0;
  return steps.map((step) => {
    nowMs += step.passMs;
    const seen: Record<string, Look> = {};
    for (let index = 0; index < 6; index++) {
      const look = step.looks[index];
      if (look) seen[`c-${index}`] = look;
    }
    const before = memory;
    const result = evaluateExercise({ checks, kinds: () => kind }, seen, before, scope, nowMs);
    memory = result.memory;
    return { seen, nowMs, before, result };
  });
}

describe('an exercise, whatever it is and whatever is seen', () => {
  it('is judged the same in any order of its checks', () => {
    fc.assert(
      fc.property(exercises, history, fc.infiniteStream(fc.nat()), (checks, steps, order) => {
        const shuffled = [...checks].sort(() => ((order.next().value ?? 0) % 2 === 0 ? -1 : 1));
        // Among several parents that fail, the one named is the first as written: the only thing order decides.
        const said = (order: readonly CheckSpec[]) =>
          play(order, steps).map(({ result }) =>
            JSON.parse(JSON.stringify(result, (key, value) => (key === 'because' ? '' : value))),
          );
        expect(said(shuffled)).toEqual(said(checks));
      }),
    );
  });

  it('is judged the same when the same is seen again at the same moment', () => {
    fc.assert(
      fc.property(exercises, history, (checks, steps) => {
        for (const { seen, nowMs, result } of play(checks, steps)) {
          const again = evaluateExercise({ checks, kinds: () => kind }, seen, result.memory, scope, nowMs);
          expect(again).toEqual(result);
        }
      }),
    );
  });

  it('never takes back an edge, and never passes a check whose parent has not', () => {
    fc.assert(
      fc.property(exercises, history, (checks, steps) => {
        const passedEdges = new Set<string>();
        for (const { result } of play(checks, steps)) {
          for (const spec of checks) {
            const { verdict } = result.verdicts[spec.id] ?? { verdict: 'missing' };
            if (passedEdges.has(spec.id)) expect(verdict).toBe('passed');
            if (verdict !== 'passed') continue;
            if (spec.mode === 'edge') passedEdges.add(spec.id);
            for (const ancestor of ancestorsOf(spec, checks)) {
              expect(result.verdicts[ancestor.id]?.verdict).toBe('passed');
            }
          }
        }
      }),
    );
  });

  it('says nothing that is long, that moves the cursor or that hides', () => {
    fc.assert(
      fc.property(exercises, history, (checks, steps) => {
        for (const { result } of play(checks, steps)) {
          for (const verdict of Object.values(result.verdicts)) {
            for (const [key, text] of Object.entries(verdict) as [string, string][]) {
              const limit = ['why', 'next', 'because'].includes(key) ? 800 : 400;
              expect(text.length).toBeLessThanOrEqual(limit);
              expect(text).not.toMatch(/[\p{Cc}\p{Cs}\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]/u);
            }
          }
        }
      }),
    );
  });

  it('only passes when every check did, and its evidence is the weakest', () => {
    fc.assert(
      fc.property(exercises, history, (checks, steps) => {
        for (const { result } of play(checks, steps)) {
          const all = Object.values(result.verdicts).every(({ verdict }) => verdict === 'passed');
          expect(result.status === 'passed').toBe(all);
        }
      }),
    );
  });

  it('gives a memory that survives being written and read', () => {
    fc.assert(
      fc.property(exercises, history, (checks, steps) => {
        for (const { result } of play(checks, steps)) {
          expect(JSON.parse(JSON.stringify(result.memory))).toEqual(result.memory);
        }
      }),
    );
  });
});
