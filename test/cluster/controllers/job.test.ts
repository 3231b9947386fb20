import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { conflict, internalError } from '../../../src/kube/status.ts';
import { controllerWorld, type Loose, type World } from '../../helpers/controllerWorld.ts';

const controllers = ['job-controller'];

const job = (spec: object = {}, name = 'pedidos') => ({
  apiVersion: 'batch/v1',
  kind: 'Job',
  metadata: { name },
  spec: {
    template: { spec: { restartPolicy: 'Never', containers: [{ name: 'c', image: 'nginx' }] } },
    ...spec,
  },
});

interface Status {
  readonly conditions?: { type: string; status: string; reason: string; message: string }[];
  readonly active?: number;
  readonly succeeded?: number;
  readonly failed?: number;
  readonly ready?: number;
  readonly terminating?: number;
  readonly completedIndexes?: string;
  readonly failedIndexes?: string;
  readonly startTime?: string;
  readonly completionTime?: string;
  readonly uncountedTerminatedPods?: object;
}
const jobs = 'batch/v1 jobs';
const statusOf = async (world: World, name = 'pedidos') =>
  (await world.get(jobs, name)).status as unknown as Status;
const pods = (world: World) => world.list('v1 pods');
const phaseOf = (pod: Loose) => (pod.status as unknown as { phase: string }).phase;
const indexOf = (pod: Loose) => pod.metadata.annotations?.['batch.kubernetes.io/job-completion-index'];
const conditions = ({ conditions: all = [] }: Status) =>
  all.filter(({ status }) => status === 'True').map(({ type, reason, message }) => [type, reason, message]);

async function end(world: World, pod: Loose, exitCode: number): Promise<void> {
  const finishedAt = new Date(world.clock.now()).toISOString().replace(/\.\d+Z/, 'Z');
  await world.patch('v1 pods', `${pod.metadata.name}/status`, {
    status: {
      phase: exitCode === 0 ? 'Succeeded' : 'Failed',
      containerStatuses: [
        {
          name: 'c',
          image: 'nginx',
          imageID: '',
          ready: false,
          restartCount: 0,
          state: { terminated: { exitCode, finishedAt } },
        },
      ],
    },
  });
}
async function endAll(world: World, exitOf: (pod: Loose) => number = () => 0): Promise<void> {
  for (const pod of await pods(world))
    if (phaseOf(pod) === 'Pending' && pod.metadata.deletionTimestamp === undefined)
      await end(world, pod, exitOf(pod));
}
/** What a kubelet would do to Pods that are deleted. */
async function reap(world: World): Promise<void> {
  for (const { metadata } of await pods(world))
    if (metadata.deletionTimestamp !== undefined)
      await world.remove('v1 pods', metadata.name ?? '', { gracePeriodSeconds: 0 }).catch(() => undefined);
}

const run = (body: (world: World) => Promise<void>) => async () => {
  const world = await controllerWorld({ controllers });
  await body(world);
  await world.stop();
};

