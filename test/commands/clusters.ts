import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { onTestFinished } from 'vitest';
import { curso, type Ended, type RunOptions } from './curso.ts';

/** A home with a cluster of its own. Whoever opens it closes it, also when a test failed. */
export interface ClusterHome {
  readonly folder: string;
  /** A file of the cluster. */
  file(name: string): string;
  /** `curso …` in this home. */
  run(...args: readonly string[]): Promise<Ended>;
  runWith(options: RunOptions, ...args: readonly string[]): Promise<Ended>;
  status(): Promise<Status>;
  /** Of the process in the background, or undefined. */
  pid(): number | undefined;
  close(): void;
}

export interface Status {
  readonly running: boolean;
  readonly pid: number | null;
  readonly url: string | null;
  readonly kubeconfig: string;
  readonly masters: readonly { readonly name: string; readonly role: string; readonly commitIndex: number }[];
}

export function openClusterHome(): ClusterHome {
  const folder = mkdtempSync(path.join(tmpdir(), 'curso clúster '));
  const file = (name: string) => path.join(folder, 'cluster', name);
  const runWith = (options: RunOptions, ...args: readonly string[]) =>
    curso(args, { home: folder, ...options });
  const run = (...args: readonly string[]) => runWith({}, ...args);
  const pid = () => {
    if (!existsSync(file('en-marcha.json'))) return undefined;
    const { process: identity } = JSON.parse(readFileSync(file('en-marcha.json'), 'utf8'));
    return identity.pid as number;
  };
  return {
    folder,
    file,
    run,
    runWith,
    pid,
    status: async () => JSON.parse((await run('cluster', 'estado', '--json')).stdout) as Status,
    close: () => {
      const left = pid();
      if (left !== undefined) kill(left);
      rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
    },
  };
}

/** The same, closed when the test ends. */
export function clusterHome(): ClusterHome {
  const home = openClusterHome();
  onTestFinished(home.close);
  return home;
}

export function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It ended by itself.
  }
}

/** Something that the process in the background does before anything else, by way of `NODE_OPTIONS`. */
export function inBackground(home: ClusterHome, code: string): RunOptions {
  const file = path.join(home.folder, 'antes.cjs');
  writeFileSync(file, `if (process.argv.includes('--primer-plano')) { ${code} }`);
  return { env: { NODE_OPTIONS: `--require="${file}"` } };
}

/** The middle of a master's log is not what was written. */
export function damage(home: ClusterHome, master: number): void {
  const folder = home.file(`master-${master}`);
  const [log = ''] = readdirSync(folder).filter((name) => name.endsWith('.wal'));
  const bytes = readFileSync(path.join(folder, log));
  bytes.fill('X', 2_000, 2_016);
  writeFileSync(path.join(folder, log), bytes);
}
