import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import type { Duplex } from 'node:stream';
import { type Clock, systemClock } from '../../src/base/clock.ts';
import { discoveryRoutes } from '../../src/cluster/apiserver/discovery/routes.ts';
import { metricsApi } from '../../src/cluster/apiserver/metrics/metrics-api.ts';
import { connectSubresources } from '../../src/cluster/apiserver/subresources/connect.ts';
import { startBalancer } from '../../src/cluster/front/balancer.ts';
import { createHttpFront } from '../../src/cluster/front/http-front.ts';
import { adminKubeconfig } from '../../src/cluster/front/kubeconfig.ts';
import { ensurePki, type Pki } from '../../src/cluster/pki/pki.ts';
import { type TestServer, testServer } from './apiServer.ts';
import { duplexPair } from './duplexPair.ts';
import { type FakeNodes, fakeNodes } from './fakeNodeAccess.ts';

export interface StreamServer {
  readonly api: TestServer;
  readonly nodes: FakeNodes;
  readonly port: number;
  readonly pki: Pki;
  /** A file. */
  readonly kubeconfig: string;
  readonly folder: string;
  stop(): Promise<void>;
}

/** An API server with scripted nodes behind the real HTTPS front: one node `nodo-1` and a Pod `p` on it, container `c`. */
export async function startStreamServer(options: { readonly wire?: Clock } = {}): Promise<StreamServer> {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'curso-streams-'));
  const nodes = fakeNodes();
  const wire = options.wire ?? systemClock;
  const api = await testServer({
    parts: (host) => ({
      routes: discoveryRoutes(host.catalog),
      subresources: connectSubresources({ nodes, clock: host.clock, wire }),
      ...metricsApi(nodes, host.reader),
    }),
  });
  await seedNode(api);
  await makePod(api, 'p');
  const pki = await ensurePki(path.join(folder, 'pki'), systemClock);
  const front = createHttpFront({ handle: api.server.handle, pki, maxBodyBytes: 1_000_000 });
  const balancer = await startBalancer(0, [
    { healthy: () => true, accept: (socket) => front.accept(socket) },
  ]);
  const kubeconfig = path.join(folder, 'kubeconfig');
  await writeFile(kubeconfig, adminKubeconfig(`https://127.0.0.1:${balancer.port}`, pki));
  return {
    api,
    nodes,
    pki,
    port: balancer.port,
    kubeconfig,
    folder,
    async stop() {
      front.close();
      await balancer.close();
      api.server.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** `nodo-1`, at 10.9.0.1. */
export async function seedNode(api: TestServer): Promise<void> {
  const send = async (method: string, url: string, body: unknown) => {
    const answer = await api.send(method, url, { body });
    if (answer.code >= 300) throw new Error(answer.text);
  };
  const node = { apiVersion: 'v1', kind: 'Node', metadata: { name: 'nodo-1' } };
  await send('POST', '/api/v1/nodes', node);
  await send('PUT', '/api/v1/nodes/nodo-1/status', {
    ...node,
    status: {
      addresses: [{ type: 'InternalIP', address: '10.9.0.1' }],
      daemonEndpoints: { kubeletEndpoint: { Port: 10250 } },
    },
  });
}

/** A Pod that runs on `nodo-1`. */
export async function makePod(
  api: TestServer,
  name: string,
  spec: { readonly [field: string]: unknown } = {},
): Promise<void> {
  const pod = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, labels: { app: name } },
    spec: {
      nodeName: 'nodo-1',
      containers: [{ name: 'c', image: 'busybox', ports: [{ containerPort: 8080 }] }],
      ...spec,
    },
  };
  const url = '/api/v1/namespaces/default/pods';
  const made = await api.send('POST', url, { body: pod });
  if (made.code !== 201) throw new Error(made.text);
  const status = {
    phase: 'Running',
    podIP: '10.1.0.5',
    podIPs: [{ ip: '10.1.0.5' }],
    conditions: [{ type: 'Ready', status: 'True' }],
    containerStatuses: [
      {
        name: 'c',
        ready: true,
        restartCount: 0,
        image: 'busybox',
        imageID: '',
        state: { running: { startedAt: '2026-01-01T00:00:00Z' } },
      },
    ],
  };
  const told = await api.send('PUT', `${url}/${name}/status`, { body: { ...pod, status } });
  if (told.code !== 200) throw new Error(told.text);
}

/** Headers of the clients' upgrades. */
export const spdyHeaders = (protocol = 'v4.channel.k8s.io') => ({
  connection: 'Upgrade',
  upgrade: 'SPDY/3.1',
  'x-stream-protocol-version': protocol,
});

export const webSocketHeaders = (protocol = 'v5.channel.k8s.io') => ({
  connection: 'Upgrade',
  upgrade: 'websocket',
  'sec-websocket-version': '13',
  'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==',
  ...(protocol === '' ? {} : { 'sec-websocket-protocol': protocol }),
});

export interface Upgraded {
  /** The answer's status line and headers. */
  readonly head: string;
  /** The client's end, after the answer. */
  readonly socket: Duplex;
}

/** Asks for an upgrade without a network; throws the text of what is answered instead. */
export async function upgrade(
  api: TestServer,
  method: string,
  url: string,
  headers: { readonly [name: string]: string },
): Promise<Upgraded> {
  const response = await api.server.handle({ method, url, headers, signal: new AbortController().signal });
  const { body, status } = response;
  if (body.kind !== 'upgrade')
    throw new Error(
      `${status} ${body.kind === 'bytes' ? String(body.bytes) : body.kind === 'object' ? String(body.bytes()) : ''}`,
    );
  const [client, server] = duplexPair();
  body.accept(server, new Uint8Array());
  let head = '';
  while (!head.includes('\r\n\r\n')) {
    const chunk = client.read() as Buffer | null;
    if (chunk !== null) head += chunk.toString('latin1');
    else await new Promise((resolve) => client.once('readable', resolve));
  }
  const end = head.indexOf('\r\n\r\n') + 4;
  if (head.length > end) client.unshift(Buffer.from(head.slice(end), 'latin1'));
  return { head: head.slice(0, end), socket: client };
}
