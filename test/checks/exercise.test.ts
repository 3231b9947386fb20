import { describe, expect, it } from 'vitest';
import { evaluateExercise } from '../../src/checks/exercise.ts';
import { absent, check, found, kindThatSees, unseen } from '../helpers/checks.ts';

const kind = kindThatSees(() => ({ state: 'absent', value: {} }));
const good = found({ ok: true, Pid: 7 });
const bad = found({ ok: false });

function evaluate(checks: Parameters<typeof check>[1][], ...looks: (ReturnType<typeof found> | undefined)[]) {
  const specs = checks.map((more, index) => check(`c-${index}`, more));
  const seen = Object.fromEntries(looks.flatMap((look, index) => (look ? [[`c-${index}`, look]] : [])));
  return evaluateExercise({ checks: specs, kinds: () => kind }, seen, {}, {}, 0);
}

describe('several checks', () => {
  it('skips what depends on something that does not pass, and names the root of the trouble', () => {
    const chain = [{}, { requires: ['c-0'] }, { requires: ['c-1'] }];
    expect(evaluate(chain, bad, good, good).verdicts).toMatchObject({
      'c-0': { verdict: 'failed' },
      'c-1': { verdict: 'skipped', because: 'Antes tiene que cumplirse esto: «c-0» está bien.' },
      'c-2': { verdict: 'skipped', because: 'Antes tiene que cumplirse esto: «c-0» está bien.' },
    });
  });

  it('needs every parent', () => {
    const diamond = [{}, {}, { requires: ['c-0', 'c-1'] }];
    expect(evaluate(diamond, good, bad, good).verdicts['c-2']).toMatchObject({ verdict: 'skipped' });
    expect(evaluate(diamond, good, good, good).status).toBe('passed');
  });

  it('tells what could not be looked at from what is wrong', () => {
    const result = evaluate([{}, { requires: ['c-0'] }], unseen);
    expect(result.status).toBe('unknown');
    expect(result.verdicts['c-1']).toMatchObject({
      because: 'Antes hay que poder mirar esto: «c-0» está bien.',
    });
    expect(evaluate([{}, {}], unseen, bad).status).toBe('failed');
  });

  it('lets a check use what its ancestors saw, and only them', () => {
    const uses = { requires: ['c-0'], expect: { Pid: '@{c_0.Pid}' } };
    expect(evaluate([{}, uses], good, found({ Pid: 7 })).status).toBe('passed');
    expect(evaluate([{}, { ...uses, requires: [] }], good, found({ Pid: 7 })).status).toBe('failed');
  });

  it('has the weakest evidence of what passed', () => {
    const weak = { ...good, level: 'estático' as const };
    expect(evaluate([{}, {}], good, weak).level).toBe('estático');
    expect(evaluate([{}], absent()).level).toBeUndefined();
  });

  it('does not let a fault in the words of a kind out', () => {
    const broken = {
      ...kind,
      object: () => {
        throw new Error('\u001b[31mboom');
      },
    };
    const { verdicts } = evaluateExercise(
      { checks: [check('c')], kinds: () => broken },
      { c: bad },
      {},
      {},
      0,
    );
    expect(verdicts['c']).toMatchObject({
      verdict: 'unknown',
      reason: 'internal',
      why: 'Falló al juzgar: boom',
    });
  });

  it('sees a baseline even while it waits for a parent', () => {
    const checks = [check('a'), check('b', { requires: ['a'], before: { ok: false } })];
    const rules = { checks, kinds: () => kind };
    const first = evaluateExercise(rules, { a: bad, b: bad }, {}, {}, 0);
    expect(first.verdicts['b']?.verdict).toBe('skipped');
    expect(evaluateExercise(rules, { a: good, b: good }, first.memory, {}, 0).status).toBe('passed');
  });
});
