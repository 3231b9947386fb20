import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../src/base/clock.ts';
import { LockBusy, ownIdentity, processState, withLock } from '../../src/base/lock.ts';
import { FakeClock } from '../helpers/fakeClock.ts';

let folder = '';
let file = '';
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'curso-cerrojo-'));
  file = path.join(folder, 'datos.lock');
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

/** A process that has ended and been collected. */
async function deadIdentity() {
  const child = spawn(process.execPath, ['-e', '']);
  await new Promise((resolve) => child.on('exit', resolve));
  return { ...ownIdentity(), pid: child.pid ?? 1, start: '' };
}

describe('a lock between processes', () => {
  it('lets one in at a time and goes away', async () => {
    let inside = 0;
    let most = 0;
    const work = async () => {
      inside += 1;
      most = Math.max(most, inside);
      await new Promise((resolve) => setImmediate(resolve));
      inside -= 1;
    };
    await Promise.all(Array.from({ length: 8 }, () => withLock(file, { clock: systemClock }, work)));
    expect(most).toBe(1);
    expect(existsSync(file)).toBe(false);
  });

  it('is released when the action fails', async () => {
    const failing = withLock(file, { clock: systemClock }, () => Promise.reject(new Error('no')));
    await expect(failing).rejects.toThrow('no');
    expect(await withLock(file, { clock: systemClock }, async () => 'sí')).toBe('sí');
  });

  it('is broken at once when its holder is dead', async () => {
    writeFileSync(file, JSON.stringify(await deadIdentity()));
    // The clock does not move: nothing is waited for.
    expect(await withLock(file, { clock: new FakeClock() }, async () => 'mío')).toBe('mío');
  });

  it('is broken when its pid now belongs to somebody else', async () => {
    writeFileSync(file, JSON.stringify({ ...ownIdentity(), start: '1' }));
    expect(processState({ ...ownIdentity(), start: '1' })).toBe(
      process.platform === 'linux' ? 'dead' : 'alive',
    );
  });

  it('waits for a living holder, and says so in the end', async () => {
    writeFileSync(file, JSON.stringify(ownIdentity()));
    const clock = new FakeClock();
    const waiting = withLock(file, { clock, waitMs: 500 }, async () => 'nunca');
    const outcome = expect(waiting).rejects.toBeInstanceOf(LockBusy);
    await clock.advance(1_000);
    await outcome;
    expect(existsSync(file)).toBe(true);
  });

  it('does not wait for ever for a holder it cannot judge', async () => {
    for (const content of ['', 'basura', JSON.stringify({ ...ownIdentity(), namespace: 'pid:[1]' })]) {
      writeFileSync(file, content);
      const old = Date.now() / 1000 - 60;
      utimesSync(file, old, old);
      expect(await withLock(file, { clock: systemClock }, async () => 'mío')).toBe('mío');
    }
  });

  it('gives a young unreadable lock time to be written', async () => {
    writeFileSync(file, '');
    const waiting = withLock(file, { clock: systemClock, waitMs: 60 }, async () => 'nunca');
    await expect(waiting).rejects.toBeInstanceOf(LockBusy);
  });

  it('is not taken away from whoever took it while two were breaking it', async () => {
    writeFileSync(file, JSON.stringify(await deadIdentity()));
    let inside = 0;
    let most = 0;
    const work = async () => {
      inside += 1;
      most = Math.max(most, inside);
      for (let turn = 0; turn < 5; turn += 1) await new Promise((resolve) => setImmediate(resolve));
      inside -= 1;
    };
    await Promise.all(Array.from({ length: 12 }, () => withLock(file, { clock: systemClock }, work)));
    expect(most).toBe(1);
  });
});
