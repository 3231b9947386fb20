import { type ChildProcess, spawn } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { onTestFinished } from 'vitest';
import { compileCourse, compiledDocuments } from '../../src/course/compiled.ts';
import { loadCourse } from '../../src/course/load/course.ts';

export const root = path.resolve(import.meta.dirname, '../..');
export const program = path.join(root, 'dist', 'cli.js');
/** A small course of files and answers: commands are tested without Docker and without the real lessons. */
export const smallCourse = path.join(root, 'test', 'fixtures', 'cursos', 'sano');

export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** An empty home, removed when the test ends. */
export function newHome(): string {
  const home = mkdtempSync(path.join(tmpdir(), 'curso-casa-'));
  onTestFinished(() => rmSync(home, { recursive: true, force: true }));
  return home;
}

export interface RunOptions {
  readonly home?: string;
  readonly input?: string;
  readonly env?: { readonly [name: string]: string };
  readonly cwd?: string;
  readonly program?: string;
}

/** The built program as a process of its own, without a terminal. */
export function start(
  args: readonly string[],
  options: RunOptions = {},
): ChildProcess & { ended: Promise<Ended> } {
  if (!existsSync(program)) throw new Error('dist/cli.js is not built: run `npm run build`');
  const child = spawn(process.execPath, [options.program ?? program, ...args], {
    cwd: options.cwd ?? root,
    env: {
      PATH: process.env['PATH'] ?? '',
      HOME: tmpdir(),
      LANG: 'C.UTF-8',
      NO_COLOR: '1',
      CURSO_K8S_HOME: options.home ?? newHome(),
      ...options.env,
    },
  });
  // A test that fails must not leave somebody watching for ever.
  onTestFinished(() => void child.kill('SIGKILL'));
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  child.stdin.on('error', () => undefined);
  child.stdin.end(options.input ?? '');
  const ended = new Promise<Ended>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code, signal) => resolve({ code, signal, stdout, stderr }));
  });
  return Object.assign(child, { ended });
}

/** `curso …` on the real course. */
export function curso(args: readonly string[], options: RunOptions = {}): Promise<Ended> {
  return start(args, options).ended;
}

/** `curso …` of a package whose course is the small one. */
export async function small(args: readonly string[], options: RunOptions = {}): Promise<Ended> {
  return curso(args, { program: await smallProgram(), ...options });
}

let made: Promise<string> | undefined;

/** `dist/cli.js` of a package like the real one, with the small course compiled into it. One per test file. */
export function smallProgram(): Promise<string> {
  made ??= makeSmallPackage();
  return made;
}

async function makeSmallPackage(): Promise<string> {
  const folder = mkdtempSync(path.join(tmpdir(), 'curso-paquete-'));
  process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
  const dist = path.join(folder, 'dist');
  mkdirSync(path.join(dist, 'curso'), { recursive: true });
  cpSync(program, path.join(dist, 'cli.js'));
  cpSync(path.join(root, 'dist', 'chunks'), path.join(dist, 'chunks'), { recursive: true });
  writeFileSync(path.join(folder, 'package.json'), '{"type":"module"}');
  symlinkSync(smallCourse, path.join(folder, 'lessons'));
  symlinkSync(path.join(root, 'assets'), path.join(folder, 'assets'));
  const { course } = await loadCourse({ lessons: smallCourse, assets: [path.join(smallCourse, 'assets')] });
  const documents = compiledDocuments(compileCourse(course), (full) => path.relative(smallCourse, full));
  for (const [name, document] of Object.entries(documents)) {
    writeFileSync(path.join(dist, 'curso', name), JSON.stringify(document));
  }
  return path.join(dist, 'cli.js');
}
