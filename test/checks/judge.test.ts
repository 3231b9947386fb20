import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../src/base/json.ts';
import type { CheckSpec } from '../../src/checks/check.ts';
import { type CheckMemory, judge, type Look } from '../../src/checks/judge.ts';
import { respuesta } from '../../src/checks/kinds/respuesta.ts';
import { absent, check, found, kindThatSees, unseen } from '../helpers/checks.ts';

const kind = kindThatSees(() => ({ state: 'found', value: {} }));
const scope = { nombre: 'pan-7f3c' };

function judged(spec: CheckSpec, look: Look, memory: CheckMemory = {}, nowMs = 0) {
  return judge(spec, kind, look, memory, scope, nowMs);
}

describe('a failed check', () => {
  const spec = check('c', {
    expect: { 'State.Running': true },
    advice: { why: 'Vive lo que vive\n  su proceso.', next: 'Mira @{nombre}.' },
    slips: [
      {
        id: 'termino',
        when: { 'State.ExitCode': 0 },
        why: 'Terminó.',
        next: 'Dale algo que dure.',
        shows: { found: 'terminó con @{o.State.ExitCode}' },
      },
      { id: 'otro', when: 'o.State.ExitCode >= 0', why: 'Falló.', next: 'Lee los logs.' },
    ],
  });

  it('says object, field, what it wanted and what it saw, why and where to go on', () => {
    expect(judged(spec, found({ State: { Running: false } })).verdict).toEqual({
      verdict: 'failed',
      object: 'la cosa',
      field: 'State.Running',
      expected: 'true',
      found: 'false',
      command: 'ver State.Running',
      why: 'Vive lo que vive su proceso.',
      next: 'Mira pan-7f3c.',
    });
  });

  it('recognises the first slip that fits, which says what it shows', () => {
    const verdict = (code: number) =>
      judged(spec, found({ State: { Running: false, ExitCode: code } })).verdict;
    expect(verdict(0)).toMatchObject({ slip: 'termino', why: 'Terminó.', found: 'terminó con 0' });
    expect(verdict(1)).toMatchObject({ slip: 'otro', found: 'false' });
  });

  it('does not look for slips in what passes', () => {
    expect(judged(spec, found({ State: { Running: true, ExitCode: 0 } })).verdict.verdict).toBe('passed');
  });

  it('says that an object does not exist, and what is near', () => {
    expect(judged(spec, absent({ parecidos: ['pan-7f3d'] })).verdict).toMatchObject({
      field: '',
      found: 'no existe (hay algo parecido: pan-7f3d)',
      why: 'no hay',
      next: 'créala',
    });
    const own = { ...spec, absent: { why: 'Aún no está.', next: 'Empieza.' } };
    expect(judged(own, absent()).verdict).toMatchObject({ found: 'no existe', why: 'Aún no está.' });
  });

  it('does not show a field of what does not exist', () => {
    const shows = {
      field: 'Size',
      expected: 'menos de 30 MB',
      found: '@{string(o.Size)} MB',
      command: 'pesa pan',
    };
    const own = { ...spec, slips: [], shows };
    const lists = kindThatSees(() => ({ state: 'absent', value: {} }), { command: () => 'ver todo' });
    expect(judged(own, absent()).verdict).toMatchObject({ command: 'pesa pan' });
    expect(judge(own, lists, absent(), {}, scope, 0).verdict).toMatchObject({
      field: '',
      expected: 'menos de 30 MB',
      found: 'no existe',
      command: 'ver todo',
    });
    expect(judged(own, found({ State: { Running: false }, Size: 40 })).verdict).toMatchObject({
      field: 'Size',
      found: '40 MB',
      command: 'pesa pan',
    });
  });

  it('recognises slips in what was found instead of the object', () => {
    const elsewhere = check('c', {
      slips: [{ id: 'tmpfs', when: { fuera: { existe: true } }, why: 'Está fuera.', next: 'Muévelo.' }],
    });
    expect(judged(elsewhere, absent({ fuera: '/sys/fs/cgroup/x' })).verdict).toMatchObject({ slip: 'tmpfs' });
  });

  it('marks the first difference of long texts, inside the bound', () => {
    const long = 'a'.repeat(5000);
    const { verdict } = judged(
      check('c', { expect: { t: `${long}X${long}` } }),
      found({ t: `${long}Y${long}` }),
    );
    if (verdict.verdict !== 'failed') throw new Error('it must fail');
    expect(verdict.found).toContain('▸Y');
    expect(verdict.expected).toContain('▸X');
    expect(verdict.found.length).toBeLessThanOrEqual(400);
  });

  it('never says the answer when what is expected is the answer', () => {
    const spec = check('c', {
      kind: 'respuesta',
      description: 'contestas el PID de fuera',
      expect: { numero: 4242 },
    });
    const say = (value: JsonObject, state: 'found' | 'absent' = 'found') => {
      const look: Look = { state: 'seen', observation: { state, value }, level: 'real', params: {} };
      return judge(spec, respuesta, look, {}, {}, 0).verdict;
    };
    expect(say({ texto: ' Uno, creo', conjunto: ['creo', 'uno'] })).toMatchObject({
      expected: 'contestas el PID de fuera',
      found: ' Uno, creo',
    });
    expect(JSON.stringify([say({ texto: '1', numero: 1 }), say({ dada: false }, 'absent')])).not.toContain(
      '4242',
    );
    expect(say({ dada: false }, 'absent')).toMatchObject({ found: 'sin contestar' });
  });

  it('spells out what cannot be seen', () => {
    const { verdict } = judged(check('c', { expect: { t: 'hola' } }), found({ t: 'hola ' }));
    expect(verdict).toMatchObject({ expected: '"hola"', found: '"hola "' });
  });
});

