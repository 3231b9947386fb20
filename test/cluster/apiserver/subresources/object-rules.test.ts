import { beforeEach, describe, expect, it } from 'vitest';
import { type TestServer, testServer } from '../../../helpers/apiServer.ts';
import { sampleObjects } from '../../../helpers/sampleObjects.ts';

let t: TestServer;
const merge = { 'content-type': 'application/merge-patch+json' };
beforeEach(async () => {
  t = await testServer();
});

describe('approving a certificate', () => {
  const url = '/apis/certificates.k8s.io/v1/certificatesigningrequests';
  const approved = { type: 'Approved', status: 'True', reason: 'Prueba', message: 'vale' };
  beforeEach(async () => {
    await t.send('POST', url, {
      body: {
        apiVersion: 'certificates.k8s.io/v1',
        kind: 'CertificateSigningRequest',
        metadata: { name: 'ana' },
        ...sampleObjects['certificatesigningrequests.certificates.k8s.io'],
      },
    });
  });
  const patch = (sub: string, body: unknown) => t.send('PATCH', `${url}/ana${sub}`, { body, headers: merge });

  it('stamps the decision, on its own path alone', async () => {
    expect((await patch('', { status: { conditions: [approved] } })).body).not.toHaveProperty(
      'status.conditions',
    );
    expect((await patch('/status', { status: { conditions: [approved] } })).body).not.toHaveProperty(
      'status.conditions.0',
    );
    const { body } = await patch('/approval', {
      spec: { signerName: 'otro.example.com/x' },
      status: { conditions: [approved], certificate: 'eA==' },
    });
    const now = '2026-01-02T03:04:05Z';
    expect(body).toMatchObject({
      spec: { signerName: 'panaderia.example.com/horno' },
      status: { conditions: [{ ...approved, lastUpdateTime: now, lastTransitionTime: now }] },
    });
    expect(body).not.toHaveProperty('status.certificate');
  });

  it('cannot be taken back', async () => {
    await patch('/approval', { status: { conditions: [approved] } });
    const { code, body } = await patch('/approval', { status: { conditions: [] } });
    expect(code).toBe(422);
    expect(body.message).toContain(
      'status.conditions: Forbidden: updates may not remove a condition of type "Approved"',
    );
  });
});

describe('finalizing a Namespace', () => {
  const put = (finalizers: readonly string[]) =>
    t.send('PUT', '/api/v1/namespaces/obrador/finalize', {
      body: { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'obrador' }, spec: { finalizers } },
    });
  beforeEach(async () => {
    const body = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'obrador' } };
    await t.send('POST', '/api/v1/namespaces', { body });
  });

  it('takes finalizers with a domain, and those that Kubernetes knows', async () => {
    const { code, body } = await put(['kubernetes', 'pan.example.com/f']);
    expect([code, body.spec]).toEqual([200, { finalizers: ['kubernetes', 'pan.example.com/f'] }]);
  });

  it('refuses others, and says which', async () => {
    const { code, body } = await put(['kubernetes', 'horno']);
    expect(code).toBe(422);
    expect(body.message).toContain(
      'spec.finalizers[1]: Invalid value: "horno": name is neither a standard finalizer name nor is it fully qualified',
    );
  });
});

describe('ephemeral containers', () => {
  const pods = '/api/v1/namespaces/default/pods';

  it('are added to a Pod of which nothing else changes', async () => {
    const body = { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'p' }, ...sampleObjects['pods'] };
    await t.send('POST', pods, { body });
    const spec = { ephemeralContainers: [{ name: 'lupa', image: 'busybox' }], nodeName: 'n' };
    const direct = await t.send('PATCH', `${pods}/p`, {
      body: { spec: { ephemeralContainers: spec.ephemeralContainers } },
      headers: merge,
    });
    expect(direct.code).toBe(422);
    const { code, body: pod } = await t.send('PATCH', `${pods}/p/ephemeralcontainers`, {
      body: { spec },
      headers: merge,
    });
    expect(code).toBe(200);
    expect(pod).toMatchObject({
      spec: { ephemeralContainers: [{ name: 'lupa', terminationMessagePath: '/dev/termination-log' }] },
    });
    expect(pod).not.toHaveProperty('spec.nodeName');
    const gone = await t.send('PATCH', `${pods}/p/ephemeralcontainers`, {
      body: { spec: { ephemeralContainers: null } },
      headers: merge,
    });
    expect(gone.code).toBe(422);
  });
});
