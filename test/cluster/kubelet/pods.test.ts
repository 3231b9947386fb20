import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { KubeObject } from '../../../src/kube/object.ts';
import { pods, type TestNodes, testNodes } from '../../helpers/nodes.ts';

let t: TestNodes;
beforeEach(async () => {
  t = await testNodes();
});
afterEach(async () => {
  await t.stop();
});

const one = (more: object = {}, spec: object = {}) => ({
  containers: [{ name: 'c', image: 'busybox', ...more }],
  ...spec,
});

describe('a Pod', () => {
  it('runs, and ends when it is deleted', async () => {
    await t.pod('p', one());
    await t.clock.advance(3000);
    const running = await t.get('p');
    expect(running.status?.phase).toBe('Running');
    expect(running.status?.conditions?.map(({ type, status }) => `${type}=${status}`)).toEqual([
      'PodReadyToStartContainers=True',
      'Initialized=True',
      'Ready=True',
      'ContainersReady=True',
      'PodScheduled=True',
    ]);
    expect(await t.events('p')).toEqual([
      'Pulling x1: Pulling image "busybox"',
      'Pulled x1: Successfully pulled image "busybox" in 0s (0s including waiting). Image size: 1000 bytes.',
      'Created x1: Created container: c',
      'Started x1: Started container c',
    ]);
    await t.client.delete(pods, 'default', 'p');
    await t.clock.advance(5000);
    await expect(t.get('p')).rejects.toThrow('pods "p" not found');
    expect(t.troubles).toEqual([]);
  });

  it('that ends with 0 is restarted at once, and then waits longer and longer', async () => {
    t.runtime().behaviours.set('c', () => ({ exitAfterMs: 100 }));
    await t.pod('p', one());
    await t.clock.advance(3000);
    const [early] = (await t.get('p')).status?.containerStatuses ?? [];
    expect([early?.restartCount, early?.state?.terminated?.reason]).toEqual([1, 'Completed']);
    await t.clock.advance(60_000);
    const [later] = (await t.get('p')).status?.containerStatuses ?? [];
    expect(later?.state?.waiting?.reason).toBe('CrashLoopBackOff');
    expect(later?.lastState?.terminated?.exitCode).toBe(0);
  });

  it('is failed when its container is, and nobody restarts it', async () => {
    t.runtime().behaviours.set('c', () => ({ exitAfterMs: 1500, exitCode: 3 }));
    await t.pod('p', one({}, { restartPolicy: 'Never' }));
    await t.clock.advance(6000);
    const { status } = await t.get('p');
    expect(status?.phase).toBe('Failed');
    expect(status?.conditions?.map(({ type, status: is, reason }) => [type, is, reason])).toEqual([
      ['PodReadyToStartContainers', 'False', undefined],
      ['Initialized', 'True', undefined],
      ['Ready', 'False', 'PodFailed'],
      ['ContainersReady', 'False', 'PodFailed'],
      ['PodScheduled', 'True', undefined],
    ]);
  });

  it('says what it lacks, and goes on once it is there', async () => {
    await t.pod('p', {
      volumes: [{ name: 'v', secret: { secretName: 'clave' } }],
      containers: [{ name: 'c', image: 'busybox', volumeMounts: [{ name: 'v', mountPath: '/v' }] }],
    });
    await t.clock.advance(4000);
    expect(await t.events('p')).toEqual([
      'FailedMount x4: MountVolume.SetUp failed for volume "v" : secret "clave" not found',
    ]);
    await t.client.create({ group: '', version: 'v1', plural: 'secrets' }, 'default', {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 'clave', namespace: 'default' },
    });
    await t.clock.advance(8000);
    expect((await t.get('p')).status?.phase).toBe('Running');
  });

  it('that must not be root is not, and one that asks for too much of the node is refused', async () => {
    await t.pod('p', one({ securityContext: { runAsNonRoot: true } }));
    await t.pod('q', one({ resources: { requests: { cpu: '100' } } }));
    await t.clock.advance(3000);
    const [waiting] = (await t.get('p')).status?.containerStatuses ?? [];
    expect(waiting?.state?.waiting?.reason).toBe('CreateContainerConfigError');
    expect(waiting?.state?.waiting?.message).toMatch(
      /^container has runAsNonRoot and image will run as root \(pod: "p_default\(/,
    );
    const { status } = await t.get('q');
    expect([status?.phase, status?.reason, status?.containerStatuses]).toEqual([
      'Failed',
      'OutOfcpu',
      undefined,
    ]);
    expect(status?.message).toBe(
      "Pod was rejected: Node didn't have enough resource: cpu, requested: 100000, used: 0, capacity: 4000",
    );
  });

  it('is probed: ready when it answers, killed when it no longer lives', async () => {
    await t.pod('p', {
      containers: [
        {
          name: 'c',
          image: 'web',
          readinessProbe: { httpGet: { port: 80 }, periodSeconds: 1 },
          livenessProbe: { exec: { command: ['vive'] }, periodSeconds: 1, failureThreshold: 2 },
        },
      ],
    });
    t.runtime().behaviours.set('c', (attempt) => ({
      exec: () => ({ exitCode: attempt === 0 ? 1 : 0, out: 'no' }),
    }));
    await t.clock.advance(2000);
    const ip = (await t.get('p')).status?.podIP ?? '';
    expect((await t.get('p')).status?.containerStatuses?.[0]?.ready).toBe(false);
    t.answers.set(`${ip}:80`, 200);
    await t.clock.advance(8000);
    const [status] = (await t.get('p')).status?.containerStatuses ?? [];
    expect([status?.ready, status?.restartCount]).toEqual([true, 1]);
    expect(await t.events('p')).toEqual(
      expect.arrayContaining([
        'Killing x1: Container c failed liveness probe, will be restarted',
        expect.stringMatching(/^Unhealthy x2: Liveness probe failed: no$/),
      ]),
    );
  });

  it('ends its sidecars last, the last of them first', async () => {
    const runtime = t.runtime();
    for (const name of ['uno', 'dos', 'c'])
      runtime.behaviours.set(name, () => ({ onTerm: { afterMs: 1000, exitCode: 0 } }));
    const side = (name: string) => ({ name, image: 'busybox', restartPolicy: 'Always' });
    await t.pod('p', one({}, { initContainers: [side('uno'), side('dos')] }));
    await t.clock.advance(8000);
    const ended = new Set<string>();
    runtime.onChange(() => {
      for (const { containers } of runtime.sandboxes())
        for (const { config, state } of containers) if (state === 'exited') ended.add(config.name);
    });
    await t.client.delete(pods, 'default', 'p');
    await t.clock.advance(8000);
    expect([...ended]).toEqual(['c', 'dos', 'uno']);
    await expect(t.get('p')).rejects.toThrow('not found');
  });

  it('whose class nobody can run gets no sandbox', async () => {
    await t.client.create({ group: 'node.k8s.io', version: 'v1', plural: 'runtimeclasses' }, '', {
      apiVersion: 'node.k8s.io/v1',
      kind: 'RuntimeClass',
      metadata: { name: 'gvisor' },
      handler: 'runsc',
    } as KubeObject);
    await t.pod('p', one({}, { runtimeClassName: 'gvisor' }));
    await t.clock.advance(3000);
    const [status] = (await t.get('p')).status?.containerStatuses ?? [];
    expect(status?.state?.waiting?.reason).toBe('ContainerCreating');
    expect(await t.events('p')).toEqual([
      'FailedCreatePodSandBox x1: Failed to create pod sandbox: rpc error: code = Unknown desc = failed to get sandbox runtime: no runtime for "runsc" is configured',
    ]);
  });

  it('whose first container fails for good has failed, and never began', async () => {
    t.runtime().behaviours.set('i', () => ({ exitAfterMs: 200, exitCode: 2 }));
    await t.pod('p', one({}, { restartPolicy: 'Never', initContainers: [{ name: 'i', image: 'busybox' }] }));
    await t.clock.advance(5000);
    const { status } = await t.get('p');
    expect(status?.phase).toBe('Failed');
    expect(status?.containerStatuses?.[0]?.state?.waiting?.reason).toBe('PodInitializing');
    expect(status?.initContainerStatuses?.[0]?.state?.terminated?.exitCode).toBe(2);
  });
});

