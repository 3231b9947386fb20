import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, describe, expect, it } from 'vitest';
import { differenceOf } from '../../src/dev/controllers-replay/compare.ts';
import { replayControllers } from '../../src/dev/golden-controllers.ts';
import { replayScheduler } from '../../src/dev/golden-scheduler.ts';

const root = path.join(import.meta.dirname, '../..');
const assets = path.join(root, 'assets');
const folder = mkdtempSync(path.join(os.tmpdir(), 'curso-replay-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const lines = (area: string, cases: readonly unknown[]) =>
  writeFileSync(path.join(folder, `${area}.jsonl`), cases.map((one) => `${JSON.stringify(one)}\n`).join(''));
const pod = {
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'catador' },
  spec: { containers: [{ name: 'c', image: 'nginx' }] },
};
/** As recorded: what is done, and what there is then. */
const step = (action: unknown, seen: object) =>
  Object.fromEntries([
    ['do', action],
    ['then', seen],
  ]);
const silent = { folder, assets, onResult: () => undefined };

describe('a replay of recordings that nobody here has seen', () => {
  it('compares kinds it has no view of by what was recorded, and fails only the step it does not understand', async () => {
    const secret = { apiVersion: 'v1', kind: 'Secret', metadata: { name: 's' }, stringData: { a: 'b' } };
    lines('raros', [
      {
        id: 'uno',
        kinds: ['Pan'],
        steps: [
          step({ create: secret }, { Secret: [{ name: 's', type: 'Opaque' }], Pan: [] }),
          step({ hornear: 1 }, {}),
          step({ create: { apiVersion: 'x/v1', kind: 'Pan', metadata: { name: 'a' } } }, {}),
          step([], { Secret: [{ name: 's', type: 'otra' }] }),
          step([], { Pan: [{ name: 'barra' }] }),
          step({ delete: { kind: 'Secret', name: 's' } }, { Secret: [] }),
        ],
      },
    ]);
    const [result] = await replayControllers({ ...silent, areas: ['raros'] });
    expect(result).toMatchObject({ passed: 2, total: 6 });
    expect(result?.failed.map(({ id, difference }) => `${id} ${difference.split('\n')[0]}`)).toEqual([
      'uno[1] failed: no such action: hornear',
      'uno[2] failed: no kind Pan',
      'uno[3] Secret',
      'uno[4] Pan',
    ]);
  }, 60_000);

  it('places Pods where nothing else is said, and names the kind that it does not know', async () => {
    const result = {
      nodes: null,
      message: 'no nodes available to schedule pods',
      preempted: [],
      nominatedNode: null,
    };
    const others = [{ apiVersion: 'x/v1', kind: 'Pan', metadata: { name: 'a' } }];
    lines('sueltos', [
      { id: 'vacio', pod, result },
      { id: 'raro', pod, result, others },
    ]);
    const [placed] = await replayScheduler({ ...silent, areas: ['sueltos'] });
    expect(placed).toMatchObject({
      passed: 1,
      failed: [{ id: 'raro', difference: 'failed: no kind Pan in x/v1' }],
    });
  }, 60_000);

  it('counts what a claim is told again every 15 s by kind, not by times', () => {
    const event = (reason: string, count: number) => ({
      kind: 'PersistentVolumeClaim',
      type: 'Warning',
      reason,
      message: 'm',
      count,
    });
    expect(
      differenceOf('Event', [event('ProvisioningFailed', 1)], [event('ProvisioningFailed', 2)], false),
    ).toBeUndefined();
    expect(differenceOf('Event', [event('ProvisioningFailed', 1)], [], false)).toBeDefined();
    expect(
      differenceOf('Event', [event('VolumeMismatch', 1)], [event('VolumeMismatch', 2)], false),
    ).toBeDefined();
  });

  it('takes a whole class of recordings by name, and says which files are none', async () => {
    const dir = path.join(folder, 'mezcla');
    mkdirSync(dir);
    writeFileSync(path.join(dir, 'roto.jsonl'), 'esto no es JSON\n');
    writeFileSync(path.join(dir, 'vacio.jsonl'), '');
    const golden = (...args: string[]) =>
      promisify(execFile)(process.execPath, ['src/dev/golden.mjs', ...args], { cwd: root }).then(
        ({ stdout }) => ({ code: 0, text: stdout }),
        (error: { code: number; stderr: string }) => ({ code: error.code, text: error.stderr }),
      );
    expect(await golden('--help')).toMatchObject({ code: 0, text: expect.stringContaining('--dir CARPETA') });
    const nothing = await golden('--dir', dir);
    expect(nothing.code).toBe(2);
    expect(nothing.text).toContain('no se sabe de qué son: roto, vacio');
    const unknown = await golden('--dir', folder, 'panes');
    expect(unknown).toMatchObject({ code: 2, text: expect.stringContaining('controllers') });
  }, 60_000);
});
