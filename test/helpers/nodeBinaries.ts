import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, rename, rm } from 'node:fs/promises';
import { homedir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** Where things that are slow to fetch stay between runs. */
const cache = path.join(process.env['XDG_CACHE_HOME'] ?? path.join(homedir(), '.cache'), 'curso-k8s-pruebas');

/**
 * A Node of another major version, from the packages behind npm's `node`; kept between runs. Undefined when it cannot
 * be had (no network, a platform without one).
 */
export async function nodeBinary(major: number): Promise<string | undefined> {
  if (Number(process.versions.node.split('.')[0]) === major) return process.execPath;
  const name = `node-${process.platform === 'win32' ? 'win' : process.platform}-${process.arch}`;
  const folder = path.join(cache, `node-${major}`);
  const binary = path.join(folder, 'node_modules', name, 'bin', 'node');
  if (existsSync(binary)) return binary;
  const fresh = `${folder}.${process.pid}`;
  try {
    await mkdir(fresh, { recursive: true });
    await run('npm', ['install', '--prefix', fresh, '--ignore-scripts', '--no-save', `${name}@${major}`], {
      timeout: 120_000,
    });
    // Whole or not at all: another run may be doing the same.
    await rm(folder, { recursive: true, force: true });
    await rename(fresh, folder);
  } catch {
    await rm(fresh, { recursive: true, force: true });
  }
  return existsSync(binary) ? binary : undefined;
}
