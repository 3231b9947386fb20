import { expect, it } from 'vitest';
import { startKubernetesEndpoints } from '../../../src/cluster/apiserver/kubernetes-endpoints.ts';
import { createClient } from '../../../src/kube/create-client.ts';
import { testServer } from '../../helpers/apiServer.ts';

it('the API servers say where they are, follow who answers, and put back what others change', async () => {
  const { server, clock, send } = await testServer();
  const client = createClient(server.handle, { userAgent: 'prueba' });
  const troubles: unknown[] = [];
  let up = ['192.168.0.4', '192.168.0.3'];
  const kept = startKubernetesEndpoints({
    client,
    clock,
    port: 6443,
    addresses: () => up,
    trouble: (error) => troubles.push(error),
  });
  await kept.refresh();
  const endpoints = '/api/v1/namespaces/default/endpoints/kubernetes';
  const slice = '/apis/discovery.k8s.io/v1/namespaces/default/endpointslices/kubernetes';
  const get = async (path: string) => (await send('GET', path)).body;
  expect(await get(endpoints)).toMatchObject({
    metadata: { labels: { 'endpointslice.kubernetes.io/skip-mirror': 'true' } },
    subsets: [
      {
        addresses: [{ ip: '192.168.0.3' }, { ip: '192.168.0.4' }],
        ports: [{ name: 'https', port: 6443, protocol: 'TCP' }],
      },
    ],
  });
  const first = await get(slice);
  expect(first).toMatchObject({
    metadata: { labels: { 'kubernetes.io/service-name': 'kubernetes' } },
    addressType: 'IPv4',
    endpoints: [
      { addresses: ['192.168.0.3'], conditions: { ready: true } },
      { addresses: ['192.168.0.4'], conditions: { ready: true } },
    ],
    ports: [{ name: 'https', port: 6443, protocol: 'TCP' }],
  });
  await clock.advance(60_000);
  expect((await get(slice)).metadata.resourceVersion).toBe(first.metadata.resourceVersion);
  up = ['192.168.0.3'];
  await clock.advance(10_000);
  expect(await get(slice)).toMatchObject({ endpoints: [{ addresses: ['192.168.0.3'] }] });
  await send('DELETE', endpoints);
  up = [];
  await kept.refresh();
  expect((await get(endpoints)) as unknown).not.toHaveProperty('subsets');
  expect(await get(slice)).toMatchObject({ endpoints: null });
  expect(troubles).toEqual([]);
  kept.stop();
  expect(clock.pending).toBe(0);
});
