import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { onTestFinished } from 'vitest';
import { keys, openTestTerminal, type TerminalOptions, type TestTerminal } from './terminal.ts';

const root = path.resolve(import.meta.dirname, '../..');
export const program = path.join(root, 'dist', 'cli.js');

/** An empty folder, removed when the test ends. */
export function newHome(): string {
  const home = mkdtempSync(path.join(tmpdir(), 'curso-viaje-'));
  onTestFinished(() => rmSync(home, { recursive: true, force: true }));
  return home;
}

/** The built course in a terminal of its own, ended with the test whatever happens. */
export function openCourse(
  home: string,
  { args = [], env = {}, ...options }: TerminalOptions & { readonly args?: readonly string[] } = {},
): TestTerminal {
  const terminal = openTestTerminal(process.execPath, [program, ...args], {
    cwd: root,
    ...options,
    env: { CURSO_K8S_HOME: home, ...env },
  });
  let running = true;
  void terminal.exited.then(() => {
    running = false;
  });
  onTestFinished(() => {
    if (running) terminal.kill('SIGKILL');
  });
  return terminal;
}

/** Goes to a page by searching for it, as a learner who knows what she wants. */
export async function goTo(terminal: TestTerminal, words: string, title: string): Promise<void> {
  terminal.press('/');
  await terminal.waitFor('Buscar:');
  terminal.press(words);
  await terminal.waitFor((screen) => screen.includes(title) && screen.includes('▸'));
  terminal.press(keys.enter);
  await terminal.waitFor((screen) => !screen.includes('Buscar:') && screen.includes(title));
}

/** The folder in which the learner works on an exercise. */
export function workFolder(home: string, exerciseId: string): string {
  const works = path.join(home, 'trabajo');
  const name = readdirSync(works).find((entry) => entry.startsWith(`${exerciseId}-`));
  if (!name) throw new Error(`no hay carpeta de ${exerciseId} en ${works}`);
  return path.join(works, name);
}

/** The screen in one line, without the bar between columns: sentences can be looked for whole. */
export function flat(screen: string): string {
  return screen.replace(/│/g, ' ').replace(/\s+/g, ' ');
}
