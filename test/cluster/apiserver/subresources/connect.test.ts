import { beforeEach, describe, expect, it } from 'vitest';
import type { ServerParts } from '../../../../src/cluster/apiserver/contracts.ts';
import type { LogOptions } from '../../../../src/cluster/apiserver/node-access.ts';
import { connectSubresources } from '../../../../src/cluster/apiserver/subresources/connect.ts';
import { badRequest } from '../../../../src/kube/status.ts';
import type { StreamItem } from '../../../../src/kube/transport.ts';
import { settle, type TestServer, testServer } from '../../../helpers/apiServer.ts';
import { type FakeNodes, fakeNodes } from '../../../helpers/fakeNodeAccess.ts';
import { makePod, seedNode, spdyHeaders, upgrade, webSocketHeaders } from '../../../helpers/streamServer.ts';

const pods = '/api/v1/namespaces/default/pods';
const refused = 'dial tcp 10.9.0.1:10250: connect: connection refused';

let nodes: FakeNodes;
let api: TestServer;
const admitted: { operation: string; kind: string; object: unknown }[] = [];

const parts: ServerParts = {
  admission: [
    {
      name: 'Testigo',
      validate({ operation, kind, object, info }) {
        if (info.subresource !== '' && info.subresource !== 'status')
          admitted.push({ operation, kind: kind.kind, object });
      },
    },
  ],
};

beforeEach(async () => {
  nodes = fakeNodes();
  admitted.length = 0;
  api = await testServer({
    parts: ({ clock }) => ({ ...parts, subresources: connectSubresources({ nodes, clock, wire: clock }) }),
  });
  await seedNode(api);
  await makePod(api, 'p');
});

const refusal = async (method: string, url: string, headers: { readonly [name: string]: string } = {}) => {
  const { code, body } = await api.send(method, `${pods}/${url}`, { headers });
  return `${code} ${body.message}`;
};

const spdy = { connection: 'Upgrade', upgrade: 'SPDY/3.1', 'x-stream-protocol-version': 'v4.channel.k8s.io' };

describe('what stands in the way of a stream', () => {
  it('is said in upstream’s order: admission, the Pod, the container, the node, the upgrade', async () => {
    expect(await refusal('POST', 'nada/exec?command=id')).toBe('404 pods "nada" not found');
    expect(admitted).toEqual([
      {
        operation: 'CONNECT',
        kind: 'PodExecOptions',
        object: {
          apiVersion: 'v1',
          kind: 'PodExecOptions',
          metadata: {},
          stdin: false,
          stdout: false,
          stderr: false,
          tty: false,
          command: ['id'],
        },
      },
    ]);
    expect(await refusal('POST', 'p/exec?container=nada')).toBe('400 container nada is not valid for pod p');
    expect(await refusal('GET', 'p/attach')).toBe('400 Upgrade request required');
    expect(await refusal('POST', 'p/portforward')).toBe('400 Upgrade request required');
  });

  it('is a Pod without a node', async () => {
    await makePod(api, 'suelto', { nodeName: '' });
    expect(await refusal('POST', 'suelto/exec', spdy)).toBe('400 pod suelto does not have a host assigned');
    expect(await refusal('POST', 'suelto/portforward', spdy)).toBe(
      '400 pod suelto does not have a host assigned',
    );
  });

  it('is a node that does not answer, or is gone', async () => {
    nodes.off.set('nodo-1', refused);
    expect(await refusal('POST', 'p/exec?stdout=1', spdy)).toBe(`500 error dialing backend: ${refused}`);
    expect(await refusal('GET', 'p/log?follow=true&tailLines=2')).toBe(
      `500 Get "https://10.9.0.1:10250/containerLogs/default/p/c?follow=true&tailLines=2": ${refused}`,
    );
    await makePod(api, 'perdido', { nodeName: 'nodo-9' });
    expect(await refusal('GET', 'perdido/log')).toBe('404 nodes "nodo-9" not found');
  });

  it('is a container that does not run, in the kubelet’s plain text', async () => {
    nodes.missing.add('c');
    const answer = await api.send('POST', `${pods}/p/exec?stdout=1`, { headers: spdy });
    expect([answer.code, answer.text]).toEqual([500, 'container not found ("c")']);
  });

  it('is a protocol that nobody speaks, or none at all', async () => {
    const ask = (version: string) =>
      api.send('POST', `${pods}/p/exec?stdout=1`, {
        headers: { ...spdy, 'x-stream-protocol-version': version },
      });
    const strange = await ask('v9.channel.k8s.io, v8.channel.k8s.io');
    expect([strange.code, strange.text]).toEqual([
      403,
      'unable to upgrade: unable to negotiate protocol: client supports [v9.channel.k8s.io v8.channel.k8s.io], ' +
        'server accepts [v4.channel.k8s.io v3.channel.k8s.io v2.channel.k8s.io channel.k8s.io]\n',
    ]);
    expect((await ask('')).text).toBe('unable to upgrade: X-Stream-Protocol-Version is required\n');
    const nothing = await api.send('POST', `${pods}/p/exec`, { headers: spdy });
    expect([nothing.code, nothing.text]).toEqual([
      400,
      'you must specify at least 1 of stdin, stdout, stderr\n',
    ]);
  });

  it('are several containers and no name', async () => {
    const image = 'busybox';
    await makePod(api, 'varios', {
      initContainers: [{ name: 'uno', image }],
      containers: [
        { name: 'a', image },
        { name: 'b', image },
      ],
    });
    expect(await refusal('GET', 'varios/log')).toBe(
      '400 a container name must be specified for pod varios, choose one of: [uno a b]',
    );
  });
});

