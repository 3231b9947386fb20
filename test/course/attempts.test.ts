import { spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../src/base/clock.ts';
import { ownIdentity } from '../../src/base/lock.ts';
import { mergeMemory, parseAttempt, type StoredAttempt } from '../../src/course/attempt-format.ts';
import { openAttemptStore } from '../../src/course/attempts.ts';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'curso-intentos-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

const open = () => openAttemptStore({ folder }, systemClock);
const stored = (exerciseId: string, token = 'abcd1234'): StoredAttempt => ({
  attempt: {
    exerciseId,
    token,
    startedAtMs: 1,
    parameters: { nombre: 'pan-7f3c' },
    answers: {},
    failures: 0,
    memory: {},
  },
  prepared: false,
  hintsSeen: 0,
});

describe('attempts on disk', () => {
  it('are kept until reset', async () => {
    const { stored: kept } = await open().update('1.2.b', () => stored('1.2.b'));
    expect(kept?.attempt.parameters).toEqual({ nombre: 'pan-7f3c' });
    expect(await open().read('1.2.b')).toEqual(stored('1.2.b'));
    expect(await open().list()).toEqual(['1.2.b']);
  });

  it('never draws twice when two terminals open the same exercise', async () => {
    const tokens = await Promise.all(
      ['aaaaaaaa', 'bbbbbbbb', 'cccccccc'].map((token) =>
        open().update('x', (before) => (before === undefined ? stored('x', token) : undefined)),
      ),
    );
    expect(new Set(tokens.map(({ stored: kept }) => kept?.attempt.token)).size).toBe(1);
  });

  it('cannot leave the folder, whatever the id is', async () => {
    for (const id of ['../../fuera', '..', 'a/b', '.oculto', 'ñ*?']) {
      await open().update(id, () => stored(id));
      expect(path.dirname(open().file(id))).toBe(path.join(folder, 'intentos'));
      expect(
        open()
          .folder({ exerciseId: id, token: 'abcd1234' })
          .startsWith(path.join(folder, 'trabajo') + path.sep),
      ).toBe(true);
      expect((await open().read(id))?.attempt.exerciseId).toBe(id);
    }
  });

  it('starts again, saying so, when the file is damaged', async () => {
    await open().update('x', () => stored('x'));
    writeFileSync(open().file('x'), '{"version":1');
    const { stored: again, notices } = await open().update(
      'x',
      (before) => before ?? stored('x', 'dddddddd'),
    );
    expect(again?.attempt.token).toBe('dddddddd');
    expect(notices.join()).toMatch(/estaba dañado.*está en/);
    expect(readdirSync(path.join(folder, 'intentos')).some((name) => name.includes('dañado'))).toBe(true);
  });

  it('do not believe a token that could be something else', () => {
    const document = {
      version: 1,
      exerciseId: 'x',
      token: '$(rm -rf)',
      startedAtMs: 1,
      parameters: {},
      answers: {},
      failures: 0,
      memory: {},
    };
    expect(parseAttempt(document, 'x')).toBeUndefined();
    expect(parseAttempt({ ...document, token: '0123abcd' }, 'x')).toBeDefined();
    expect(parseAttempt({ ...document, token: '0123abcd' }, 'otro')).toBeUndefined();
  });
});

describe('what is left to clean', () => {
  it('is noted before the attempt is forgotten', async () => {
    await open().update('x', () => stored('x'));
    expect((await open().retire('x'))?.attempt.token).toBe('abcd1234');
    expect(await open().read('x')).toBeUndefined();
    expect(await open().leftovers()).toEqual([{ token: 'abcd1234', exerciseId: 'x' }]);
    await open().cleaned('abcd1234');
    expect(await open().leftovers()).toEqual([]);
  });

  it('is nobody else’s business while its owner lives', async () => {
    const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)']);
    try {
      await open().register({ token: 'abcd1234', exerciseId: 'x' });
      const file = path.join(folder, 'retirados', 'abcd1234.json');
      const mine = JSON.parse(readFileSync(file, 'utf8'));
      writeFileSync(
        file,
        JSON.stringify({ ...mine, process: { ...ownIdentity(), pid: child.pid, start: '' } }),
      );
      expect(await open().leftovers()).toEqual([]);
    } finally {
      const ended = new Promise((resolve) => child.on('exit', resolve));
      child.kill('SIGKILL');
      await ended;
    }
    expect(await open().leftovers()).toEqual([{ token: 'abcd1234', exerciseId: 'x' }]);
  });
});

describe('engine memory of two terminals', () => {
  it('keeps what either proved, and the newest window', () => {
    const passed = { evidence: 'lo vi', level: 'real' };
    expect(
      mergeMemory(
        { a: { passed }, b: { baseline: true }, c: { heldSinceMs: 5 } },
        { b: { heldSinceMs: 9 }, d: {} },
      ),
    ).toEqual({ a: { passed }, b: { baseline: true, heldSinceMs: 9 }, c: {}, d: {} });
  });
});