describe('absence', () => {
  it('satisfies nothing by itself, whatever the condition', () => {
    for (const expectation of [{ x: { existe: false } }, { x: { vacio: true } }, '!has(o.x)']) {
      expect(judged(check('c', { expect: expectation }), absent()).verdict.verdict).toBe('failed');
    }
  });

  const gone = check('c', { expect: { Id: { existe: false } }, before: { Id: { existe: true } } });

  it('is a disappearance only if it was there before', () => {
    const never = judged(gone, absent());
    expect(never.verdict).toMatchObject({ verdict: 'failed', expected: 'verlo antes de que cambie' });
    expect(judged(gone, absent(), never.memory).verdict.verdict).toBe('failed');

    const seen = judged(gone, found({ Id: '1' }), never.memory);
    expect(seen.verdict.verdict).toBe('failed');
    expect(seen.memory).toEqual({ baseline: true });
    expect(judged(gone, absent(), seen.memory).verdict).toMatchObject({
      verdict: 'passed',
      evidence: 'la cosa — ya no existe',
    });
  });

  it('is not a disappearance when the world could not be looked at', () => {
    expect(judged(gone, unseen, { baseline: true })).toEqual({
      verdict: {
        verdict: 'unknown',
        reason: 'docker-stopped',
        why: 'Docker no contesta.',
        next: 'Arráncalo.',
      },
      memory: { baseline: true },
    });
  });
});

describe('a holding window', () => {
  const spec = check('c', { holdMs: 3000 });
  const good = found({ ok: true });

  it('waits, with progress, until the state has held', () => {
    const first = judged(spec, good, {}, 1000);
    expect(first).toMatchObject({
      verdict: { verdict: 'waiting', progress: 'se mantiene: 0 de 3 s' },
      dueMs: 4000,
    });
    const later = judged(spec, good, first.memory, 2300);
    expect(later.verdict).toMatchObject({ progress: 'se mantiene: 1,3 de 3 s' });
    expect(judged(spec, good, later.memory, 4000).verdict.verdict).toBe('passed');
  });

  it('starts again when the state flashes, or could not be seen', () => {
    for (const interruption of [found({ ok: false }), unseen]) {
      const started = judged(spec, good, {}, 0);
      const broken = judged(spec, interruption, started.memory, 2000);
      expect(judged(spec, good, broken.memory, 3500).verdict.verdict).toBe('waiting');
    }
  });

  it('is measured by the clock of what is looked at when that has its own pace, and asks it again soon', () => {
    const value = { ok: true };
    const at = (clockMs: number): Look => ({
      state: 'seen',
      observation: { state: 'found', value },
      level: 'integrado',
      params: {},
      clockMs,
    });
    const long = check('c', { holdMs: 60_000 });
    const first = judged(long, at(500_000), {}, 1000);
    expect(first.dueMs).toBe(1500);
    // Ten of its seconds for each of ours.
    const later = judged(long, at(515_500), first.memory, 2550);
    expect(later.verdict).toMatchObject({ verdict: 'waiting', progress: 'se mantiene: 15 de 60 s' });
    expect(judged(long, at(560_000), later.memory, 7000).verdict.verdict).toBe('passed');
    // Paused, no time goes by, however long we look.
    expect(judged(long, at(515_500), later.memory, 900_000).verdict.verdict).toBe('waiting');
  });

  it('says when nothing will come of it, because that clock stands still', () => {
    const look: Look = {
      state: 'seen',
      observation: { state: 'found', value: { ok: true } },
      level: 'integrado',
      params: {},
      clockMs: 0,
      paused: true,
    };
    expect(judged(spec, look).verdict).toMatchObject({
      progress: 'se mantiene: 0 de 3 s. El reloj del clúster está en pausa: `curso reloj seguir`',
    });
  });

  it('does not go wrong when the clock steps back', () => {
    const started = judged(spec, good, {}, 10_000);
    const back = judged(spec, good, started.memory, 5000);
    expect(back.dueMs).toBe(8000);
  });
});

describe('converging', () => {
  const spec = check('c', {
    converging: { when: { listas: { min: 1 } }, progress: 'todavía no: @{o.listas}/3 réplicas' },
    slips: [{ id: 'rota', when: { rota: true }, why: 'Está rota.', next: 'Repárala.' }],
  });

  it('is waiting, not failing, unless a slip says that it never will', () => {
    expect(judged(spec, found({ ok: false, listas: 1 })).verdict).toEqual({
      verdict: 'waiting',
      progress: 'todavía no: 1/3 réplicas',
    });
    expect(judged(spec, found({ ok: false, listas: 0 })).verdict.verdict).toBe('failed');
    expect(judged(spec, found({ ok: false, listas: 1, rota: true })).verdict).toMatchObject({ slip: 'rota' });
  });
});

describe('an edge check', () => {
  const spec = check('c', { mode: 'edge' });

  it('keeps what happened, with what proved it', () => {
    const once = judged(spec, found({ ok: true }));
    for (const look of [found({ ok: false }), absent(), unseen]) {
      expect(judged(spec, look, once.memory)).toEqual({ verdict: once.verdict, memory: once.memory });
    }
  });
});
