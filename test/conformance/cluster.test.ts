// One body for every cluster: the built-in one always, and a real one when CURSO_CONFORMIDAD_KUBECONFIG names its kubeconfig
// (its current context). It only touches namespaces of its own, which it deletes.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { createHttpsTransport } from '../../src/backends/kubernetes/https-transport.ts';
import { readKubeconfig } from '../../src/backends/kubernetes/kubeconfig.ts';
import { createClusterWorlds } from '../../src/backends/world/cluster-worlds.ts';
import { systemClock } from '../../src/base/clock.ts';
import type { JsonObject } from '../../src/base/json.ts';
import type { Backend } from '../../src/checks/backend.ts';
import { findKind } from '../../src/checks/kinds/index.ts';
import type { Attempt } from '../../src/course/model.ts';
import type { World } from '../../src/course/world.ts';
import type { KubeClient, ResourceRef } from '../../src/kube/client.ts';
import { createClient } from '../../src/kube/create-client.ts';
import type { KubeObject } from '../../src/kube/object.ts';
import { startTestCluster } from '../helpers/cluster.ts';

interface Place {
  /** A file. */
  readonly kubeconfig: string;
  stop(): Promise<void>;
}

const given = process.env['CURSO_CONFORMIDAD_KUBECONFIG'];
const places: readonly (readonly [string, () => Promise<Place>])[] = [
  ['the built-in cluster', () => startTestCluster({ nodes: 2, speed: 10 })],
  ...(given === undefined || given === ''
    ? []
    : [['a real cluster', async () => ({ kubeconfig: given, stop: async () => {} })] as const]),
];

const image = process.env['CURSO_CONFORMIDAD_IMAGEN'] ?? 'nginx:1.29-alpine';
const deployments: ResourceRef = { group: 'apps', version: 'v1', plural: 'deployments' };
const pods: ResourceRef = { group: '', version: 'v1', plural: 'pods' };
const services: ResourceRef = { group: '', version: 'v1', plural: 'services' };
const patienceMs = given === undefined ? 15_000 : 60_000;
const signal = new AbortController().signal;
const token = process.pid.toString(16).padStart(8, '0');

function attemptIn(ns: string): Attempt {
  return {
    exerciseId: 'x.1.a',
    token,
    startedAtMs: Date.now() - 2_000,
    parameters: { ns },
    answers: {},
    failures: 0,
    memory: {},
  };
}

