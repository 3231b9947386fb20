import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type LivingPods, livingPods } from '../../helpers/livingPods.ts';

let t: LivingPods;
beforeEach(async () => {
  t = await livingPods();
});
afterEach(async () => {
  await t.world.stop();
});

const c = (more: object = {}) => ({
  name: 'c',
  image: 'busybox:1.37',
  command: ['sh', '-c', 'while :; do sleep 1; done'],
  ...more,
});
const one = (more: object, spec: object = {}) => ({ containers: [c(more)], ...spec });
const wait = (seconds: number) => t.world.clock.advance(seconds * 1000);
const unhealthy = async (probe: object, more: object = {}) => {
  await t.pod('p', one({ readinessProbe: { periodSeconds: 30, ...probe }, ...more }));
  await wait(4);
  const [first = ''] = (await t.events('p')).filter((text) => /^(Unhealthy|ProbeWarning)/.test(text));
  return first.replace(/10\.244\.\d+\.\d+/g, '<ip>').replace(/ x\d+/, '');
};

describe('a probe that cannot be made', () => {
  it.each([{ httpGet: { port: 'nope' } }, { tcpSocket: { port: 'nope' } }])(
    'names no port: %j',
    async (probe) => {
      expect(await unhealthy(probe)).toBe(
        'Unhealthy: Readiness probe errored: strconv.Atoi: parsing "nope": invalid syntax',
      );
    },
  );

  it('asks a host that nobody knows', async () => {
    expect(await unhealthy({ httpGet: { port: 80, host: 'nope.invalid' } })).toBe(
      'Unhealthy: Readiness probe failed: Get "http://nope.invalid:80/": dial tcp: lookup nope.invalid on 192.168.77.1:53: no such host',
    );
  });

  it('speaks TLS to a server that does not', async () => {
    const nginx = { image: 'nginx:1.29-alpine', command: ['/usr/sbin/nginx'] };
    expect(await unhealthy({ httpGet: { port: 80, scheme: 'HTTPS' } }, nginx)).toBe(
      'Unhealthy: Readiness probe failed: Get "https://<ip>:80/": http: server gave HTTP response to HTTPS client',
    );
    expect((await t.get('p')).status?.containerStatuses?.[0]?.ready).toBe(false);
  });
});

describe('a hook', () => {
  it('whose command is not there says what the runtime said', async () => {
    await t.pod(
      'p',
      one(
        { lifecycle: { postStart: { exec: { command: ['/nope'] } } } },
        { terminationGracePeriodSeconds: 0 },
      ),
    );
    await wait(4);
    const [status] = (await t.get('p')).status?.containerStatuses ?? [];
    expect(status?.state?.waiting?.reason).toBe('PostStartHookError');
    expect(status?.state?.waiting?.message).toMatch(
      /failed - error: rpc error: code = Unknown desc = failed to exec in container: failed to start exec "[0-9a-f]{64}": OCI runtime exec failed: exec failed: unable to start container process: exec: "\/nope": stat \/nope: no such file or directory: unknown, message: ""$/,
    );
  });

  it('that speaks TLS to a server that does not is tried again without', async () => {
    const serve = { command: ['sh', '-c', 'httpd -f -p 80'] };
    await t.pod('p', one({ ...serve, lifecycle: { preStop: { httpGet: { port: 80, scheme: 'HTTPS' } } } }));
    await wait(3);
    await t.world.client.delete({ group: '', version: 'v1', plural: 'pods' }, 'default', 'p');
    await wait(1);
    const told = (await t.events('p')).map((text) => text.replace(/10\.244\.\d+\.\d+/, '<ip>'));
    expect(told).toContain(
      'LifecycleHTTPFallback x1: request to HTTPS lifecycle hook <ip>:80 got HTTP response, retry with HTTP succeeded',
    );
    expect(told.filter((text) => text.startsWith('FailedPreStopHook'))).toEqual([]);
  });
});

describe('a Pod whose node was chosen by hand', () => {
  it('waits for a claim that is not there, and is told so at each turn', async () => {
    await t.pod('p', {
      volumes: [{ name: 'v', persistentVolumeClaim: { claimName: 'nope' } }],
      containers: [c({ volumeMounts: [{ name: 'v', mountPath: '/v' }] })],
    });
    await wait(20);
    expect(await t.events('p')).toEqual([
      expect.stringMatching(
        /^FailedMount x[23]: Unable to attach or mount volumes: unmounted volumes=\[v\], unattached volumes=\[\], failed to process volumes=\[v\]: error processing PVC default\/nope: failed to fetch PVC from API server: persistentvolumeclaims "nope" not found$/,
      ),
    ]);
  });
});

describe('a Pod that is deleted while its image is pulled', () => {
  it('is told that nobody waits for it any more', async () => {
    await t.pod('p', one({ image: 'postgres:16' }));
    await wait(1);
    await t.world.client.delete({ group: '', version: 'v1', plural: 'pods' }, 'default', 'p');
    await wait(4);
    expect(await t.events('p')).toEqual([
      'Pulling x1: Pulling image "postgres:16"',
      'Failed x1: Failed to pull image "postgres:16": rpc error: code = Canceled desc = context canceled',
      'Failed x1: Error: ErrImagePull',
    ]);
    await expect(t.get('p')).rejects.toThrow('not found');
  });
});

describe('a volume for which the node has no driver', () => {
  it.each([
    [
      { csi: { driver: 'x.example.com' } },
      'kubernetes.io/csi: mounter.SetUpAt failed to get CSI client: driver name x.example.com not found in the list of registered CSI drivers',
    ],
    [{ nfs: { server: '10.0.0.9', path: '/x' } }, 'mount failed: exit status 32\nMounting command: mount\n'],
  ])('keeps its Pod waiting: %j', async (source, why) => {
    await t.pod('p', {
      volumes: [{ name: 'v', ...source }],
      containers: [c({ volumeMounts: [{ name: 'v', mountPath: '/v' }] })],
    });
    await wait(2);
    const [told = ''] = await t.events('p');
    expect(told.replace(/ x\d+/, '')).toContain(
      `FailedMount: MountVolume.SetUp failed for volume "v" : ${why}`,
    );
    expect((await t.get('p')).status?.phase).toBe('Pending');
  });
});
