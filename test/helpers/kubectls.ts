import { execFileSync, spawn } from 'node:child_process';
import { accessSync, constants, readdirSync, realpathSync } from 'node:fs';
import path from 'node:path';

/** A real kubectl of this machine. */
export interface Kubectl {
  readonly file: string;
  /** 27 for 1.27. */
  readonly minor: number;
}

/** Without any, tests are skipped; with `CURSO_EXIGIR_KUBECTL=1` that is a failure. */
export const kubectlRequired = process.env['CURSO_EXIGIR_KUBECTL'] === '1';

let found: readonly Kubectl[] | undefined;

/**
 * One of each minor version, oldest first: from `$CURSO_KUBECTLS` (paths, separated by colons), the `kubectl` of the PATH
 * and, next to it, `kubectl.1.*` as some distributions have them.
 */
export function findKubectls(): readonly Kubectl[] {
  found ??= look();
  return found;
}

function look(): readonly Kubectl[] {
  const named = (process.env['CURSO_KUBECTLS'] ?? '').split(':').filter((file) => file !== '');
  const plain = (process.env['PATH'] ?? '').split(':').map((folder) => path.join(folder, 'kubectl'));
  const first = plain.find(isProgram);
  const siblings = first === undefined ? [] : versionedBeside(first);
  // A dispatcher asks the server which client to be; its versions stand beside it.
  const candidates = [
    ...named,
    ...siblings,
    ...(siblings.length === 0 && first !== undefined ? [first] : []),
  ];
  const byMinor = new Map<number, Kubectl>();
  for (const file of candidates.filter(isProgram)) {
    const minor = minorOf(file);
    if (minor !== undefined && !byMinor.has(minor)) byMinor.set(minor, { file, minor });
  }
  return [...byMinor.values()].sort((a, b) => a.minor - b.minor);
}

/** The oldest, the server's own and the newest (`$CURSO_KUBECTLS_TODOS=1`: every one there is). */
export function telltaleKubectls(): readonly Kubectl[] {
  const all = findKubectls();
  if (process.env['CURSO_KUBECTLS_TODOS'] === '1') return all;
  return all.filter(({ minor }, at) => at === 0 || minor === 32 || at === all.length - 1);
}

function versionedBeside(program: string): readonly string[] {
  const folder = path.dirname(realpathSync(program));
  return readdirSync(folder)
    .filter((name) => /^kubectl\.1\.\d+$/.test(name))
    .map((name) => path.join(folder, name));
}

function isProgram(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

function minorOf(file: string): number | undefined {
  try {
    const text = execFileSync(file, ['version', '--client', '-o', 'json'], {
      encoding: 'utf8',
      timeout: 20_000,
    });
    const { clientVersion } = JSON.parse(text) as { clientVersion?: { minor?: string } };
    return Number.parseInt(clientVersion?.minor ?? '', 10) || undefined;
  } catch {
    return undefined;
  }
}

export interface Ran {
  readonly exit: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  readonly kubeconfig: string;
  /** Its discovery cache lives there, and nothing else. */
  readonly home: string;
  readonly cwd: string;
  readonly stdin?: string;
  readonly env?: { readonly [name: string]: string };
}

/** Runs it to its end, at most 80 s (exit 124 then). */
export function runKubectl(kubectl: Kubectl, argv: readonly string[], options: RunOptions): Promise<Ran> {
  return new Promise((resolve) => {
    const child = spawn(kubectl.file, [...argv], {
      // Its name is the default field manager, whatever the file is called.
      argv0: 'kubectl',
      cwd: options.cwd,
      timeout: 80_000,
      env: { PATH: process.env['PATH'], HOME: options.home, KUBECONFIG: options.kubeconfig, ...options.env },
    });
    let stdout = '';
    let stderr = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      stdout += text;
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      stderr += text;
    });
    child.on('error', (error) => resolve({ exit: 127, stdout, stderr: error.message }));
    child.on('close', (code) => resolve({ exit: code ?? 124, stdout, stderr }));
    child.stdin.on('error', () => undefined);
    child.stdin.end(options.stdin ?? '');
  });
}
