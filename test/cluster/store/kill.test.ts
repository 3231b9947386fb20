import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { build } from 'esbuild';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { systemRandom } from '../../../src/base/random.ts';
import { damageOf, openDiskMasters } from './disk-masters.ts';

const kills = 200;
const folders = 8;
const folder = mkdtempSync(path.join(tmpdir(), 'curso-kill-'));
const program = path.join(folder, 'child.mjs');

beforeAll(async () => {
  await build({
    entryPoints: [path.join(import.meta.dirname, 'kill-child.ts')],
    outfile: program,
    bundle: true,
    platform: 'node',
    format: 'esm',
    logLevel: 'silent',
  });
});

afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

interface Run {
  readonly acknowledged: ReadonlyMap<string, number>;
  /** What the child found when it opened; undefined when it was killed before. */
  readonly opened: { readonly revision: number; readonly damage: string } | undefined;
  readonly complaint: string;
}

/** Lets a child write until it has acknowledged so much (0: until it has opened; -1: at once), then kills it. */
async function runAndKill(data: string, name: string, killAfter: number): Promise<Run> {
  const child = spawn(process.execPath, [program, data, name], { stdio: ['ignore', 'pipe', 'pipe'] });
  const acknowledged = new Map<string, number>();
  let opened: Run['opened'];
  let complaint = '';
  const kill = () => child.kill('SIGKILL');
  child.stderr.on('data', (chunk) => {
    complaint += String(chunk);
  });
  const ended = new Promise<void>((resolve) => child.on('close', () => resolve()));
  if (killAfter < 0) child.on('spawn', kill);
  createInterface({ input: child.stdout }).on('line', (line) => {
    const [first = '', revision = '', ...rest] = line.split(' ');
    if (first === 'open') opened = { revision: Number(revision), damage: rest.join(' ') };
    else acknowledged.set(first, Number(revision));
    if (acknowledged.size >= killAfter) kill();
  });
  await ended;
  return { acknowledged, opened, complaint };
}

/** Kills one directory's cluster again and again, then looks at what is there. Answers how many were acknowledged. */
async function torment(data: string, times: number): Promise<number> {
  const acknowledged = new Map<string, number>();
  let newest = 0;
  for (let n = 0; n < times; n += 1) {
    // Early ones hit the start and the repair after the last kill; late ones, snapshots and changes of file.
    const run = await runAndKill(
      data,
      `run-${n}`,
      systemRandom.int(10) === 0 ? systemRandom.int(3) - 1 : systemRandom.int(300),
    );
    expect(run.complaint).toBe('');
    if (run.opened !== undefined) {
      expect(run.opened.damage).toBe('');
      expect(run.opened.revision).toBeGreaterThanOrEqual(newest);
    }
    for (const [key, revision] of run.acknowledged) {
      acknowledged.set(key, revision);
      newest = Math.max(newest, revision);
    }
  }
  const stores = await openDiskMasters(data);
  for (const store of stores) {
    const lost = [...acknowledged].filter(([key, revision]) => store.get(key)?.modRevision !== revision);
    expect(lost).toEqual([]);
    expect(store.list('').items.flatMap(({ key, value }) => damageOf(key, value) ?? [])).toEqual([]);
  }
  await Promise.all(stores.map((store) => store.close()));
  return acknowledged.size;
}

describe('kill -9 under load', () => {
  it(`loses nothing that was acknowledged and tears no object, at ${kills} random points`, async () => {
    let acknowledged = 0;
    // Two at a time: as one opens and repairs, the other writes.
    const lane = async (first: number) => {
      for (let n = first; n < folders; n += 2)
        acknowledged += await torment(path.join(folder, `data-${n}`), kills / folders);
    };
    await Promise.all([lane(0), lane(1)]);
    expect(acknowledged).toBeGreaterThan(kills);
  }, 240_000);
});