describe('who may open a stream, and what is kept of it', () => {
  it('needs create for SPDY and get for WebSockets; both are audited when the protocol has changed', async () => {
    const asked: string[] = [];
    const kept: string[] = [];
    const own = await testServer({
      parts: ({ clock }) => ({
        authorizer: {
          authorize({ verb, resource }) {
            asked.push(`${verb} ${resource?.resource}/${resource?.subresource}`);
            return { allowed: true, reason: '' };
          },
        },
        audit: {
          record: ({ verb, subresource, code, name }) =>
            void kept.push(`${verb} ${name} ${subresource} ${code}`),
        },
        subresources: connectSubresources({ nodes, clock, wire: clock }),
      }),
    });
    await seedNode(own);
    await makePod(own, 'p');
    asked.length = 0;
    kept.length = 0;
    await upgrade(own, 'POST', `${pods}/p/exec?command=x&stdout=1`, spdyHeaders());
    await upgrade(own, 'GET', `${pods}/p/exec?command=x&stdout=1`, webSocketHeaders());
    await upgrade(own, 'GET', `${pods}/p/portforward`, webSocketHeaders('SPDY/3.1+portforward.k8s.io'));
    expect(asked).toEqual(['create pods/exec', 'get pods/exec', 'get pods/portforward']);
    expect(kept).toEqual(['create p exec 101', 'get p exec 101', 'get p portforward 101']);
  });
});

describe('the log', () => {
  const read = async (query: string) => {
    const response = await api.server.handle({
      method: 'GET',
      url: `${pods}/p/log${query}`,
      headers: {},
      signal: new AbortController().signal,
    });
    if (response.body.kind !== 'events') throw new Error(`a ${response.body.kind} was answered`);
    return { type: response.headers['content-type'], chunks: await textOf(response.body.events) };
  };
  const textOf = async (events: AsyncIterable<StreamItem>) => {
    const chunks: string[] = [];
    for await (const item of events) chunks.push(Buffer.from(item.bytes()).toString());
    return chunks;
  };

  it('passes on what was asked, and each chunk as it comes', async () => {
    let asked: LogOptions | undefined;
    nodes.logs = async function* (_pod, _container, options) {
      asked = options;
      yield Buffer.from('uno\n');
      yield Buffer.from('dos\ntres\n');
    };
    const { type, chunks } = await read('?sinceSeconds=60&limitBytes=100&timestamps=true&previous=true');
    expect(type).toBe('text/plain');
    expect(chunks).toEqual(['uno\n', 'dos\ntres\n']);
    expect(asked).toEqual({
      follow: false,
      previous: true,
      timestamps: true,
      tailLines: undefined,
      limitBytes: 100,
      sinceMs: api.clock.now() - 60_000,
    });
  });

  it('ends with its client, also while nothing is said', async () => {
    const client = new AbortController();
    nodes.logs = async function* () {
      yield Buffer.from('uno\n');
      await new Promise(() => undefined);
    };
    const { body } = await api.server.handle({
      method: 'GET',
      url: `${pods}/p/log?follow=true`,
      headers: {},
      signal: client.signal,
    });
    if (body.kind !== 'events') throw new Error('no stream');
    const all = textOf(body.events);
    await settle();
    client.abort();
    expect(await all).toEqual(['uno\n']);
  });

  it('is refused in the kubelet’s words', async () => {
    const message = 'container "c" in pod "p" is waiting to start: ContainerCreating';
    nodes.logs = () => {
      throw badRequest(message);
    };
    expect(await refusal('GET', 'p/log')).toBe(`400 ${message}`);
  });

  it('of a Pod without a node is empty', async () => {
    await makePod(api, 'suelto', { nodeName: '' });
    const answer = await api.send('GET', `${pods}/suelto/log`);
    expect([answer.code, answer.text]).toEqual([200, '']);
  });

  it('is refused when what is asked of it makes no sense', async () => {
    expect(await refusal('GET', 'p/log?tailLines=-1')).toBe(
      '422 PodLogOptions "p" is invalid: tailLines: Invalid value: -1: must be greater than or equal to 0',
    );
    expect(await refusal('GET', 'p/log?limitBytes=0&sinceSeconds=0')).toBe(
      '422 PodLogOptions "p" is invalid: [limitBytes: Invalid value: 0: must be greater than 0, sinceSeconds: Invalid value: 0: must be greater than 0]',
    );
    expect(await refusal('GET', 'p/log?sinceSeconds=1&sinceTime=2026-01-01T00:00:00Z')).toMatch(
      /at most one of `sinceTime`/,
    );
    expect(await refusal('GET', 'p/log?tailLines=x')).toBe(
      '400 strconv.ParseInt: parsing "x": invalid syntax',
    );
    expect(await refusal('GET', 'p/log?sinceTime=ayer')).toMatch(/^400 parsing time "ayer" as/);
  });
});