describe('a node', () => {
  const nodes = { group: '', version: 'v1', plural: 'nodes' };
  const leases = { group: 'coordination.k8s.io', version: 'v1', plural: 'leases' };
  interface Seen extends KubeObject {
    spec?: { renewTime?: string };
    status?: { conditions?: { type: string; status: string; reason?: string }[] };
  }

  it('registers itself, is ready, and renews its Lease every ten seconds', async () => {
    const node = await t.client.get<Seen>(nodes, '', 'nodo-1');
    expect(node.status?.conditions?.map(({ type, status }) => `${type}=${status}`)).toEqual([
      'MemoryPressure=False',
      'DiskPressure=False',
      'PIDPressure=False',
      'Ready=True',
    ]);
    expect(node.metadata.labels?.['kubernetes.io/hostname']).toBe('nodo-1');
    await t.clock.advance(12_000);
    const one = await t.client.get<Seen>(leases, 'kube-node-lease', 'nodo-1');
    expect(one.metadata.ownerReferences?.[0]?.kind).toBe('Node');
    await t.clock.advance(11_000);
    const two = await t.client.get<Seen>(leases, 'kube-node-lease', 'nodo-1');
    expect(two.spec?.renewTime).not.toBe(one.spec?.renewTime);
  });

  it('that loses power says nothing, and starts its Pods anew when it is back', async () => {
    await t.pod('p', one());
    await t.clock.advance(3000);
    const kubelet = t.pool.get('nodo-1');
    kubelet?.powerOff();
    const before = await t.client.get<Seen>(leases, 'kube-node-lease', 'nodo-1');
    await t.clock.advance(30_000);
    expect((await t.client.get<Seen>(leases, 'kube-node-lease', 'nodo-1')).spec).toEqual(before.spec);
    expect((await t.get('p')).status?.phase).toBe('Running');
    kubelet?.powerOn();
    await t.clock.advance(30_000);
    const [status] = (await t.get('p')).status?.containerStatuses ?? [];
    expect([status?.restartCount, status?.ready]).toEqual([1, true]);
    expect(await t.events('p')).toContain(
      'SandboxChanged x1: Pod sandbox changed, it will be killed and re-created.',
    );
  });

  it('that is cut off lets its Pods go on, and ends what was deleted meanwhile', async () => {
    await t.pod('p', one());
    await t.clock.advance(3000);
    const kubelet = t.pool.get('nodo-1');
    kubelet?.isolate();
    await t.client.delete(pods, 'default', 'p');
    await t.clock.advance(20_000);
    expect((await t.get('p')).metadata.deletionTimestamp).toBeDefined();
    expect(t.runtime().sandboxes()[0]?.containers[0]?.state).toBe('running');
    kubelet?.reconnect();
    await t.clock.advance(5000);
    await expect(t.get('p')).rejects.toThrow('not found');
  });

  it('keeps its containers when only its kubelet begins again', async () => {
    await t.pod('p', one());
    await t.clock.advance(3000);
    const id = (await t.get('p')).status?.containerStatuses?.[0]?.containerID;
    t.pool.get('nodo-1')?.restart();
    await t.clock.advance(20_000);
    const [status] = (await t.get('p')).status?.containerStatuses ?? [];
    expect([status?.containerID, status?.restartCount, status?.ready]).toEqual([id, 0, true]);
  });

  it('runs Pods from files, shows them, and makes the shown one again when it is deleted', async () => {
    const manifest = { metadata: { name: 'web' }, spec: one() };
    t.pool.get('nodo-1')?.setManifests(new Map([['web.yaml', manifest]]));
    await t.clock.advance(3000);
    const mirror = await t.get('web-nodo-1');
    expect(mirror.status?.phase).toBe('Running');
    expect(mirror.metadata.annotations?.['kubernetes.io/config.source']).toBe('file');
    await t.client.delete(pods, 'default', 'web-nodo-1', { gracePeriodSeconds: 0 });
    await t.clock.advance(1000);
    expect((await t.get('web-nodo-1')).metadata.uid).not.toBe(mirror.metadata.uid);
    expect(t.runtime().sandboxes()).toHaveLength(1);
    t.pool.get('nodo-1')?.setManifests(new Map());
    await t.clock.advance(8000);
    await expect(t.get('web-nodo-1')).rejects.toThrow('not found');
    expect(t.runtime().sandboxes()).toHaveLength(0);
  });
});

