import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { AuditEvent } from '../../../../src/cluster/apiserver/audit/event.ts';
import { AuditLog } from '../../../../src/cluster/apiserver/audit/log.ts';
import { FakeClock } from '../../../helpers/fakeClock.ts';

let folder: string;
let clock: FakeClock;
beforeEach(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'curso-audit-'));
  clock = new FakeClock();
});
afterEach(() => rm(folder, { recursive: true, force: true }));

let count = 0;
function event(rest: Partial<AuditEvent> = {}): AuditEvent {
  count += 1;
  return {
    auditID: `id-${count}`,
    receivedAt: '2026-01-01T00:00:00.000000Z',
    latencyMs: 1,
    user: 'ana',
    groups: [],
    verb: 'create',
    url: '/api/v1/namespaces/obrador/pods',
    group: '',
    version: 'v1',
    resource: 'pods',
    subresource: '',
    namespace: 'obrador',
    name: 'a',
    code: 201,
    userAgent: 'kubectl',
    dryRun: false,
    annotations: {},
    ...rest,
  };
}
const names = (events: readonly AuditEvent[]) => events.map(({ name }) => name);

test('nothing is written until it is time, then all of it, for its owner only', async () => {
  const log = new AuditLog({ folder, clock });
  log.record(event());
  log.record(event({ name: 'b' }));
  expect(await readdir(folder)).toEqual([]);
  await clock.advance(1000);
  await log.flush();
  const file = path.join(folder, 'audit.log');
  expect((await readFile(file, 'utf8')).trim().split('\n')).toHaveLength(2);
  expect((await stat(file)).mode & 0o777).toBe(0o600);
  expect(clock.pending).toBe(0);
});

test('what earlier runs left is found, torn lines are passed over, nothing is told twice', async () => {
  const first = new AuditLog({ folder, clock });
  first.record(event({ name: 'antes' }));
  await first.close();
  const file = path.join(folder, 'audit.log');
  await writeFile(file, `${await readFile(file, 'utf8')}{"auditID":"torn`);
  await writeFile(file, `${await readFile(file, 'utf8')}\n[1]\n{"verb":1}\n`);
  const second = new AuditLog({ folder, clock });
  second.record(event({ name: 'ahora' }));
  expect(names(await second.search())).toEqual(['antes', 'ahora']);
  expect(names(second.recent())).toEqual(['ahora']);
  expect(names(await new AuditLog({ folder, clock }).search())).toEqual(['antes', 'ahora']);
});

test('memory and disk are bounded', async () => {
  const log = new AuditLog({ folder, clock, remembered: 3, maxBytes: 2000, files: 3 });
  for (let i = 0; i < 60; i++) {
    log.record(event({ name: `n${i}` }));
    await log.flush();
  }
  expect(names(log.recent())).toEqual(['n57', 'n58', 'n59']);
  const files = await readdir(folder);
  expect(files.sort()).toEqual(['audit.log', 'audit.log.1', 'audit.log.2']);
  for (const file of files) expect((await stat(path.join(folder, file))).size).toBeLessThanOrEqual(2000);
  const found = names(await log.search({ limit: 5 }));
  expect(found).toEqual(['n55', 'n56', 'n57', 'n58', 'n59']);
});

test.each([
  [{}, ['apply', 'secreto', 'no']],
  [{ session: 's-1' }, ['apply', 'no']],
  [{ command: 'kubectl' }, ['apply', 'no']],
  [{ command: 'kubectl app' }, []],
  [{ resource: 'secrets' }, ['secreto']],
  [{ verbs: ['patch'] }, ['apply']],
  [{ succeeded: false }, ['no']],
  [{ user: 'bea' }, ['secreto']],
  [{ since: '2026-01-01T00:00:01Z' }, ['no']],
  [{ until: '2026-01-01T00:00:00.5Z' }, ['apply', 'secreto']],
  [{ components: true }, ['apply', 'secreto', 'pieza', 'no']],
  [{ limit: 1 }, ['no']],
  [{ name: '__proto__' }, []],
])('a search for %j', (query, found) => {
  const log = new AuditLog({ folder, clock });
  const kubectl = { kubectlSession: 's-1', kubectlCommand: 'kubectl apply' };
  log.record(event({ name: 'apply', verb: 'patch', ...kubectl }));
  log.record(event({ name: 'secreto', resource: 'secrets', user: 'bea' }));
  log.record(event({ name: 'pieza', user: 'system:kube-scheduler' }));
  log.record(event({ name: 'no', code: 403, receivedAt: '2026-01-01T00:00:01.000001Z', ...kubectl }));
  expect(names(log.recent(query))).toEqual(found);
});

test('what components read all the time fills no disk', async () => {
  const log = new AuditLog({ folder, clock });
  log.record(event({ user: 'system:kube-controller-manager', verb: 'watch' }));
  log.record(event({ user: 'system:node:n1', verb: 'update', resource: 'leases' }));
  log.record(event({ user: 'system:kube-scheduler', name: 'atado', subresource: 'binding' }));
  await log.close();
  expect(names(await new AuditLog({ folder, clock }).search({ components: true }))).toEqual(['atado']);
});

test('a disk that refuses is told once and loses lines, not memory', async () => {
  const told: string[] = [];
  const file = path.join(folder, 'fichero');
  await writeFile(file, '');
  const log = new AuditLog({ folder: file, clock, onTrouble: (why) => told.push(why) });
  for (let i = 0; i < 3; i++) {
    log.record(event());
    await log.flush();
  }
  expect(told).toEqual(['hay un archivo donde debería haber una carpeta']);
  expect(log.lost).toBe(3);
  expect(log.recent()).toHaveLength(3);
});

test('what clients say of themselves is clipped', async () => {
  const log = new AuditLog({ folder, clock });
  log.record(event({ userAgent: 'x'.repeat(10_000), url: `/${'y'.repeat(10_000)}` }));
  const [kept] = log.recent();
  expect([kept?.userAgent.length, kept?.url.length, kept?.name]).toEqual([1024, 1024, 'a']);
  await log.close();
  expect((await stat(path.join(folder, 'audit.log'))).size).toBeLessThan(3000);
});
