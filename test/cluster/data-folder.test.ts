import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ownIdentity } from '../../src/base/lock.ts';
import { openDataFolder } from '../../src/cluster/data-folder.ts';
import { ClusterRefused } from '../../src/cluster/options.ts';
import { FakeClock } from '../helpers/fakeClock.ts';

let parent = '';
let folder = '';

beforeEach(() => {
  parent = mkdtempSync(path.join(tmpdir(), 'curso-data-'));
  folder = path.join(parent, 'cluster');
});

afterEach(() => {
  rmSync(parent, { recursive: true, force: true });
});

const open = (masters = 3, clock = new FakeClock(), waitMs = 0) =>
  openDataFolder({ folder, masters, owner: undefined, clock, waitMs });

async function refusal(promise: Promise<unknown>): Promise<ClusterRefused> {
  const error = await promise.then(
    () => undefined,
    (why: unknown) => why,
  );
  expect(error).toBeInstanceOf(ClusterRefused);
  return error as ClusterRefused;
}

describe('folder of the data', () => {
  it('is made private to the user, with a folder for each master', async () => {
    const data = await open();
    expect(statSync(folder).mode & 0o777).toBe(0o700);
    for (const number of [1, 2, 3]) expect(statSync(data.master(number)).mode & 0o777).toBe(0o700);
    await data.release();
    expect(readdirSync(folder).sort()).toEqual(['master-1', 'master-2', 'master-3', 'masters.json']);
  });

  it('belongs to one cluster at a time', async () => {
    const first = await open();
    const why = await refusal(open());
    expect(why.message).toContain(folder);
    expect(why.remedy).toContain('curso cluster detener');
    await first.release();
    await (await open()).release();
  });

  it('is taken over from a process that died', async () => {
    await (await open()).release();
    const dead = { ...ownIdentity(), start: '1' };
    writeFileSync(path.join(folder, 'datos.lock'), JSON.stringify(dead));
    await (await open()).release();
  });

  it('stays with a holder of whom nobody can tell, as long as it shows that it lives', async () => {
    const clock = new FakeClock(Date.parse('2100-01-01T00:00:00Z'));
    const data = await open(3, clock);
    const lock = path.join(folder, 'datos.lock');
    const identity = JSON.parse(readFileSync(lock, 'utf8'));
    writeFileSync(lock, JSON.stringify({ ...identity, namespace: 'pid:[1]' }));
    await clock.advance(60_000);
    await refusal(open(3, clock));
    await data.release();
    expect(clock.pending).toBe(0);
  });

  it('keeps the number of masters that it was made with', async () => {
    await (await open(3)).release();
    const why = await refusal(open(1));
    expect(why.message).toContain('de 3 masters');
    expect(why.remedy).toContain('--masters 3');
    await (await open(3)).release();
  });

  it('says what to do when nobody knows any more how many masters there were', async () => {
    await (await open(3)).release();
    for (const text of ['{"masters": 4}', '[]', 'x']) {
      writeFileSync(path.join(folder, 'masters.json'), text);
      expect((await refusal(open(3))).message).toContain('masters.json');
    }
  });

  it.skipIf(process.getuid?.() === 0)('says why it cannot be used', async () => {
    chmodSync(parent, 0o500);
    expect((await refusal(open())).message).toContain('No se puede usar');
  });

  it('says why it cannot be used when something else is in its place', async () => {
    writeFileSync(folder, '');
    expect((await refusal(open())).message).toContain('No se puede usar');
  });
});
