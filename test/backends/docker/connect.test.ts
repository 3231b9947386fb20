import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import http from 'node:http';
import net from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type ConnectOptions, connectDocker } from '../../../src/backends/docker/connect.ts';
import { clientEnvironment } from '../../../src/backends/docker/endpoint.ts';
import { compareVersions, negotiate } from '../../../src/backends/docker/ping.ts';
import { systemClock } from '../../../src/base/clock.ts';

let folder: string;
let servers: net.Server[];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'enchufe-'));
  servers = [];
});
afterEach(async () => {
  for (const server of servers) {
    server.close();
    (server as Partial<http.Server>).closeAllConnections?.();
  }
  await rm(folder, { recursive: true, force: true });
});

const at = (name: string) => `unix://${join(folder, name)}`;

async function listen<T extends net.Server>(server: T, name: string): Promise<string> {
  servers.push(server);
  server.listen(join(folder, name));
  await once(server, 'listening');
  return at(name);
}

/** An engine that only answers `/_ping` and `/version`. */
function engine(apiVersion: string, minApiVersion = '1.24') {
  return http.createServer((request, response) => {
    response.setHeader('Api-Version', apiVersion);
    response.end(
      request.url?.includes('/version')
        ? JSON.stringify({ ApiVersion: apiVersion, MinAPIVersion: minApiVersion })
        : 'OK',
    );
  });
}

function connect(options: Partial<ConnectOptions> = {}) {
  return connectDocker({
    clock: systemClock,
    env: { DOCKER_CONFIG: folder },
    homeFolder: folder,
    defaultAddress: at('nadie.sock'),
    timeoutMs: 300,
    ...options,
  });
}

/** The reason, or the version agreed on. */
async function outcome(options: Partial<ConnectOptions> = {}): Promise<string> {
  const connected = await connect(options);
  return connected.ok ? connected.engine.apiVersion : connected.unavailable.reason;
}

async function writeContext(name: string, host: string): Promise<void> {
  const metaFolder = join(folder, 'contexts/meta', createHash('sha256').update(name).digest('hex'));
  await mkdir(metaFolder, { recursive: true });
  await writeFile(
    join(metaFolder, 'meta.json'),
    JSON.stringify({ Name: name, Endpoints: { docker: { Host: host } } }),
  );
}

describe('finding an engine', () => {
  test('the default socket, DOCKER_HOST, DOCKER_CONTEXT and the current context, in the client’s order', async () => {
    const first = await listen(engine('1.41'), 'a.sock');
    const second = await listen(engine('1.43'), 'b.sock');
    const third = await listen(engine('1.44'), 'c.sock');
    await writeContext('segundo', second);
    await writeContext('tercero', third);
    expect(await outcome({ defaultAddress: first })).toBe('1.41');
    const usual = await connect({ defaultAddress: first });
    expect(usual.ok && clientEnvironment(usual.engine.endpoint)).toEqual({});
    await writeFile(join(folder, 'config.json'), '{"currentContext":"segundo"}');
    expect(await outcome({ defaultAddress: first })).toBe('1.43');
    const env = { DOCKER_CONFIG: folder, DOCKER_CONTEXT: 'tercero' };
    expect(await outcome({ defaultAddress: first, env })).toBe('1.44');
    expect(await outcome({ defaultAddress: first, env: { ...env, DOCKER_CONTEXT: 'default' } })).toBe('1.41');
    expect(await outcome({ env: { ...env, DOCKER_HOST: first } })).toBe('1.41');
  });

  test('a damaged configuration is like none, as for the client', async () => {
    await writeFile(join(folder, 'config.json'), '{not json');
    expect(await outcome({ defaultAddress: await listen(engine('1.41'), 'a.sock') })).toBe('1.41');
  });

  test('rootless and Desktop sockets, when the default one is not there', async () => {
    await mkdir(join(folder, '.docker/run'), { recursive: true });
    await listen(engine('1.45'), '.docker/run/docker.sock');
    const connected = await connect();
    if (!connected.ok) throw new Error(connected.unavailable.why);
    // The docker command would not look there by itself: the learner's shell has to tell it.
    expect(clientEnvironment(connected.engine.endpoint)).toEqual({
      DOCKER_HOST: at('.docker/run/docker.sock'),
    });
    await listen(engine('1.42'), 'docker.sock');
    expect(await outcome({ env: { XDG_RUNTIME_DIR: folder } })).toBe('1.42');
  });

  test('over TCP', async () => {
    const server = engine('1.41');
    servers.push(server);
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as net.AddressInfo;
    const connected = await connect({ env: { DOCKER_HOST: `tcp://127.0.0.1:${port}` } });
    expect(connected.ok && (await connected.engine.json('/version'))).toMatchObject({ ApiVersion: '1.41' });
  });
});