describe('a Job', () => {
  it(
    'runs Pods until as many have succeeded as it asks for',
    run(async (world) => {
      await world.create(job({ completions: 5, parallelism: 2 }));
      await world.calm();
      const first = await pods(world);
      expect(first).toHaveLength(2);
      expect(first[0]?.metadata).toMatchObject({
        generateName: 'pedidos-',
        finalizers: ['batch.kubernetes.io/job-tracking'],
        labels: { 'batch.kubernetes.io/job-name': 'pedidos', 'job-name': 'pedidos' },
        ownerReferences: [{ kind: 'Job', name: 'pedidos', controller: true }],
      });
      await world.calm(2000);
      expect(await statusOf(world)).toMatchObject({ active: 2, ready: 0, terminating: 0 });
      for (let turn = 0; turn < 4; turn += 1) {
        await endAll(world);
        await world.calm(3000);
      }
      const status = await statusOf(world);
      expect(status).toMatchObject({ succeeded: 5, uncountedTerminatedPods: {} });
      expect(status.active).toBeUndefined();
      expect(conditions(status)).toEqual([
        ['SuccessCriteriaMet', 'CompletionsReached', 'Reached expected number of succeeded pods'],
        ['Complete', 'CompletionsReached', 'Reached expected number of succeeded pods'],
      ]);
      const all = await pods(world);
      expect(all).toHaveLength(5);
      expect(all.flatMap(({ metadata }) => metadata.finalizers ?? [])).toEqual([]);
      expect((await world.events()).filter((event) => event.includes('Completed'))).toEqual([
        'Normal Completed: Job completed',
      ]);
    }),
  );

  it(
    'gives each Pod of an Indexed one its index, and says which are done',
    run(async (world) => {
      await world.create(job({ completions: 4, parallelism: 3, completionMode: 'Indexed' }));
      await world.calm();
      const first = await pods(world);
      expect(first.map(indexOf)).toEqual(['0', '1', '2']);
      expect(first[1]).toMatchObject({
        metadata: {
          generateName: 'pedidos-1-',
          labels: { 'batch.kubernetes.io/job-completion-index': '1' },
        },
        spec: {
          hostname: 'pedidos-1',
          containers: [
            {
              env: [
                {
                  name: 'JOB_COMPLETION_INDEX',
                  valueFrom: {
                    fieldRef: { fieldPath: "metadata.labels['batch.kubernetes.io/job-completion-index']" },
                  },
                },
              ],
            },
          ],
        },
      });
      await endAll(world, (pod) => (indexOf(pod) === '1' ? 1 : 0));
      await world.calm(3000);
      expect(await statusOf(world)).toMatchObject({ completedIndexes: '0,2', failed: 1 });
      await world.calm(12_000);
      await endAll(world);
      await world.calm(3000);
      expect(await statusOf(world)).toMatchObject({ succeeded: 4, completedIndexes: '0-3', failed: 1 });
    }),
  );

  it(
    'waits longer after each failure, and gives up past its limit',
    run(async (world) => {
      await world.create(job({ backoffLimit: 2 }));
      const births: number[] = [];
      const startMs = world.clock.now();
      let known = 0;
      for (let second = 0; second < 45; second += 1) {
        await world.calm(1000);
        const all = await pods(world);
        if (all.length > known) births.push(Math.round((world.clock.now() - startMs) / 1000));
        known = all.length;
        await endAll(world, () => 1);
      }
      expect(births).toHaveLength(3);
      expect((births[1] ?? 0) - (births[0] ?? 0)).toBeGreaterThanOrEqual(10);
      expect((births[2] ?? 0) - (births[1] ?? 0)).toBeGreaterThanOrEqual(20);
      const status = await statusOf(world);
      expect(status.failed).toBe(3);
      expect(conditions(status)).toEqual([
        ['FailureTarget', 'BackoffLimitExceeded', 'Job has reached the specified backoff limit'],
        ['Failed', 'BackoffLimitExceeded', 'Job has reached the specified backoff limit'],
      ]);
      expect(await world.events()).toContain(
        'Warning BackoffLimitExceeded: Job has reached the specified backoff limit',
      );
    }),
  );

  it(
    'stops at its deadline, when its Pods are gone',
    run(async (world) => {
      await world.create(job({ activeDeadlineSeconds: 5 }));
      await world.calm(3000);
      const [pod] = await pods(world);
      // Only a Pod on a node takes time to end.
      await world.bind(pod?.metadata.name ?? '', 'uno');
      await world.calm(4000);
      expect(conditions(await statusOf(world)).map(([type]) => type)).toEqual(['FailureTarget']);
      expect(await statusOf(world)).toMatchObject({ terminating: 1 });
      await reap(world);
      await world.calm(3000);
      const status = await statusOf(world);
      expect(status).toMatchObject({ failed: 1, terminating: 0 });
      expect(conditions(status)[1]).toEqual([
        'Failed',
        'DeadlineExceeded',
        'Job was active longer than specified deadline',
      ]);
      expect(await pods(world)).toEqual([]);
    }),
  );

  it(
    'suspended keeps no Pods, counts none of them, and starts anew',
    run(async (world) => {
      await world.create(job({ parallelism: 2, completions: 2 }));
      await world.calm(2000);
      await world.patch(jobs, 'pedidos', { spec: { suspend: true } });
      await world.calm(2000);
      await reap(world);
      await world.calm(3000);
      expect(await pods(world)).toEqual([]);
      const suspended = await statusOf(world);
      expect(suspended.failed).toBeUndefined();
      expect(conditions(suspended)).toEqual([['Suspended', 'JobSuspended', 'Job suspended']]);
      await world.patch(jobs, 'pedidos', { spec: { suspend: false } });
      await world.calm(2000);
      expect(await pods(world)).toHaveLength(2);
      expect((await statusOf(world)).conditions).toMatchObject([
        { type: 'Suspended', status: 'False', reason: 'JobResumed', message: 'Job resumed' },
      ]);
      expect((await world.events()).filter((event) => /Suspended|Resumed/.test(event))).toEqual([
        'Normal Suspended: Job suspended',
        'Normal Resumed: Job resumed',
      ]);
    }),
  );

  it(
    'fails at once when its policy says so, and does not count what it ignores',
    run(async (world) => {
      const podFailurePolicy = {
        rules: [
          { action: 'FailJob', onExitCodes: { containerName: 'c', operator: 'In', values: [42] } },
          { action: 'Ignore', onPodConditions: [{ type: 'DisruptionTarget' }] },
        ],
      };
      await world.create(job({ backoffLimit: 0, parallelism: 2, completions: 2, podFailurePolicy }));
      await world.calm(2000);
      const [one, other] = await pods(world);
      await world.patch('v1 pods', `${one?.metadata.name}/status`, {
        status: { phase: 'Failed', conditions: [{ type: 'DisruptionTarget', status: 'True' }] },
      });
      await world.calm(3000);
      expect((await statusOf(world)).failed).toBeUndefined();
      if (other !== undefined) await end(world, other, 42);
      await world.calm(3000);
      await reap(world);
      await world.calm(3000);
      expect(conditions(await statusOf(world))[1]).toEqual([
        'Failed',
        'PodFailurePolicy',
        `Container c for pod obrador/${other?.metadata.name} failed with exit code 42 matching FailJob rule at index 0`,
      ]);
    }),
  );

  it(
    'with a limit for each index fails when all others are done',
    run(async (world) => {
      await world.create(
        job({ completions: 3, parallelism: 3, completionMode: 'Indexed', backoffLimitPerIndex: 1 }),
      );
      for (let turn = 0; turn < 20; turn += 1) {
        await world.calm(2000);
        await endAll(world, (pod) => (indexOf(pod) === '1' ? 1 : 0));
      }
      const status = await statusOf(world);
      expect(status).toMatchObject({ succeeded: 2, failed: 2, completedIndexes: '0,2', failedIndexes: '1' });
      expect(conditions(status)[1]).toEqual(['Failed', 'FailedIndexes', 'Job has failed indexes']);
      const counts = (await pods(world))
        .filter((pod) => indexOf(pod) === '1')
        .map(({ metadata }) => metadata.annotations?.['batch.kubernetes.io/job-index-failure-count']);
      expect(counts.sort()).toEqual(['0', '1']);
    }),
  );

  it(
    'is done when its success policy is met, and its other Pods go',
    run(async (world) => {
      await world.create(
        job({
          completions: 3,
          parallelism: 3,
          completionMode: 'Indexed',
          successPolicy: { rules: [{ succeededIndexes: '0-1', succeededCount: 1 }] },
        }),
      );
      await world.calm(2000);
      const [leader] = await pods(world);
      if (leader !== undefined) await end(world, leader, 0);
      await world.calm(3000);
      await reap(world);
      await world.calm(3000);
      const status = await statusOf(world);
      expect(conditions(status)).toEqual([
        ['SuccessCriteriaMet', 'SuccessPolicy', 'Matched rules at index 0'],
        ['Complete', 'SuccessPolicy', 'Matched rules at index 0'],
      ]);
      expect(status).toMatchObject({ succeeded: 1 });
      expect(status.failed).toBeUndefined();
    }),
  );

  it(
    'keeps nothing of Pods that somebody deletes, and lets go of those it leaves behind',
    run(async (world) => {
      await world.create(job({ parallelism: 2, completions: 2 }));
      await world.calm(2000);
      const [one] = await pods(world);
      await world.remove('v1 pods', one?.metadata.name ?? '', { gracePeriodSeconds: 0 });
      await world.calm(2000);
      expect(await statusOf(world)).toMatchObject({ failed: 1 });
      await world.remove(jobs, 'pedidos', { propagationPolicy: 'Background' });
      await world.calm(3000);
      for (const { metadata } of await pods(world)) expect(metadata.finalizers).toBeUndefined();
    }),
  );

  it('tries what is refused again after 1 s, 2 s, 4 s…', async () => {
    const triedMs: number[] = [];
    const world = await controllerWorld({
      controllers,
      through: async (request, next) => {
        if (request.method === 'POST' && request.url.endsWith('/pods')) {
          triedMs.push(world.clock.now());
          throw internalError('no room');
        }
        return next(request);
      },
    });
    await world.create(job());
    await world.calm(20_000);
    const [first = 0] = triedMs;
    expect(triedMs.map((atMs) => Math.round((atMs - first) / 1000))).toEqual([0, 1, 3, 7, 15]);
    expect(world.troubles.splice(0)).toHaveLength(5);
    await world.stop();
  });

  it(
    'leaves a Job alone that another controller manages',
    run(async (world) => {
      await world.create(job({ managedBy: 'example.com/otro' }));
      await world.calm(3000);
      expect(await pods(world)).toEqual([]);
      expect(await statusOf(world)).toEqual({});
    }),
  );
});

