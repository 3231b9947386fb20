import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { z } from 'zod';
import { newHome, small, smallCourse, smallProgram, start } from './curso.ts';

const text = z.string();
const verifyShape = z.strictObject({
  version: z.literal(1),
  lesson: text,
  exercises: z.array(
    z.strictObject({
      id: text,
      status: z.enum(['passed', 'failed', 'waiting', 'unknown']),
      evidenceLevel: z.enum(['real', 'docker', 'integrado', 'simulado', 'estático']).nullable(),
      checks: z.array(
        z.discriminatedUnion('verdict', [
          z.strictObject({
            id: text,
            description: text,
            verdict: z.literal('passed'),
            evidence: text,
            level: text,
          }),
          z.strictObject({
            id: text,
            description: text,
            verdict: z.literal('failed'),
            object: text,
            field: text,
            expected: text,
            found: text,
            command: text,
            why: text,
            next: text,
            slip: text.optional(),
          }),
          z.strictObject({ id: text, description: text, verdict: z.literal('waiting'), progress: text }),
          z.strictObject({
            id: text,
            description: text,
            verdict: z.literal('unknown'),
            reason: text,
            why: text,
            next: text,
          }),
          z.strictObject({ id: text, description: text, verdict: z.literal('skipped'), because: text }),
        ]),
      ),
    }),
  ),
});

const attemptOf = (home: string, id: string) =>
  JSON.parse(readFileSync(path.join(home, 'intentos', `${id}.json`), 'utf8')) as {
    readonly token: string;
    readonly failures: number;
    readonly parameters: { readonly nombre: string };
    readonly answers: object;
    readonly hintsSeen: number;
  };
const workOf = (home: string, id: string) => path.join(home, 'trabajo', `${id}-${attemptOf(home, id).token}`);
const progressOf = (home: string) => JSON.parse(readFileSync(path.join(home, 'progreso.json'), 'utf8'));

/** Does a.1.a right, but for the answer. */
function greet(home: string): void {
  writeFileSync(
    path.join(workOf(home, 'a.1.a'), 'saludo.txt'),
    `hola ${attemptOf(home, 'a.1.a').parameters.nombre}\n`,
  );
}

