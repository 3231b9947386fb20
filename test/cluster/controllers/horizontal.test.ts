import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { StatusError } from '../../../src/kube/status.ts';
import { controllerWorld, type Loose, type World } from '../../helpers/controllerWorld.ts';

const hpas = 'autoscaling/v2 horizontalpodautoscalers';
const deployments = 'apps/v1 deployments';

/** What each Pod uses: `{cpu: '250m'}`; undefined: there is no metrics API. */
let usage: { [pod: string]: { cpu?: string; memory?: string } } | undefined;
let world: World;
beforeEach(async () => {
  usage = {};
  world = await controllerWorld({
    controllers: ['horizontal-pod-autoscaler-controller'],
    through: async (request, next) => {
      if (!request.url.startsWith('/apis/metrics.k8s.io')) return next(request);
      if (usage === undefined)
        throw new StatusError({
          kind: 'Status',
          apiVersion: 'v1',
          metadata: {},
          status: 'Failure',
          code: 404,
        });
      const object = {
        items: Object.entries(usage).map(([name, amounts]) => ({
          metadata: { name, namespace: 'obrador' },
          timestamp: new Date(world.clock.now()).toISOString(),
          window: '15s',
          containers: [{ name: 'c', usage: amounts }],
        })),
      };
      return {
        status: 200,
        headers: {},
        body: { kind: 'object', object, bytes: () => JSON.stringify(object) },
      };
    },
  });
});
afterEach(() => world.stop());

const deployment = (replicas: number, name = 'web') => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name },
  spec: {
    replicas,
    selector: { matchLabels: { app: 'web' } },
    template: {
      metadata: { labels: { app: 'web' } },
      spec: { containers: [{ name: 'c', image: 'nginx' }] },
    },
  },
});
const pod = (name: string, more: { ready?: boolean; phase?: string; request?: string } = {}) => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name, labels: { app: 'web' } },
  spec: {
    containers: [
      {
        name: 'c',
        image: 'nginx',
        resources: more.request === '' ? {} : { requests: { cpu: more.request ?? '200m', memory: '100Mi' } },
      },
    ],
  },
  status: {
    phase: more.phase ?? 'Running',
    startTime: '2026-01-02T01:00:00Z',
    conditions: [
      {
        type: 'Ready',
        status: (more.ready ?? true) ? 'True' : 'False',
        lastTransitionTime: '2026-01-02T01:00:10Z',
      },
    ],
  },
});
const cpu = (averageUtilization: number) => ({
  type: 'Resource',
  resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization } },
});
const hpa = (spec: object = {}, name = 'h') => ({
  apiVersion: 'autoscaling/v2',
  kind: 'HorizontalPodAutoscaler',
  metadata: { name },
  spec: {
    minReplicas: 1,
    maxReplicas: 10,
    scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web' },
    metrics: [cpu(50)],
    ...spec,
  },
});
const size = async (name = 'web') =>
  ((await world.get(deployments, name)) as unknown as { spec: { replicas: number } }).spec.replicas;
const status = async (name = 'h') =>
  (await world.get(hpas, name)).status as unknown as {
    conditions: { type: string; status: string; reason: string; message: string }[];
    currentMetrics: object[] | null;
    [key: string]: unknown;
  };
const conditions = async () =>
  (await status()).conditions.map(({ type, status: holds, reason }) => [type, holds, reason]);
const all = (value: string) => {
  usage = Object.fromEntries(Object.keys(usage ?? {}).map((name) => [name, { cpu: value }]));
};
/** Pods with their metrics, and the Deployment that they are of. */
async function scene(count: number, value: string, spec: object = {}): Promise<void> {
  await world.create(deployment(count));
  const names = Array.from({ length: count }, (_, i) => `p${i}`);
  for (const name of names) await world.create(pod(name));
  usage = Object.fromEntries(names.map((name) => [name, { cpu: value }]));
  await world.create(hpa(spec));
  await world.calm(15_500);
}