describe('agreeing on a version', () => {
  test.each([
    ['1.41', '1.24', '1.41'],
    ['1.52', '1.44', '1.51'],
    ['1.70', '1.60', '1.60'],
    ['1.40', '1.12', '1.40'],
  ])('an engine of %s (at least %s) is spoken to in %s', async (version, min, agreed) => {
    expect(await outcome({ defaultAddress: await listen(engine(version, min), 'a.sock') })).toBe(agreed);
  });

  test('too old', async () => {
    expect(await outcome({ defaultAddress: await listen(engine('1.39'), 'a.sock') })).toBe('docker-api-old');
    expect(negotiate({ apiVersion: '1.9', minApiVersion: '1.0' })).toBeUndefined();
    expect(compareVersions('1.9', '1.10')).toBeLessThan(0);
  });
});

describe('not finding one', () => {
  const withClient = async () => {
    await writeFile(join(folder, 'docker'), '#!/bin/sh\n', { mode: 0o755 });
    return { DOCKER_CONFIG: folder, PATH: folder };
  };

  test('neither client nor socket: missing; with the client: stopped', async () => {
    expect(await outcome({ env: { PATH: folder } })).toBe('docker-missing');
    expect(await outcome({ env: await withClient() })).toBe('docker-stopped');
  });

  test('a socket left behind by an engine that is gone', async () => {
    const name = join(folder, 'viejo.sock');
    const child = net.createServer().listen(name);
    await once(child, 'listening');
    // Closing would remove it: keep a copy of the dead inode by renaming first.
    const { rename } = await import('node:fs/promises');
    await rename(name, `${name}.x`);
    child.close();
    expect(await outcome({ defaultAddress: `unix://${name}.x`, env: { PATH: '' } })).toBe('docker-stopped');
  });

  test('one that accepts and never answers, and one that answers half, within the time given', async () => {
    const mute = await listen(
      net.createServer((socket) => socket.resume()),
      'mudo.sock',
    );
    const half = await listen(
      net.createServer((socket) => socket.resume().write('HTTP/1.1 200 OK\r\nApi-Version: 1.4')),
      'medio.sock',
    );
    for (const defaultAddress of [mute, half]) {
      const startedAt = performance.now();
      const connected = await connect({ defaultAddress });
      expect(connected).toMatchObject({
        ok: false,
        unavailable: { reason: 'docker-stopped' },
        problem: { kind: 'silent' },
      });
      expect(performance.now() - startedAt).toBeLessThan(1_500);
    }
  });

  test('one that is not Docker', async () => {
    const web = await listen(
      http.createServer((_, response) => response.end('hola')),
      'web.sock',
    );
    const noise = await listen(
      net.createServer((socket) => socket.resume().end('hola\r\n\r\n')),
      'ruido.sock',
    );
    expect(await outcome({ defaultAddress: web })).toBe('docker-context');
    expect(await outcome({ defaultAddress: noise })).toBe('docker-context');
  });

  // process.seteuid does not exist on Windows, and unix sockets have no owner there.
  test.skipIf(process.platform === 'win32')('no right to speak to it', async () => {
    const address = await listen(engine('1.41'), 'a.sock');
    await chmod(folder, 0o755);
    await chmod(join(folder, 'a.sock'), 0o000);
    const isRoot = process.geteuid?.() === 0;
    if (isRoot) process.seteuid?.(65_534);
    try {
      const connected = await connect({ defaultAddress: address });
      expect(connected).toMatchObject({ ok: false, unavailable: { reason: 'docker-permission' } });
    } finally {
      if (isRoot) process.seteuid?.(0);
    }
  });

  test('a context or DOCKER_HOST that points nowhere while the default engine answers', async () => {
    const defaultAddress = await listen(engine('1.41'), 'a.sock');
    await writeContext('muerto', at('no-hay.sock'));
    const dead = { DOCKER_CONTEXT: 'muerto', DOCKER_CONFIG: folder, PATH: folder };
    const connected = await connect({ defaultAddress, env: dead });
    expect(connected).toMatchObject({ ok: false, unavailable: { reason: 'docker-context' } });
    if (!connected.ok) expect(connected.unavailable.why).toContain('«muerto»');
    expect(await outcome({ defaultAddress, env: { DOCKER_HOST: at('no-hay.sock') } })).toBe('docker-context');
    expect(await outcome({ defaultAddress, env: { DOCKER_HOST: 'tcp://127.0.0.1:1' } })).toBe(
      'docker-context',
    );
    // Nobody answers anywhere: then it is simply stopped.
    expect(await outcome({ env: dead })).toBe('docker-stopped');
  });

  test('a context that does not exist, and addresses we cannot use', async () => {
    const defaultAddress = await listen(engine('1.41'), 'a.sock');
    const because = async (env: { [name: string]: string }) => {
      const connected = await connect({ defaultAddress, env: { DOCKER_CONFIG: folder, ...env } });
      return connected.ok ? 'ok' : connected.problem.kind;
    };
    expect(await because({ DOCKER_CONTEXT: 'fantasma' })).toBe('no-such-context');
    expect(await because({ DOCKER_HOST: 'ssh://yo@alli' })).toBe('unsupported-address');
    expect(await because({ DOCKER_HOST: 'unix://' })).toBe('unsupported-address');
    expect(await because({ DOCKER_HOST: 'tcp://' })).toBe('unsupported-address');
  });
});