describe('what port 10250 answers', () => {
  const options = {
    follow: false,
    previous: false,
    timestamps: false,
    tailLines: undefined,
    limitBytes: undefined,
    sinceMs: undefined,
  };
  const read = async (name: string, more: object = {}) => {
    const uid = (await t.get(name)).metadata.uid ?? '';
    const chunks = await t.pool
      .get('nodo-1')
      ?.logs({ namespace: 'default', name, uid }, 'c', { ...options, ...more }, new AbortController().signal);
    let text = '';
    for await (const chunk of chunks ?? []) text += Buffer.from(chunk).toString();
    return text;
  };

  it('is the log, its end, its first bytes, and with times', async () => {
    t.runtime().behaviours.set('c', () => ({ log: ['uno', 'dos', 'tres'] }));
    await t.pod('p', one());
    await t.clock.advance(3000);
    expect(await read('p')).toBe('uno\ndos\ntres\n');
    expect(await read('p', { tailLines: 1 })).toBe('tres\n');
    expect(await read('p', { limitBytes: 5 })).toBe('uno\nd');
    expect(await read('p', { tailLines: 1, timestamps: true })).toMatch(
      /^2026-01-02T03:04:\d\d\.\d{9}Z tres\n$/,
    );
    await expect(read('p', { previous: true })).rejects.toThrow(
      'previous terminated container "c" in pod "p" not found',
    );
  });

  it('is why there is none yet', async () => {
    t.runtime().missing.add('nada:latest');
    await t.pod('p', { containers: [{ name: 'c', image: 'nada' }] });
    await t.clock.advance(2500);
    await expect(read('p')).rejects.toThrow(
      'container "c" in pod "p" is waiting to start: image can\'t be pulled',
    );
  });

  it('runs commands in what runs', async () => {
    t.runtime().behaviours.set('c', () => ({ exec: () => ({ exitCode: 7 }) }));
    await t.pod('p', one());
    await t.clock.advance(3000);
    const kubelet = t.pool.get('nodo-1');
    const ref = { namespace: 'default', name: 'p', uid: (await t.get('p')).metadata.uid ?? '' };
    const io = { stdout: () => undefined, stderr: () => undefined, tty: false };
    expect(await kubelet?.exec(ref, 'c', ['x'], io)).toEqual({ kind: 'exit', exitCode: 7 });
    await expect(kubelet?.exec(ref, 'otro', ['x'], io)).rejects.toThrow('container not found ("otro")');
    expect(kubelet?.stats().pods).toEqual([
      { pod: ref, containers: [{ name: 'c', cpuMilli: 5, memoryBytes: 1_000_000 }] },
    ]);
  });
});