describe('an autoscaler', () => {
  it('adds Pods until each uses what it should, and says why', async () => {
    await scene(2, '200m');
    expect(await size()).toBe(4);
    expect(await status()).toMatchObject({
      currentReplicas: 2,
      desiredReplicas: 4,
      currentMetrics: [
        {
          type: 'Resource',
          resource: { name: 'cpu', current: { averageUtilization: 100, averageValue: '200m' } },
        },
      ],
    });
    expect(await conditions()).toEqual([
      ['AbleToScale', 'True', 'SucceededRescale'],
      ['ScalingActive', 'True', 'ValidMetricFound'],
      ['ScalingLimited', 'False', 'DesiredWithinRange'],
    ]);
    expect(await world.events()).toContain(
      'Normal SuccessfulRescale: New size: 4; reason: cpu resource utilization (percentage of request) above target',
    );
  });

  it('leaves well alone, within a tenth', async () => {
    await scene(2, '109m');
    expect(await size()).toBe(2);
    expect((await conditions())[0]).toEqual(['AbleToScale', 'True', 'ReadyForNewScale']);
    expect((await status())['lastScaleTime']).toBeUndefined();
    const { resourceVersion } = (await world.get(hpas, 'h')).metadata;
    await world.calm(60_000);
    expect((await world.get(hpas, 'h')).metadata.resourceVersion).toBe(resourceVersion);
  });

  it('never grows more than twofold at once, nor past its maximum', async () => {
    await scene(4, '2');
    expect(await size()).toBe(8);
    expect((await conditions())[2]).toEqual(['ScalingLimited', 'True', 'ScaleUpLimit']);
    await world.calm(15_000);
    expect(await size()).toBe(10);
    expect((await conditions())[2]).toEqual(['ScalingLimited', 'True', 'TooManyReplicas']);
  });

  it('takes Pods away only when five minutes have not called for more', async () => {
    await scene(4, '10m');
    expect(await size()).toBe(4);
    expect((await conditions())[0]).toEqual(['AbleToScale', 'True', 'ScaleDownStabilized']);
    await world.calm(270_000);
    expect(await size()).toBe(4);
    await world.calm(60_000);
    expect(await size()).toBe(1);
    expect(await world.events()).toContain(
      'Normal SuccessfulRescale: New size: 1; reason: All metrics below target',
    );
  });

  it('follows the policies of its behavior', async () => {
    await scene(4, '10m', {
      behavior: {
        scaleDown: {
          stabilizationWindowSeconds: 0,
          policies: [{ type: 'Pods', value: 1, periodSeconds: 60 }],
        },
        scaleUp: { policies: [{ type: 'Percent', value: 50, periodSeconds: 60 }] },
      },
    });
    expect(await size()).toBe(3);
    expect((await conditions())[2]).toEqual(['ScalingLimited', 'True', 'ScaleDownLimit']);
    await world.calm(30_000);
    expect(await size()).toBe(3);
    all('2');
    await world.calm(120_000);
    expect(await size()).toBeGreaterThan(3);
    const grown = await size();
    await world.patch(hpas, 'h', { spec: { behavior: { scaleDown: { selectPolicy: 'Disabled' } } } });
    all('1m');
    await world.calm(120_000);
    expect(await size()).toBe(grown);
  });

  it('scales into its range whatever the metrics, and leaves a target of zero alone', async () => {
    usage = undefined;
    await world.create(deployment(1));
    await world.create(hpa({ minReplicas: 3 }));
    await world.calm(15_500);
    expect(await size()).toBe(3);
    expect(await world.events()).toContain(
      'Normal SuccessfulRescale: New size: 3; reason: Current number of replicas below Spec.MinReplicas',
    );
    await world.patch(deployments, 'web', { spec: { replicas: 0 } });
    await world.calm(31_000);
    expect(await size()).toBe(0);
    expect(await conditions()).toContainEqual(['ScalingActive', 'False', 'ScalingDisabled']);
  });

  it('counts Pods without metrics and Pods that start against what it is about to do', async () => {
    await world.create(deployment(3));
    for (const name of ['a', 'b']) await world.create(pod(name));
    await world.create(pod('c', { phase: 'Pending' }));
    // Both at 100 %: as if there were six, less what the third may take: four.
    usage = { a: { cpu: '200m' }, b: { cpu: '200m' } };
    await world.create(hpa());
    await world.calm(15_500);
    expect(await size()).toBe(4);
    // Below target, and one is silent: it may use all it asked for, so nothing happens.
    usage = { a: { cpu: '10m' } };
    await world.calm(700_000);
    expect(await size()).toBe(4);
    usage = { a: { cpu: '10m' }, b: { cpu: '10m' } };
    await world.calm(700_000);
    expect(await size()).toBe(1);
  });

  it('measures memory, and one container, by average', async () => {
    await world.create(deployment(1));
    await world.create(pod('a'));
    usage = { a: { cpu: '1', memory: '300Mi' } };
    await world.create(
      hpa({
        metrics: [
          {
            type: 'ContainerResource',
            containerResource: {
              name: 'memory',
              container: 'c',
              target: { type: 'AverageValue', averageValue: '100Mi' },
            },
          },
        ],
      }),
    );
    await world.calm(15_500);
    expect(await size()).toBe(3);
    expect((await status()).currentMetrics).toEqual([
      {
        type: 'ContainerResource',
        containerResource: { name: 'memory', container: 'c', current: { averageValue: '314572800' } },
      },
    ]);
  });
});

