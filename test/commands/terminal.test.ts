import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { keys, openTestTerminal } from '../helpers/terminal.ts';
import { newHome, small, smallProgram } from './curso.ts';

async function inTerminal(args: readonly string[], home: string, columns = 80) {
  const terminal = openTestTerminal(process.execPath, [await smallProgram(), ...args], {
    columns,
    env: { CURSO_K8S_HOME: home, SHELL: '/bin/sh', DOCKER_HOST: 'unix:///no/hay.sock' },
  });
  onTestFinished(() => terminal.kill('SIGKILL'));
  return terminal;
}

describe('commands in a terminal', () => {
  it('wrap at its width and colour what they say', async () => {
    const terminal = await inTerminal(['leccion', 'a.1'], newHome(), 50);
    await terminal.exited;
    expect(terminal.output()).toContain('\u001b[1m');
    const lines = terminal
      .output()
      .replace(/\u001b\[[0-9;]*m/g, '')
      .split('\r\n');
    for (const line of lines.filter((each) => !each.startsWith(' ')))
      expect([...line].length, line).toBeLessThanOrEqual(50);
  });

  it('ask before removing anything, and take no for an answer', async () => {
    const home = newHome();
    await small(['pista', 'a.1.a'], { home });
    const asked = await inTerminal(['limpiar'], home);
    await asked.waitFor('¿Quitar todo esto? [s/N]');
    asked.press('n\r');
    expect((await asked.exited).exitCode).toBe(2);
    expect(readdirSync(path.join(home, 'intentos'))).toEqual(['a.1.a.json']);
    const again = await inTerminal(['limpiar'], home);
    await again.waitFor('[s/N]');
    again.press('sí\r');
    await again.exited;
    expect(readdirSync(path.join(home, 'intentos'))).toEqual([]);
  });

  it('leave a quiz with Ctrl-C keeping what was answered', async () => {
    const home = newHome();
    const quiz = await inTerminal(['quiz', 'a.1'], home);
    await quiz.waitFor('Número de la opción:');
    quiz.press('Bytes con nombre\r');
    await quiz.waitFor('Pregunta 2 de 2');
    await quiz.waitFor('Un número:');
    quiz.press(keys.ctrlC);
    const { exitCode } = await quiz.exited;
    expect(exitCode).toBe(0);
    expect(quiz.output()).toContain('Lo contestado está guardado');
    expect(JSON.parse(readFileSync(path.join(home, 'progreso.json'), 'utf8')).quiz['a.1/q1'].correct).toBe(
      true,
    );
  });

  it('lend it to a shell in the exercise’s folder, and take it back', async () => {
    const home = newHome();
    const shell = await inTerminal(['shell', 'a.1.a'], home);
    await shell.waitFor(/\$ $/m);
    shell.press('echo "soy $CURSO_NOMBRE" > yo.txt; curso --version\r');
    await shell.waitFor(/^\d+\.\d+\.\d+/m);
    // Ctrl-C belongs to what runs inside, not to us.
    shell.press('echo dor""mido; sleep 60\r');
    await shell.waitFor('dormido');
    shell.press(keys.ctrlC);
    await shell.waitFor('^C');
    shell.press('echo sigo-$((40+2))\r');
    await shell.waitFor('sigo-42');
    shell.press('exit\r');
    expect((await shell.exited).exitCode).toBe(0);
    const [folder = ''] = readdirSync(path.join(home, 'trabajo'));
    const file = path.join(home, 'trabajo', folder, 'yo.txt');
    expect(existsSync(file) && readFileSync(file, 'utf8')).toMatch(/^soy pan-[0-9a-f]{4}\n$/);
  });
});
