import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { systemClock } from '../../src/base/clock.ts';
import { systemRandom } from '../../src/base/random.ts';
import type { RunningCluster } from '../../src/cluster/control/contract.ts';
import { ClusterRefused, PortTaken, startCluster } from '../../src/cluster/index.ts';
import type { ClusterOptions } from '../../src/cluster/options.ts';
import { AdminClient } from './https-client.ts';

const configMaps = '/api/v1/namespaces/default/configmaps';
let folder = '';
let running: RunningCluster[] = [];
let clients: AdminClient[] = [];

beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'curso-cluster-'));
});

afterEach(async () => {
  for (const client of clients) client.close();
  for (const cluster of running) await cluster.stop();
  clients = [];
  running = [];
  rmSync(folder, { recursive: true, force: true });
});

async function start(options: Partial<ClusterOptions> = {}): Promise<RunningCluster> {
  const cluster = await startCluster({
    folder,
    assets: path.join(import.meta.dirname, '../../assets'),
    owner: undefined,
    clock: systemClock,
    random: systemRandom,
    masters: 3,
    port: 0,
    nodes: 0,
    speed: 1,
    scheduler: false,
    controllers: ['*'],
    admissionOff: [],
    authorization: 'rbac',
    ...options,
  });
  running.push(cluster);
  return cluster;
}

async function stop(cluster: RunningCluster): Promise<void> {
  running = running.filter((one) => one !== cluster);
  await cluster.stop();
}

function connect(cluster: RunningCluster): AdminClient {
  const client = new AdminClient(cluster.kubeconfig);
  clients.push(client);
  return client;
}

const configMap = (name: string) => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name },
  data: { x: 'y' },
});

const leaderOf = (cluster: RunningCluster) =>
  cluster.status().masters.findIndex((master) => master.role === 'leader') + 1;

/** Asks until it holds; each question takes the time of an answer. */
async function until(client: AdminClient, holds: () => boolean): Promise<void> {
  for (let n = 0; !holds(); n += 1) {
    if (n > 20_000) throw new Error('it never happened');
    await client.send('GET', '/version').catch(() => undefined);
  }
}

describe('cluster', () => {
  it('keeps its data, its keys and its members from one run to the next', async () => {
    const first = await start();
    expect(first.status()).toMatchObject({ kubernetesVersion: expect.stringMatching(/^v1\.32\./) });
    expect((await connect(first).send('POST', configMaps, configMap('kept'))).status).toBe(201);
    await stop(first);

    const second = await start({ port: first.port });
    expect(second.kubeconfig).toBe(first.kubeconfig);
    const answer = await connect(second).send('GET', `${configMaps}/kept`);
    expect(answer).toMatchObject({ status: 200, body: { data: { x: 'y' } } });
    // Each in turn.
    for (const client of [connect(second), connect(second), connect(second)])
      expect((await client.send('GET', '/apis')).status).toBe(200);
    await stop(second);
    await expect(start({ masters: 1 })).rejects.toThrow(ClusterRefused);
  });

  it('runs with one master as well', async () => {
    const cluster = await start({ masters: 1 });
    expect((await connect(cluster).send('POST', configMaps, configMap('a'))).status).toBe(201);
    expect(cluster.status().masters).toMatchObject([{ name: 'master-1', role: 'leader', reachable: true }]);
  });

  it('leaves nothing that others may read', async () => {
    await start();
    const modes = readdirSync(folder, { recursive: true, withFileTypes: true }).map((entry) => {
      const mode = statSync(path.join(entry.parentPath, entry.name)).mode & 0o077;
      return `${entry.name} ${mode.toString(8)}`;
    });
    expect(modes.length).toBeGreaterThan(8);
    expect(modes.filter((mode) => !mode.endsWith(' 0'))).toEqual([]);
  });

  it('is never started twice on the same data, nor on a port that is taken', async () => {
    const cluster = await start();
    await expect(start()).rejects.toThrow(ClusterRefused);
    const other = path.join(folder, 'other');
    await expect(start({ folder: other, port: cluster.port })).rejects.toThrow(PortTaken);
    // What failed lets go of everything.
    await stop(await start({ folder: other }));
    expect((await connect(cluster).send('GET', '/version')).status).toBe(200);
  });

  it('names the line of a token file that is wrong', async () => {
    const tokens = { file: 'tokens.csv', text: 'a,b\n' };
    const error = await start({ tokens }).catch((why: unknown) => why);
    expect(error).toBeInstanceOf(ClusterRefused);
    expect((error as ClusterRefused).message).toContain('tokens.csv: línea 1');
  });

  it('starts with the majority when the disk of one master is damaged, and not with less', async () => {
    const first = await start();
    await connect(first).send('POST', configMaps, configMap('kept'));
    await stop(first);
    const damage = (number: number) => {
      const master = path.join(folder, `master-${number}`);
      const log = path.join(master, readdirSync(master).find((name) => name.startsWith('log-')) ?? '');
      const bytes = readFileSync(log);
      bytes[100] = (bytes[100] ?? 0) ^ 0xff;
      writeFileSync(log, bytes);
    };
    damage(2);
    const second = await start();
    expect(second.status().masters[1]).toMatchObject({ role: 'stopped', reachable: false });
    expect((await connect(second).send('GET', `${configMaps}/kept`)).status).toBe(200);
    await expect(second.fault(2, 'arrancar')).rejects.toThrow(
      'master-2 no puede arrancar: sus datos están dañados',
    );
    await stop(second);
    damage(1);
    await expect(start()).rejects.toThrow(/No arranca la mayoría de los masters\. .*master-1.*master-2/s);
  });
});