describe('an autoscaler that cannot know', () => {
  it('names the container whose measure it lacks', async () => {
    await world.create(deployment(2));
    await world.create(pod('a'));
    usage = undefined;
    const target = { type: 'Utilization', averageUtilization: 50 };
    const containerResource = { name: 'cpu', container: 'horno', target };
    await world.create(hpa({ metrics: [{ type: 'ContainerResource', containerResource }] }));
    await world.calm(15_500);
    expect(await world.events()).toContainEqual(
      expect.stringContaining(
        'first error is: failed to get horno container metric value: failed to get cpu',
      ),
    );
  });

  it.each<readonly [string, object, () => unknown, string]>([
    [
      'because nobody measures',
      {},
      () => {
        usage = undefined;
      },
      'failed to get cpu utilization: unable to get metrics for resource cpu: unable to fetch metrics from resource metrics API: the server could not find the requested resource (get pods.metrics.k8s.io)',
    ],
    [
      'because nothing is measured yet',
      {},
      () => {
        usage = {};
      },
      'failed to get cpu utilization: unable to get metrics for resource cpu: no metrics returned from resource metrics API',
    ],
    [
      'because a Pod requests nothing',
      {},
      () => world.create(pod('sin', { request: '' })),
      'failed to get cpu utilization: missing request for cpu in container c of Pod sin',
    ],
    [
      'because its metric needs an adapter',
      {
        metrics: [
          {
            type: 'Pods',
            pods: { metric: { name: 'qps' }, target: { type: 'AverageValue', averageValue: '10' } },
          },
        ],
      },
      () => undefined,
      'unable to get metric qps: unable to fetch metrics from custom metrics API: no custom metrics API (custom.metrics.k8s.io) registered',
    ],
  ])('%s says so, and scales nothing', async (_, spec, before, why) => {
    await world.create(deployment(2));
    await world.create(pod('a'));
    usage = { a: { cpu: '200m' } };
    await before();
    await world.create(hpa(spec));
    await world.calm(15_500);
    expect(await size()).toBe(2);
    const now = await status();
    expect(now).toMatchObject({ currentReplicas: 2, desiredReplicas: 0, currentMetrics: [{ type: '' }] });
    expect(now.conditions[1]).toMatchObject({
      type: 'ScalingActive',
      status: 'False',
      message: `the HPA was unable to compute the replica count: ${why}`,
    });
    const events = await world.events();
    expect(events).toContainEqual(expect.stringMatching(/^Warning FailedGet\w+Metric: /));
    expect(events).toContainEqual(
      expect.stringContaining(
        'Warning FailedComputeMetricsReplicas: invalid metrics (1 invalid out of 1), first error is: failed to get ',
      ),
    );
  });

  it('says that its target is not there, or is of no kind that can be scaled', async () => {
    await world.create(hpa());
    await world.create(
      hpa({ scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Horno', name: 'web' } }, 'raro'),
    );
    await world.calm(15_500);
    expect((await status()).conditions).toMatchObject([
      {
        type: 'AbleToScale',
        status: 'False',
        reason: 'FailedGetScale',
        message:
          'the HPA controller was unable to get the target\'s current scale: deployments/scale.apps "web" not found',
      },
    ]);
    expect((await status('raro')).conditions[0]?.message).toBe(
      'the HPA controller was unable to get the target\'s current scale: no matches for kind "Horno" in group "apps"',
    );
  });

  it('stands back when another scales the same Pods', async () => {
    await world.create(hpa({}, 'g'));
    await scene(2, '200m');
    await world.calm(31_000);
    const both = await Promise.all(['g', 'h'].map((name) => status(name)));
    expect(both.flatMap(({ conditions: list }) => list.map(({ reason }) => reason))).toContain(
      'AmbiguousSelector',
    );
    expect(await world.events()).toContain(
      'Warning AmbiguousSelector: pods by selector app=web are controlled by multiple HPAs: [obrador/g obrador/h]',
    );
  });

  it('tries again when the target changes under its hands', async () => {
    await scene(2, '200m');
    await world.remove(deployments, 'web');
    await world.calm(15_500);
    expect((await conditions())[0]).toEqual(['AbleToScale', 'False', 'FailedGetScale']);
    await world.create(deployment(1));
    await world.calm(15_500);
    expect((await conditions())[0]?.[1]).toBe('True');
    const gone = (await world.get(hpas, 'h')) as Loose;
    await world.remove(hpas, gone.metadata.name ?? '');
    await world.calm(31_000);
  });
});
