import { mkdtemp, readdir, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { systemClock } from '../../src/base/clock.ts';
import { systemRandom } from '../../src/base/random.ts';
import { placePhoto, readPhoto, startCluster } from '../../src/cluster/index.ts';
import { AdminClient } from './https-client.ts';

const pods = '/api/v1/namespaces/default/pods';
const claims = '/api/v1/namespaces/default/persistentvolumeclaims';

async function home(): Promise<string> {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'curso vuelta '));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

interface PodView {
  readonly status?: {
    readonly podIP?: string;
    readonly containerStatuses?: readonly {
      readonly ready: boolean;
      readonly restartCount: number;
      readonly containerID: string;
      readonly lastState: { readonly terminated?: { readonly exitCode: number; readonly reason: string } };
    }[];
    readonly initContainerStatuses?: readonly { readonly containerID: string }[];
  };
}

async function started(folder: string, nodes: number) {
  const cluster = await startCluster({
    ...{ folder, masters: 1, nodes, port: 0, speed: 10, delays: 'none' },
    assets: path.join(import.meta.dirname, '../../assets'),
    ...{ owner: undefined, clock: systemClock, random: systemRandom },
    ...{ scheduler: true, controllers: ['*'], admissionOff: [], authorization: 'rbac' },
  });
  const client = new AdminClient(cluster.kubeconfig);
  const get = async (at: string) => (await client.send('GET', at)).body;
  const until = async (holds: () => Promise<boolean>) => {
    for (let n = 0; !(await holds()); n += 1) if (n > 20_000) throw new Error('it never happened');
  };
  const pod = async (name: string): Promise<PodView> => get(`${pods}/${name}`);
  const running = (name: string, restarts: number) =>
    until(async () => {
      const status = (await pod(name)).status?.containerStatuses?.[0];
      return status?.ready === true && status.restartCount === restarts;
    });
  const reasons = async (name: string) => {
    const { items } = (await get('/api/v1/namespaces/default/events')) as {
      items: readonly { involvedObject: { name: string }; reason: string; message: string }[];
    };
    return items
      .filter((one) => one.involvedObject.name === name)
      .map(({ reason, message }) => `${reason}: ${message}`);
  };
  let stopping: Promise<void> | undefined;
  const stop = () => {
    client.close();
    stopping ??= cluster.stop();
    return stopping;
  };
  onTestFinished(stop);
  return { cluster, client, get, until, pod, running, reasons, stop };
}

const claim = {
  metadata: { name: 'datos' },
  spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } },
};
const lives = 'for f in /d /e; do echo vida >> $f/vidas; done; cat /d/vidas /e/vidas | wc -l; sleep 3600';
const writer = {
  metadata: { name: 'escribe' },
  spec: {
    volumes: [
      { name: 'd', persistentVolumeClaim: { claimName: 'datos' } },
      { name: 'e', emptyDir: {} },
    ],
    initContainers: [{ name: 'i', image: 'busybox:1.37', command: ['true'] }],
    containers: [
      {
        ...{ name: 'c', image: 'busybox:1.37', command: ['sh', '-c', lives] },
        volumeMounts: [
          { name: 'd', mountPath: '/d' },
          { name: 'e', mountPath: '/e' },
        ],
      },
    ],
  },
};

it('finds the Pods as after a reboot of their nodes, with what they wrote', async () => {
  const folder = await home();
  const before = await started(folder, 1);
  await before.client.send('POST', claims, claim);
  await before.client.send('POST', pods, writer);
  const never = {
    ...writer.spec,
    restartPolicy: 'Never',
    volumes: [
      { name: 'd', emptyDir: {} },
      { name: 'e', emptyDir: {} },
    ],
  };
  await before.client.send('POST', pods, { metadata: { name: 'nunca' }, spec: never });
  await before.running('escribe', 0);
  await before.running('nunca', 0);
  expect(await before.get(`${pods}/escribe/log`)).toBe(2);
  const old = await before.pod('escribe');
  const time = before.cluster.status().time;
  await before.stop();

  const after = await started(folder, 1);
  expect(Date.parse(after.cluster.status().time)).toBeGreaterThanOrEqual(Date.parse(time));
  await after.running('escribe', 1);
  await after.until(async () => typeof (await after.get(`${pods}/escribe/log`)) === 'number');
  expect(await after.get(`${pods}/escribe/log`)).toBe(4);
  const { status } = await after.pod('escribe');
  const [container] = status?.containerStatuses ?? [];
  expect(container?.lastState.terminated).toMatchObject({
    ...{ exitCode: 255, reason: 'Unknown' },
    containerID: old.status?.containerStatuses?.[0]?.containerID,
  });
  expect(status?.initContainerStatuses?.[0]?.containerID).not.toBe(
    old.status?.initContainerStatuses?.[0]?.containerID,
  );
  const changed = 'SandboxChanged: Pod sandbox changed, it will be killed and re-created.';
  await after.until(async () => (await after.reasons('escribe')).includes(changed));
  const rebooted = /^Rebooted: Node nodo-1 has been rebooted, boot id: [0-9a-f-]{36}$/;
  await after.until(async () => (await after.reasons('nodo-1')).some((one) => rebooted.test(one)));
  // What must not be started again has failed.
  await after.until(async () => {
    const { status: ended } = (await after.get(`${pods}/nunca`)) as { status?: { phase?: string } };
    return ended?.phase === 'Failed';
  });

  const keepsTheClaim = async (name: string) => {
    const file = path.join(folder, name);
    await after.cluster.save(file);
    return Buffer.from((await readPhoto(file)).disks.get('nodo-1') ?? []).includes('_default_datos');
  };
  expect(await keepsTheClaim('antes.json')).toBe(true);
  await after.client.send('DELETE', `${pods}/escribe?gracePeriodSeconds=0`);
  await after.client.send('DELETE', claims.concat('/datos'));
  await after.until(async () => {
    const { items } = (await after.get('/api/v1/persistentvolumes')) as { items: readonly unknown[] };
    return items.length === 0;
  });
  expect(await keepsTheClaim('después.json')).toBe(false);
  await after.stop();
}, 120_000);

it('keeps in a photo what Pods wrote, also for a cluster with more nodes, and never turns its clock back', async () => {
  const folder = await home();
  const photo = path.join(folder, 'foto.json');
  const one = await started(path.join(folder, 'uno'), 1);
  await one.client.send('POST', claims, claim);
  await one.client.send('POST', pods, writer);
  await one.running('escribe', 0);
  await one.cluster.time({ kind: 'avanzar', ms: 60_000 });
  await one.cluster.time({ kind: 'pausar' });
  await one.cluster.save(photo);
  const { time } = one.cluster.status();
  await one.stop();

  const data = path.join(folder, 'otro');
  await placePhoto(await readPhoto(photo), data, 1, undefined, systemClock);
  const other = await started(data, 2);
  expect(Date.parse(other.cluster.status().time)).toBeGreaterThanOrEqual(
    Math.floor(Date.parse(time) / 1000) * 1000,
  );
  await other.running('escribe', 1);
  expect(await other.get(`${pods}/escribe/log`)).toBe(4);
  expect((await readdir(data)).filter((name) => name.startsWith('restaur'))).toEqual([]);
  await other.stop();
}, 120_000);