describe('an exercise from beginning to end', () => {
  it('prepares, fails with advice, is answered, passes and is remembered', async () => {
    const home = newHome();
    const prepared = await small(['preparar', 'a.1/a'], { home });
    expect(prepared).toMatchObject({ code: 0, stderr: '' });
    const { nombre } = attemptOf(home, 'a.1.a').parameters;
    expect(nombre).toMatch(/^pan-[0-9a-f]{4}$/);
    expect(prepared.stdout).toContain(`Escribe \`hola ${nombre}\` en \`saludo.txt\`.`);
    expect(prepared.stdout).toContain(`Tu carpeta: ${workOf(home, 'a.1.a')}`);
    expect(prepared.stdout).toContain('curso responder a.1.a letras=');
    expect(readdirSync(workOf(home, 'a.1.a'))).toEqual(['datos.bin', 'plantilla.txt']);
    // The text file is a template; the binary one is byte for byte the author's.
    expect(readFileSync(path.join(workOf(home, 'a.1.a'), 'plantilla.txt'), 'utf8')).toContain(nombre);
    expect(readFileSync(path.join(workOf(home, 'a.1.a'), 'datos.bin'))).toEqual(
      readFileSync(path.join(smallCourse, '01-uno/01-saludo/inicio/datos.bin')),
    );

    const before = await small(['verificar', 'a.1.a'], { home });
    expect(before.code).toBe(1);
    expect(before.stdout).toMatch(/✗ falta · saludo\.txt dice hola pan-/);
    expect(before.stdout).toMatch(/Veo: .*\n\s+Esperaba: .*\n\s+Por qué: /);
    expect(before.stdout).toContain('en espera');

    greet(home);
    expect((await small(['responder', 'a.1.a', '5'], { home })).stdout).toContain('Anotado: letras = 5');
    const slip = await small(['verificar', 'a.1.a', '--json'], { home });
    expect(slip).toMatchObject({ code: 1, stderr: '' });
    const failed = verifyShape.parse(JSON.parse(slip.stdout)).exercises[0];
    expect(failed?.checks.map(({ verdict }) => verdict)).toEqual(['passed', 'failed']);
    expect(failed?.checks[1]).toMatchObject({
      found: '5',
      slip: 'con-salto',
      why: 'El salto de línea no es una letra.',
    });

    await small(['responder', 'a.1.a', 'letras=4'], { home });
    const after = await small(['verificar', 'a.1.a'], { home });
    expect(after.code).toBe(0);
    expect(after.stdout).toContain('Ya tienes un archivo.');
    expect(progressOf(home).exercises['a.1.a']).toMatchObject({ failures: 2, evidenceLevel: 'estático' });
    expect((await small(['lecciones'], { home })).stdout).toMatch(/a\.1 .*1\/1.*✓ conseguido/);
    expect((await small([], { home })).stdout).toContain('curso leccion a.2');
  });

  it('checks the lesson one is in when nothing is named', async () => {
    const home = newHome();
    await small(['preparar', 'a.2.a'], { home });
    const { stdout, code } = await small(['verificar', '--json'], { home });
    expect(code).toBe(1);
    expect(verifyShape.parse(JSON.parse(stdout)).lesson).toBe('a.2');
    const fresh = await small(['verificar', '--json']);
    expect(JSON.parse(fresh.stdout).lesson).toBe('a.1');
  });

  it('goes back to the start, keeping the pass and what is not its own', async () => {
    const home = newHome();
    await small(['preparar', 'a.1.a'], { home });
    greet(home);
    await small(['responder', 'a.1.a', '4'], { home });
    expect((await small(['verificar', 'a.1.a'], { home })).code).toBe(0);
    const before = attemptOf(home, 'a.1.a');
    const folder = workOf(home, 'a.1.a');
    mkdirSync(path.join(home, 'trabajo', 'mío'));
    const reset = await small(['reiniciar', 'a.1.a'], { home });
    expect(reset.code).toBe(0);
    expect(readdirSync(path.join(home, 'trabajo'))).toEqual(['mío']);
    expect(readdirSync(path.join(home, 'retirados'))).toEqual([]);
    expect((await small(['verificar', 'a.1.a'], { home })).code).toBe(1);
    expect(attemptOf(home, 'a.1.a').token).not.toBe(before.token);
    expect(workOf(home, 'a.1.a')).not.toBe(folder);
    expect(progressOf(home).exercises['a.1.a'].passedAt).toBeGreaterThan(0);
    expect((await small(['reiniciar', 'a.2.a'], { home })).stdout).toContain(
      'ya estaba en su estado inicial',
    );
  });

  it('does not write over what the learner changed', async () => {
    const home = newHome();
    await small(['preparar', 'a.1.a'], { home });
    writeFileSync(path.join(workOf(home, 'a.1.a'), 'plantilla.txt'), 'mío');
    await small(['preparar', 'a.1.a'], { home });
    expect(readFileSync(path.join(workOf(home, 'a.1.a'), 'plantilla.txt'), 'utf8')).toBe('mío');
  });

  it('gives four hints, one at a time, and counts them', async () => {
    const home = newHome();
    const levels: string[] = [];
    for (let turn = 0; turn < 5; turn += 1)
      levels.push((await small(['pista', 'a.1.a'], { home })).stdout.split('\n')[0] ?? '');
    expect(levels).toEqual(['Pista 1 de 4', 'Pista 2 de 4', 'Pista 3 de 4', 'Pista 4 de 4', 'Pista 4 de 4']);
    expect(progressOf(home).exercises['a.1.a'].hintsUsed).toBe(4);
    expect(attemptOf(home, 'a.1.a').hintsSeen).toBe(4);
  });

  it('says what an answer lacks', async () => {
    const home = newHome();
    const wrong = await small(['responder', 'a.1.a', 'letras=muchas'], { home });
    expect(wrong.code).toBe(2);
    expect(wrong.stderr).toContain('hace falta un número');
    const unknown = await small(['responder', 'a.1.a', 'letra=4'], { home });
    expect(unknown.stderr).toContain('`letras=4`');
    const shown = await small(['responder', 'a.1.a'], { home });
    expect(shown.stdout).toContain('letras: ¿Cuántas letras tiene «hola»?\n  sin contestar');
    await small(['responder', 'a.1.a', 'letras=\u001b[31m4\u202e'], { home });
    expect(attemptOf(home, 'a.1.a').answers).toEqual({ letras: '4' });
  });
});

describe('reports for machines', () => {
  it('writes JUnit XML that parses, with one case per check', async () => {
    const home = newHome();
    const file = path.join(home, 'informe.xml');
    const { code } = await small(['verificar', 'a.1', '--junit', file], { home });
    expect(code).toBe(1);
    const xml = readFileSync(file, 'utf8');
    expect(xml).toMatch(
      /^<\?xml version="1.0" encoding="UTF-8"\?>\n<testsuites .*tests="2" failures="1" errors="0" skipped="1"/,
    );
    expect(xml.match(/<testcase /g)).toHaveLength(2);
    expect(xml).toContain('<skipped message="Antes tiene que cumplirse esto');
  });

  it('says where it could not write the report', async () => {
    const { code, stderr } = await small(['verificar', 'a.1', '--junit', '/no/existe/x.xml']);
    expect(code).toBe(2);
    expect(stderr).toContain('No pude escribir /no/existe/x.xml');
  });
});

