import { mkdir, mkdtemp, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../../src/base/clock.ts';
import { ownIdentity } from '../../../src/base/lock.ts';
import { type ClusterStatus, FaultRefused } from '../../../src/cluster/control/contract.ts';
import { ControlSilent, controlClient } from '../../../src/cluster/control/control-client.ts';
import { type ControlServer, startControlServer } from '../../../src/cluster/control/control-server.ts';
import { readRunState, removeRunState, writeRunState } from '../../../src/cluster/control/state-file.ts';

const status: ClusterStatus = {
  kubernetesVersion: 'v1.32.0',
  speed: 1,
  paused: false,
  lostLeads: 0,
  aheadMs: 0,
  troubles: { file: '', serious: 0 },
  time: '2026-01-02T03:04:05Z',
  components: ['scheduler', 'job-controller'],
  stopped: [],
  notices: [],
  ports: [],
  masters: [{ name: 'master-1', role: 'leader', term: 2, commitIndex: 40, reachable: true }],
  nodes: [],
};

describe('the control port', () => {
  let server: ControlServer;
  const done: string[] = [];
  let stopped: () => void = () => undefined;
  const stopping = new Promise<void>((resolve) => {
    stopped = resolve;
  });
  beforeEach(async () => {
    done.length = 0;
    server = await startControlServer(
      {
        status: () => status,
        fault: async (master, action) => {
          if (master > 3) throw new FaultRefused('hay 3 masters');
          if (action === 'aislar') throw new Error('se rompió');
          done.push(`${action} ${master}`);
        },
        nodeFault: async (node, action) => {
          done.push(`${action} ${node}`);
        },
        component: async (name, action) => {
          done.push(`${action} ${name}`);
        },
        time: async (action) => {
          done.push(JSON.stringify(action));
        },
        rules: (node) => {
          if (node !== 'nodo-1') throw new FaultRefused('no hay ese nodo');
          return '*nat\nCOMMIT\n';
        },
        probe: async ({ namespace, name }, url) => ({
          steps: [{ ok: true, text: `${namespace}/${name} → ${url}` }],
        }),
        decision: () => undefined,
        save: async (file) => {
          done.push(`guardar ${file}`);
        },
        audit: async (query) => {
          done.push(JSON.stringify(query));
          return [];
        },
        stop: () => stopped(),
      },
      'secreto',
    );
  });
  afterEach(() => server.close());

  it('tells the state, does faults and stops', async () => {
    const client = controlClient({ port: server.port, token: 'secreto' });
    expect(await client.status()).toEqual(status);
    expect(await client.fault(2, 'parar')).toEqual(status);
    expect(done).toEqual(['parar 2']);
    await client.stop();
    await stopping;
  });

  it('acts on nodes, components and time, and looks at rules, connections and the audit', async () => {
    const client = controlClient({ port: server.port, token: 'secreto' });
    await client.nodeFault('nodo-2', 'apagar');
    await client.component('job-controller', 'parar');
    await client.time({ kind: 'pausar' });
    await client.time({ kind: 'avanzar', ms: 1500 });
    await client.time({ kind: 'velocidad', speed: 0.5 });
    await client.save('/tmp/mi foto.json');
    expect(await client.audit({ verbs: ['delete'], name: 'año/ñ' })).toEqual([]);
    expect(done).toEqual([
      'apagar nodo-2',
      'parar job-controller',
      '{"kind":"pausar"}',
      '{"kind":"avanzar","ms":1500}',
      '{"kind":"velocidad","speed":0.5}',
      'guardar /tmp/mi foto.json',
      '{"verbs":["delete"],"name":"año/ñ"}',
    ]);
    expect(await client.rules('nodo-1')).toBe('*nat\nCOMMIT\n');
    await expect(client.rules('nodo/1')).rejects.toThrow(new FaultRefused('no hay ese nodo'));
    const url = 'http://mostrador:8080/?a=b&c=ñ';
    expect(await client.probe({ namespace: 'panadería', name: 'cliente' }, url)).toEqual({
      steps: [{ ok: true, text: `panadería/cliente → ${url}` }],
    });
    expect(await client.decision('default', 'p')).toBeUndefined();
  });

  it('says what was refused, and what broke', async () => {
    const client = controlClient({ port: server.port, token: 'secreto' });
    await expect(client.fault(4, 'parar')).rejects.toThrow(new FaultRefused('hay 3 masters'));
    await expect(client.fault(1, 'aislar')).rejects.toThrow(/código 500: se rompió/);
  });

  it('answers nobody without the secret, nor a page of a browser', async () => {
    await expect(controlClient({ port: server.port, token: 'otro' }).status()).rejects.toThrow(ControlSilent);
    const code = await new Promise((resolve) => {
      request(
        {
          host: '127.0.0.1',
          port: server.port,
          path: '/2/estado',
          headers: { authorization: 'Bearer secreto', origin: 'http://x' },
        },
        (response) => {
          response.resume();
          resolve(response.statusCode);
        },
      ).end();
    });
    expect(code).toBe(401);
  });

  it('of another version says so, and can still be stopped', async () => {
    const answers: string[] = [];
    const old = createServer((message, response) => {
      answers.push(`${message.method} ${message.url}`);
      response.writeHead(message.url === '/detener' ? 200 : 404, { 'content-type': 'application/json' });
      response.end('{}');
    });
    await new Promise<void>((resolve) => old.listen(0, '127.0.0.1', resolve));
    const client = controlClient({ port: (old.address() as AddressInfo).port, token: 'secreto' });
    await expect(client.status()).rejects.toThrow(
      'el proceso del clúster no contesta (es de otra versión del curso)',
    );
    await client.stop();
    expect(answers).toEqual(['GET /2/estado', 'POST /detener']);
    old.close();
  });

  it('is silent when nobody listens', async () => {
    await server.close();
    await expect(controlClient({ port: server.port, token: 'secreto' }).status()).rejects.toThrow(
      ControlSilent,
    );
  });
});

describe('the file that tells which process it is', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(path.join(os.tmpdir(), 'curso-estado-'));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));
  const run = {
    process: ownIdentity(),
    url: 'https://127.0.0.1:7443',
    control: { port: 1, token: 'x' },
    startedAt: '2026-11-23T10:00:00Z',
    options: { '--nodos': '3' },
  };
  const now = Date.now();
  const clock = { ...systemClock, now: () => now };

  it('finds a process that lives, privately', async () => {
    expect(await readRunState(folder, clock)).toEqual({ state: 'stopped' });
    expect(await writeRunState(folder, run)).toBeUndefined();
    expect(await readRunState(folder, clock)).toEqual({ state: 'running', run });
    expect((await stat(path.join(folder, 'en-marcha.json'))).mode & 0o077).toBe(0);
    await removeRunState(folder);
    expect(await readRunState(folder, clock)).toEqual({ state: 'stopped' });
  });

  it('knows that its process ended, though another one has its number now', async () => {
    await writeRunState(folder, { ...run, process: { ...run.process, start: '1' } });
    const found = await readRunState(folder, clock);
    // Without /proc nobody can tell the two apart.
    if (run.process.start !== '') expect(found).toEqual({ state: 'stale', pid: process.pid });
  });

  it('takes a damaged file for one of a cluster that ended badly', async () => {
    for (const text of ['{', '[]', '{"process":{"pid":"1"}}', '{"url":"x","startedAt":"y","process":{}}']) {
      await writeFile(path.join(folder, 'en-marcha.json'), text);
      expect(await readRunState(folder, clock), text).toEqual({ state: 'stale', pid: 0 });
    }
  });

  it('believes in a cluster of another container only while somebody uses the data', async () => {
    const foreign = { ...run, process: { ...run.process, namespace: 'pid:[1]' } };
    await writeRunState(folder, foreign);
    expect(await readRunState(folder, clock)).toEqual({ state: 'stale', pid: process.pid });
    const lock = path.join(folder, 'datos.lock');
    await writeFile(lock, '{}');
    await utimes(lock, now / 1000, now / 1000 - 5);
    expect(await readRunState(folder, clock)).toEqual({ state: 'elsewhere', run: foreign });
    await utimes(lock, now / 1000, now / 1000 - 11);
    expect(await readRunState(folder, clock)).toEqual({ state: 'stale', pid: process.pid });
  });

  it('does not take what it may not read for nothing', async () => {
    await mkdir(path.join(folder, 'en-marcha.json'));
    expect(await readRunState(folder, clock)).toEqual({ state: 'stale', pid: 0 });
  });

  it('forgives options that are not texts', async () => {
    await writeRunState(folder, { ...run, options: JSON.parse('{"--nodos":3,"--velocidad":"2"}') });
    expect(await readRunState(folder, clock)).toMatchObject({ run: { options: { '--velocidad': '2' } } });
  });
});
