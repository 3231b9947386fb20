import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { seededRandom } from '../../src/base/random.ts';
import { attemptEnvironment, attemptScope, newAttempt } from '../../src/course/attempt.ts';
import type { ParameterSpec } from '../../src/course/model.ts';
import { FakeClock } from '../helpers/fakeClock.ts';

const parameters: { readonly [name: string]: ParameterSpec } = {
  nombre: { type: 'name', prefix: 'pan' },
  puerto: { type: 'port' },
  otroPuerto: { type: 'port' },
  palabra: { type: 'word' },
  numero: { type: 'number', min: 3, max: 5 },
  color: { type: 'choice', options: ['rojo', 'azul'] },
};
const exercise = { id: '1.1.a', parameters };
const draw = (seed: number, portIsFree?: (port: number) => Promise<boolean>) =>
  newAttempt(exercise, {
    random: seededRandom(seed),
    clock: new FakeClock(77),
    ...(portIsFree ? { portIsFree } : {}),
  });

describe('a new attempt', () => {
  it('draws every parameter within its bounds', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer(), async (seed) => {
        const { token, parameters: drawn, startedAtMs } = await draw(seed);
        expect(token).toMatch(/^[0-9a-f]{8}$/);
        expect(startedAtMs).toBe(77);
        expect(drawn['nombre']).toMatch(/^pan-[0-9a-f]{4}$/);
        expect(drawn['palabra']).toMatch(/^[a-z]+-[1-9]\d\d$/);
        expect(drawn['numero']).toSatisfy((value: number) => value >= 3 && value <= 5);
        expect(['rojo', 'azul']).toContain(drawn['color']);
        for (const name of ['puerto', 'otroPuerto']) {
          expect(drawn[name]).toSatisfy((port: number) => port >= 20_000 && port < 30_000);
        }
        expect(drawn['puerto']).not.toBe(drawn['otroPuerto']);
      }),
    );
  });

  it('is repeatable with the same chance, and different with another', async () => {
    expect(await draw(1)).toEqual(await draw(1));
    expect((await draw(1)).token).not.toBe((await draw(2)).token);
  });

  it('chooses ports that are free', async () => {
    const { parameters: drawn } = await draw(1, async (port) => port % 7 === 0);
    expect(Number(drawn['puerto']) % 7).toBe(0);
  });

  it('gives up looking for a free port rather than never ending', async () => {
    let asked = 0;
    const { parameters: drawn } = await draw(1, async () => {
      asked++;
      return false;
    });
    expect(drawn['puerto']).toBeTypeOf('number');
    expect(asked).toBe(100);
  });
});

describe('what texts, expressions and scripts may use', () => {
  const world = { cgroup: 'hibrido', rung: 'root' } as const;

  it('has the parameters and where it is done', async () => {
    const attempt = { ...(await draw(1)), answers: { pid: 7 } };
    expect(attemptScope(attempt, world, '/trabajo')).toEqual({
      ...attempt.parameters,
      intento: attempt.token,
      carpeta: '/trabajo',
      respuestas: { pid: 7 },
      mundo: { cgroup: 'hibrido', peldano: 'root' },
    });
  });

  it('is in the environment too', async () => {
    const attempt = await draw(1);
    expect(attemptEnvironment(attempt, world)).toMatchObject({
      CURSO_NOMBRE: attempt.parameters['nombre'],
      CURSO_PUERTO: String(attempt.parameters['puerto']),
      CURSO_INTENTO: attempt.token,
      CURSO_CGROUP: 'hibrido',
      CURSO_PELDANO: 'root',
    });
  });
});