describe('wherever it is cut', () => {
  type Step =
    | { readonly kind: 'end'; readonly pod: number; readonly exit: number }
    | { readonly kind: 'delete'; readonly pod: number }
    | { readonly kind: 'restart' }
    | { readonly kind: 'wait'; readonly ms: number };
  const step: fc.Arbitrary<Step> = fc.oneof(
    {
      weight: 4,
      arbitrary: fc.record({
        kind: fc.constant('end' as const),
        pod: fc.nat(9),
        exit: fc.constantFrom(0, 0, 1),
      }),
    },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('delete' as const), pod: fc.nat(9) }) },
    { weight: 1, arbitrary: fc.constant({ kind: 'restart' as const }) },
    {
      weight: 3,
      arbitrary: fc.record({ kind: fc.constant('wait' as const), ms: fc.constantFrom(10, 1000, 20_000) }),
    },
  );

  it('a Job counts every Pod once, and ends', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(step, { maxLength: 20 }),
        fc.array(fc.nat(9), { maxLength: 40 }),
        fc.boolean(),
        async (steps, faults, indexed) => {
          let calls = 0;
          const world = await controllerWorld({
            controllers,
            lag: () => (faults[calls % Math.max(1, faults.length)] ?? 0) * 100,
            // Some writes are refused, some are done and seem to fail.
            through: async (request, next) => {
              if (request.method === 'GET' || request.method === 'POST') return next(request);
              const fault = faults[calls++];
              if (fault === 0) throw conflict({ group: '', resource: 'pods' }, 'x', 'changed');
              const answer = await next(request);
              if (fault === 1) throw internalError('lost on the way');
              return answer;
            },
          });
          const completions = 4;
          await world.create(
            job({
              completions,
              parallelism: 3,
              backoffLimit: 1000,
              ...(indexed ? { completionMode: 'Indexed' } : {}),
            }),
          );
          const failures = new Set<string>();
          const note = async () => {
            for (const pod of await pods(world))
              if (phaseOf(pod) === 'Failed' || pod.metadata.deletionTimestamp !== undefined)
                failures.add(pod.metadata.uid ?? '');
          };
          for (const one of steps) {
            if (one.kind === 'restart') await world.restart();
            else if (one.kind === 'wait') await world.calm(one.ms);
            else {
              const running = (await pods(world)).filter(
                (pod) => phaseOf(pod) === 'Pending' && pod.metadata.deletionTimestamp === undefined,
              );
              const pod = running[one.pod % Math.max(1, running.length)];
              if (pod === undefined) continue;
              if (one.kind === 'end') await end(world, pod, one.exit);
              else {
                await world.remove('v1 pods', pod.metadata.name ?? '', { gracePeriodSeconds: 0 });
                failures.add(pod.metadata.uid ?? '');
              }
            }
            await note();
          }
          for (let turn = 0; turn < 60; turn += 1) {
            await world.calm(turn < 5 ? 2000 : 60_000);
            await endAll(world);
            await note();
            if (conditions(await statusOf(world)).length === 2) break;
          }
          const status = await statusOf(world);
          expect(conditions(status).map(([type]) => type)).toEqual(['SuccessCriteriaMet', 'Complete']);
          expect(status).toMatchObject({
            succeeded: completions,
            uncountedTerminatedPods: {},
            ...(indexed ? { completedIndexes: '0-3' } : {}),
          });
          expect(status.failed ?? 0).toBe(failures.size);
          const succeeded = (await pods(world)).filter((pod) => phaseOf(pod) === 'Succeeded');
          expect(succeeded.length).toBe(completions);
          world.troubles.length = 0;
          await world.stop();
        },
      ),
      { numRuns: 30 },
    );
  }, 120_000);
});
