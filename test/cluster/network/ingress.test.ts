import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { KubeObject } from '../../../src/kube/object.ts';
import { curl, opened } from './curl.ts';
import { createWorld, service, services, slice, slices, type TestPod, type World } from './world.ts';

const ingresses = '/apis/networking.k8s.io/v1/namespaces/shop/ingresses';
const ingressRef = { group: 'networking.k8s.io', version: 'v1', plural: 'ingresses' };
const ingress = (spec: object) => ({
  apiVersion: 'networking.k8s.io/v1',
  kind: 'Ingress',
  metadata: { name: 'bread' },
  spec,
});
const path = (text: string, name: string, port: object = { number: 80 }) => ({
  path: text,
  pathType: 'Prefix',
  backend: { service: { name, port } },
});

let world: World;
let port: number;
let front: TestPod;
beforeEach(async () => {
  world = await createWorld({ realPorts: true, ingressPort: 0 });
  front = await world.pod('front', { serve: 8080 });
  const orders = await world.pod('orders', { node: 'nodo-2' });
  orders.net.listen(8080, {
    kind: 'http',
    handle: ({ method, path, headers, body }) => ({
      status: 201,
      headers: { 'x-method': method },
      body: Buffer.from(`${path} ${headers['x-forwarded-host']} ${Buffer.from(body ?? []).toString()}`),
    }),
  });
  await world.apply(services(), service('front'), service('orders'), service('empty'));
  await world.apply(slices(), slice('front', [{ pod: front }]), slice('orders', [{ pod: orders }]));
  await opened(world.network);
  const state = world.network.ports().find(({ kind }) => kind === 'ingress')?.state;
  port = state?.state === 'open' ? state.port : 0;
});
afterEach(async () => {
  await world.close();
  expect(world.troubles).toEqual([]);
});

const statusOf = async () =>
  (await world.client.get<KubeObject & { status: unknown }>(ingressRef, 'shop', 'bread')).status;

describe('the Ingress controller', () => {
  test('brings its class, which is not the default one', async () => {
    const list = await world.client.list({
      group: 'networking.k8s.io',
      version: 'v1',
      plural: 'ingressclasses',
    });
    expect(list.items).toMatchObject([
      { metadata: { name: 'curso' }, spec: { controller: 'curso-k8s/ingress' } },
    ]);
  });

  test('serves Ingresses of its class by host and path, and leaves the others alone', async () => {
    const rules = [{ host: 'pan.local', http: { paths: [path('/orders', 'orders'), path('/', 'front')] } }];
    await world.apply(ingresses, ingress({ rules }));
    expect((await curl(port, { host: 'pan.local' })).status).toBe(404);
    await world.clock.advance(100);
    expect(await statusOf()).toEqual({ loadBalancer: {} });

    await world.apply(ingresses, ingress({ ingressClassName: 'curso', rules }));
    await world.clock.advance(100);
    expect(await statusOf()).toEqual({
      loadBalancer: { ingress: [{ ip: '127.0.0.1', ports: [{ port, protocol: 'TCP' }] }] },
    });
    expect((await curl(port, { host: 'pan.local' })).text).toBe('front');
    const answer = await curl(port, { host: 'pan.local', path: '/orders/7?x=1', body: 'two' });
    expect(answer).toMatchObject({ status: 201, text: '/orders/7?x=1 pan.local two' });
    expect((await curl(port, { host: 'other.local' })).status).toBe(404);

    await world.apply(ingresses, ingress({ ingressClassName: 'nginx', rules }));
    await world.clock.advance(100);
    expect(await statusOf()).toEqual({ loadBalancer: {} });
    expect((await curl(port, { host: 'pan.local' })).status).toBe(404);
  });

  test('answers for a backend that cannot', async () => {
    const paths = [
      path('/nothing', 'nothing'),
      path('/port', 'front', { number: 81 }),
      path('/name', 'front', { name: 'web' }),
      path('/empty', 'empty'),
      path('/', 'front'),
    ];
    await world.apply(ingresses, ingress({ ingressClassName: 'curso', rules: [{ http: { paths } }] }));
    for (const asked of ['/nothing', '/port', '/name', '/empty'])
      expect((await curl(port, { path: asked })).text).toContain('503 Service Temporarily Unavailable');
    front.net.listen(81, { kind: 'bytes', accept: (connection) => void connection.end('no HTTP') });
    expect((await curl(port)).text).toBe('front');
    await world.apply(slices(), slice('front', [{ pod: front }], [{ name: '', port: 81, protocol: 'TCP' }]));
    expect((await curl(port)).text).toContain('502 Bad Gateway');
    await world.apply(
      slices(),
      slice('front', [{ pod: front }], [{ name: '', port: 8080, protocol: 'TCP' }]),
    );
    world.network.setNode('nodo-1', 'off');
    const late = curl(port);
    for (let i = 0; i < 20; i++) await new Promise((resolve) => setImmediate(resolve));
    await world.clock.advance(60_000);
    expect((await late).text).toContain('504 Gateway Time-out');
  });
});