describe('watching', () => {
  it('tells each change once and ends when everything is done', async () => {
    const home = newHome();
    await small(['preparar', 'a.1.a'], { home });
    const watching = start(['verificar', 'a.1.a', '--observar'], { home, program: await smallProgram() });
    await new Promise<void>((resolve) => watching.stdout?.once('data', () => resolve()));
    greet(home);
    // From another terminal, as a learner would.
    await small(['responder', 'a.1.a', '5'], { home });
    await small(['responder', 'a.1.a', '4'], { home });
    const { code, stdout } = await watching.ended;
    expect(code).toBe(0);
    expect(stdout.match(/✓ conseguido · saludo\.txt/g)).toHaveLength(1);
    expect(stdout.match(/✓ conseguido · hola tiene cuatro letras/g)).toHaveLength(1);
  });

  it('follows a reset made in another terminal', async () => {
    const home = newHome();
    await small(['preparar', 'a.1.a'], { home });
    const old = attemptOf(home, 'a.1.a').token;
    const watching = start(['verificar', 'a.1.a', '--observar'], { home, program: await smallProgram() });
    await new Promise<void>((resolve) => watching.stdout?.once('data', () => resolve()));
    await small(['reiniciar', 'a.1.a'], { home });
    await small(['responder', 'a.1.a', '4'], { home });
    expect(attemptOf(home, 'a.1.a').token).not.toBe(old);
    greet(home);
    expect((await watching.ended).code).toBe(0);
  });

  it('ends in order with Ctrl-C, with the exit code of what is missing', async () => {
    const home = newHome();
    const watching = start(['verificar', 'a.1.a', '--observar'], { home, program: await smallProgram() });
    await new Promise<void>((resolve) => watching.stdout?.once('data', () => resolve()));
    watching.kill('SIGINT');
    const { code, stdout, stderr } = await watching.ended;
    expect(code).toBe(1);
    expect(stdout).toContain('✗');
    expect(stderr).toBe('');
  });

  it('does not call done what was interrupted before the first look', async () => {
    const home = newHome();
    await small(['preparar', 'a.1.a'], { home });
    const file = path.join(home, 'intentos', 'a.1.a.json');
    rmSync(file);
    const watching = start(['verificar', 'a.1.a', '--observar', '--json'], {
      home,
      program: await smallProgram(),
    });
    await vi.waitUntil(() => existsSync(file), { timeout: 60_000, interval: 2 });
    watching.kill('SIGINT');
    const { code, stdout } = await watching.ended;
    // It may have been quick enough for the first look.
    const looked = verifyShape.parse(JSON.parse(stdout)).exercises.map(({ status }) => status);
    expect({ code, looked }).toEqual(
      looked.length === 0 ? { code: 3, looked } : { code: 1, looked: ['failed'] },
    );
  });

  it('gives one document in the end', async () => {
    const home = newHome();
    await small(['preparar', 'a.1.a'], { home });
    greet(home);
    await small(['responder', 'a.1.a', '4'], { home });
    const { code, stdout } = await small(['verificar', 'a.1.a', '--observar', '--json'], { home });
    expect(code).toBe(0);
    expect(verifyShape.parse(JSON.parse(stdout)).exercises[0]?.status).toBe('passed');
  });
});

describe('questions', () => {
  it('asks, explains, and keeps the result for the review', async () => {
    const home = newHome();
    const quiz = await small(['quiz', 'a.1'], { home, input: 'x\nuna caja\n4\n' });
    expect(quiz.code).toBe(0);
    expect(quiz.stdout).toContain('Hace falta un número del 1 al 2.');
    expect(quiz.stdout).toContain('La respuesta: Bytes con nombre');
    expect(quiz.stdout).toContain('La caja es una imagen.');
    expect(quiz.stdout).toContain('1 de 2 a la primera.');
    expect(quiz.stdout).not.toContain('otro día');
    expect(progressOf(home).quiz).toMatchObject({
      'a.1/q1': { correct: false },
      'a.1/q2': { correct: true },
    });
    expect((await small(['repaso'], { home })).stdout).toContain('Lo próximo, mañana.');

    const due = progressOf(home);
    due.review['a.1/q1'].dueAt = 1;
    due.review['borrada/q9'] = { at: 1, dueAt: 1, box: 0 };
    writeFileSync(path.join(home, 'progreso.json'), JSON.stringify(due));
    const review = await small(['repaso'], { home, input: 'bytes con nombre\n' });
    expect(review.stdout).toContain('Pregunta 1 de 1');
    expect(review.stdout).toContain('1 de 1 a la primera.');
    expect(progressOf(home).review['a.1/q1'].box).toBe(1);
  });

  it('orders, pairs, and takes text with tolerance', async () => {
    const home = newHome();
    const first = await small(['quiz', 'a.2'], { home, input: '' });
    expect(first.stdout).toContain('No contestaste ninguna.');
    expect(first.stdout).not.toContain('guardado');
    const { stdout } = await small(['quiz', 'a.2'], { home, input: '1 1 2\n1 2 3\n CP \n1\n1 2\n' });
    expect(stdout).toContain('Hay un número repetido.');
    expect(stdout).toContain('Hacen falta 2 números.');
    expect(progressOf(home).quiz['a.2/q2'].correct).toBe(true);
  });

  it('says that there is nothing to review yet', async () => {
    expect((await small(['repaso'])).stdout).toContain('después de un quiz');
  });
});