describe.each(places)('the checks and their backend on %s', (_name, open) => {
  const ns = `conformidad-${token.slice(-4)}`;
  const attempt = attemptIn(ns);
  const folder = mkdtempSync(path.join(tmpdir(), 'curso-conformidad-'));
  let place: Place;
  let world: World;
  let backend: Backend;
  let client: KubeClient;
  let closeAll = () => {};

  beforeAll(async () => {
    place = await open();
    const env = { KUBECONFIG: place.kubeconfig };
    const access = await readKubeconfig({ env });
    const https = createHttpsTransport(access, systemClock);
    client = createClient(https.transport, { userAgent: 'conformidad' });
    const worlds = createClusterWorlds({
      findBuiltin: async () => {
        throw new Error('a context was asked for');
      },
      context: access.context,
    });
    const around = { clock: systemClock, env, folderOf: () => folder, courseFolder: folder };
    world = await worlds.open(around, undefined, signal);
    expect(world.facts.missing).toEqual({});
    await world.begin?.(attempt, {}, signal);
    backend = await world.openBackend(attempt);
    closeAll = () => {
      worlds.close();
      https.close();
    };
  });

  afterAll(async () => {
    await world?.clean(token);
    closeAll();
    await place?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  const see = async (kind: string, params: JsonObject) => {
    const found = findKind(kind);
    if (found === undefined) throw new Error(`there is no ${kind}`);
    const facts = { exerciseId: 'x.1.a', startedAtMs: attempt.startedAtMs, folder, answers: {}, failures: 0 };
    return found.observe({ backend, scope: {}, attempt: facts, signal }, { namespace: ns, ...params });
  };
  const observed = async (kind: string, params: JsonObject) => (await see(kind, params)).value;
  /** Until it is seen; a real cluster may be slow. */
  const until = (kind: string, params: JsonObject, wanted: JsonObject) =>
    vi.waitFor(
      async () => {
        const value = await observed(kind, params);
        expect(value).toMatchObject(wanted);
        return value;
      },
      { timeout: patienceMs, interval: 100 },
    );
  const template = (picture: string) => ({
    metadata: { labels: { app: 'mostrador' } },
    spec: { containers: [{ name: 'web', image: picture, ports: [{ containerPort: 80 }] }] },
  });

  it('has a namespace of its own, labelled, with its ServiceAccount', async () => {
    const value = await observed('k8s.objeto', { tipo: 'ns', nombre: ns });
    expect(value['metadata']).toMatchObject({ labels: { 'curso-k8s': token } });
    expect((await see('k8s.objeto', { tipo: 'sa', nombre: 'default' })).state).toBe('found');
    await world.begin?.(attempt, {}, signal);
    expect(await world.begun?.(attempt)).toBe(true);
  });

  it('says what is not there, and names what is near', async () => {
    await client.create({ group: '', version: 'v1', plural: 'configmaps' }, ns, {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'mostrador' },
    } as KubeObject);
    const absent = await see('k8s.objeto', { tipo: 'cm', nombre: 'mostrdor' });
    expect(absent).toEqual({ state: 'absent', value: { parecidos: ['mostrador'] } });
  });

  it('knows no kind that the cluster does not have', async () => {
    await expect(see('k8s.objeto', { tipo: 'panes', nombre: 'x' })).rejects.toThrow(/no conoce ningún tipo/);
  });

  it('follows a Deployment, its Pods and its Service', async () => {
    await client.create(deployments, ns, {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: 'mostrador' },
      spec: { replicas: 2, selector: { matchLabels: { app: 'mostrador' } }, template: template(image) },
    } as KubeObject);
    await client.create(services, ns, {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 'mostrador' },
      spec: { selector: { app: 'mostrador' }, ports: [{ port: 80 }] },
    } as KubeObject);
    await until('k8s.lista', { tipo: 'pods', selector: 'app=mostrador' }, { total: 2, listos: 2 });
    const deployment = await until(
      'k8s.objeto',
      { tipo: 'deploy', nombre: 'mostrador' },
      { puestaAlDia: true },
    );
    expect(deployment['imagenes']).toEqual([image]);
    const endpoints = await until('k8s.endpoints', { servicio: 'mostrador' }, { listos: 2, casan: 2 });
    expect(endpoints['puertos']).toEqual([80]);
    expect(endpoints['gestores']).toEqual(['endpointslice-controller.k8s.io']);
    const traffic = await until('k8s.trafico', { servicio: 'mostrador', veces: 2 }, { aciertos: 2 });
    expect(traffic['estado']).toBe(200);
    const events = await until('k8s.sucesos', { motivo: 'ScalingReplicaSet' }, { total: 1 });
    expect(events['mensajes']).toEqual([
      expect.stringMatching(/Scaled up replica set mostrador-\w+ from 0 to 2/),
    ]);
  }, 120_000);

  it('counts revisions, and remembers who was born and who died', async () => {
    await client.patch(deployments, ns, 'mostrador', 'merge', {
      spec: { template: { metadata: { annotations: { vuelta: '2' } } } },
    });
    await until('k8s.revisiones', { deployment: 'mostrador' }, { actual: 2, replicas: [0, 2] });
    const lives = await until('k8s.vidas', { tipo: 'pods', selector: 'app=mostrador' }, { muertos: 2 });
    expect(lives).toMatchObject({ nacidos: 4, vivos: 2, renacidos: [] });
    expect(lives['fases']).toContain('Running');
    const held = await observed('k8s.disponibilidad', { servicio: 'mostrador', desde: 2 });
    expect(held['empezo']).toBe(true);
    expect(Number(held['minimo'])).toBeGreaterThanOrEqual(1);
  }, 120_000);

  it('sees a Pod that is deleted and comes back with another UID', async () => {
    const bare = () =>
      client.create(pods, ns, {
        apiVersion: 'v1',
        kind: 'Pod',
        metadata: { name: 'suelto' },
        spec: { terminationGracePeriodSeconds: 0, containers: [{ name: 'web', image }] },
      } as KubeObject);
    await bare();
    await observed('k8s.vidas', { tipo: 'pods', nombre: 'suelto' });
    await client.delete(pods, ns, 'suelto', { gracePeriodSeconds: 0 });
    await until('k8s.vidas', { tipo: 'pods', nombre: 'suelto' }, { muertos: 1, vivos: 0 });
    await bare();
    await until('k8s.vidas', { tipo: 'pods', nombre: 'suelto' }, { renacidos: ['suelto'], nacidos: 2 });
  });

  it('asks who may do what', async () => {
    const asked = { puede: ['get pods', 'create deployments.apps'] };
    expect(await observed('k8s.permisos', asked)).toEqual({ si: asked.puede, no: [] });
    const account = { ...asked, usuario: `system:serviceaccount:${ns}:default` };
    expect(await observed('k8s.permisos', account)).toEqual({ si: [], no: asked.puede });
  });

  it('says what only the built-in cluster tells', async () => {
    await expect(see('k8s.masters', {})).rejects.toThrow(/solo se puede mirar en el clúster integrado/);
    await expect(see('k8s.auditoria', {})).rejects.toThrow(/solo se puede mirar en el clúster integrado/);
    const whole = world.begin?.(attempt, { needs: ['cluster-entero'] }, signal);
    await expect(whole).rejects.toThrow(/solo se hace en el clúster integrado/);
  });

  it('removes its namespace, once, and nothing else', async () => {
    const report = await world.clean(token);
    expect(report).toEqual({ removed: [`el namespace ${ns}`], left: [] });
    expect(await world.clean(token)).toEqual({ removed: [], left: [] });
    expect(await world.begun?.(attempt)).toBe(false);
    const { items } = await client.list({ group: '', version: 'v1', plural: 'namespaces' });
    expect(items.map(({ metadata }) => metadata.name)).toContain('default');
  });
});