describe('cluster that loses masters', () => {
  it('loses nothing acknowledged when its leader stops under load, and other watches go on', async () => {
    const cluster = await start();
    const leader = leaderOf(cluster);
    const seen: string[] = [];
    const watch = await connect(cluster).watch(`${configMaps}?watch=true`, ({ object }) => {
      if (object.metadata.name.startsWith('load-')) seen.push(object.metadata.name);
    });
    const acknowledged: string[] = [];
    const refused: unknown[] = [];
    let stopping = false;
    const writers = Array.from({ length: 8 }, async (_, writer) => {
      const client = connect(cluster);
      for (let n = 0; !stopping; n += 1) {
        const name = `load-${writer}-${n}`;
        const answer = await client.send('POST', configMaps, configMap(name));
        if (answer.status === 201) acknowledged.push(name);
        else refused.push(answer);
      }
    });
    const client = connect(cluster);
    await until(client, () => acknowledged.length >= 100);
    await cluster.fault(leader, 'parar');
    await until(client, () => leaderOf(cluster) > 0);
    expect(leaderOf(cluster)).not.toBe(leader);
    const before = acknowledged.length;
    await until(client, () => acknowledged.length >= before + 100);
    stopping = true;
    await Promise.all(writers);
    const list = await client.send('GET', configMaps);
    const names = (list.body['items'] as { metadata: { name: string } }[]).map(
      ({ metadata }) => metadata.name,
    );
    expect(acknowledged.filter((name) => !names.includes(name))).toEqual([]);
    await until(client, () => seen.length >= names.filter((name) => name.startsWith('load-')).length);
    expect(new Set(seen).size).toBe(seen.length);
    expect([...seen].sort()).toEqual(names.filter((name) => name.startsWith('load-')).sort());
    expect(watch.open).toBe(true);
    expect(refused).toEqual([]);

    await cluster.fault(leader, 'arrancar');
    const commit = () => cluster.status().masters.map((master) => master.commitIndex);
    await until(client, () => new Set(commit()).size === 1);
  });

  it('leaves nobody at an isolated master: who rests or watches there is let go, and finds another', async () => {
    const cluster = await start();
    // In turn: each follower has every other connection.
    const clients = Array.from({ length: 4 }, () => connect(cluster));
    for (const client of clients) await client.send('GET', '/version');
    const watches: { open: boolean }[] = [];
    for (let n = 0; n < 4; n += 1)
      watches.push(await connect(cluster).watch(`${configMaps}?watch=true`, () => undefined));
    const cut = (leaderOf(cluster) % 3) + 1;
    await cluster.fault(cut, 'aislar');
    const client = connect(cluster);
    await until(client, () => watches.some(({ open }) => !open));
    expect(watches.some(({ open }) => open)).toBe(true);
    // All go on at once, at masters that hear each other.
    for (const [at, one] of clients.entries())
      expect((await one.send('POST', configMaps, configMap(`then-${at}`))).status).toBe(201);
    await cluster.fault(cut, 'reconectar');
    await until(client, () => cluster.status().masters[cut - 1]?.role === 'follower');
    for (const one of [...clients, connect(cluster), connect(cluster)])
      expect((await one.send('GET', `${configMaps}/then-0`)).status).toBe(200);
  });

  it('has controllers that go on at another master when theirs is cut off or stops', async () => {
    // Whoever leads is missed after 15 s of the cluster's.
    const cluster = await start({ speed: 10 });
    for (const [number, action] of [
      [1, 'aislar'],
      [2, 'parar'],
    ] as const) {
      await cluster.fault(number, action);
      const client = connect(cluster);
      await until(client, () => leaderOf(cluster) > 0);
      const name = `after-${action}`;
      const namespace = { apiVersion: 'v1', kind: 'Namespace', metadata: { name } };
      expect((await client.send('POST', '/api/v1/namespaces', namespace)).status).toBe(201);
      // What the ServiceAccount controller makes in every namespace.
      const made = `/api/v1/namespaces/${name}/serviceaccounts/default`;
      await vi.waitFor(async () => expect((await client.send('GET', made)).status).toBe(200), {
        timeout: 60_000,
        interval: 100,
      });
      if (action === 'aislar') await cluster.fault(number, 'reconectar');
    }
  }, 150_000);

  it('refuses connections while all are stopped, and answers when a majority is back', async () => {
    const cluster = await start();
    await connect(cluster).send('POST', configMaps, configMap('kept'));
    for (const number of [1, 2, 3]) await cluster.fault(number, 'parar');
    expect(cluster.status().masters.map((master) => master.role)).toEqual(['stopped', 'stopped', 'stopped']);
    await expect(connect(cluster).send('GET', '/version')).rejects.toThrow();
    for (const number of [1, 3]) await cluster.fault(number, 'arrancar');
    const client = connect(cluster);
    await until(client, () => leaderOf(cluster) > 0);
    expect((await client.send('GET', `${configMaps}/kept`)).status).toBe(200);
  });
});
