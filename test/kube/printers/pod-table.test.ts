import { describe, expect, it } from 'vitest';
import type { ContainerStatus, PodSpec, PodStatus } from '../../../src/kube/api/core-v1.ts';
import { asKind, type KubeObject } from '../../../src/kube/object.ts';
import { podTable, summarizePod } from '../../../src/kube/printers/pod.ts';

const now = Date.parse('2026-01-02T04:00:00Z');
const spec = (init: PodSpec['initContainers'] = []): PodSpec => ({
  containers: [{ name: 'horno' }, { name: 'caja' }],
  initContainers: init,
});
const of = (status: PodStatus, more: { spec?: PodSpec; deleted?: boolean } = {}) =>
  ({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name: 'pan',
      creationTimestamp: '2026-01-02T03:00:00Z',
      ...(more.deleted ? { deletionTimestamp: '2026-01-02T03:59:00Z' } : {}),
    },
    spec: more.spec ?? spec(),
    status,
  }) as unknown as KubeObject;
const container = (state: ContainerStatus['state'], more: Partial<ContainerStatus> = {}) =>
  ({
    name: 'horno',
    ready: false,
    restartCount: 0,
    image: '',
    imageID: '',
    state,
    ...more,
  }) as ContainerStatus;
const running = container({ running: {} }, { ready: true });
const waiting = (reason: string, more: Partial<ContainerStatus> = {}) =>
  container({ waiting: { reason } }, more);
const ended = (exitCode: number, more: object = {}) => container({ terminated: { exitCode, ...more } });
const ready = [{ type: 'Ready', status: 'True' }];

const summary = (object: KubeObject) => {
  const { ready: count, status, restarts } = summarizePod(asKind(object), now);
  return `${count} ${status} ${restarts}`;
};

describe('the row of a Pod', () => {
  it.each<[string, PodStatus]>([
    ['0/2 Pending 0', { phase: 'Pending' }],
    ['0/2 Evicted 0', { phase: 'Failed', reason: 'Evicted' }],
    ['2/2 Running 0', { phase: 'Running', containerStatuses: [running, running] }],
    [
      '1/2 CrashLoopBackOff 0',
      { phase: 'Running', containerStatuses: [waiting('CrashLoopBackOff'), running] },
    ],
    ['0/2 ContainerCreating 0', { phase: 'Pending', containerStatuses: [waiting('ContainerCreating')] }],
    ['0/2 OOMKilled 0', { phase: 'Failed', containerStatuses: [ended(137, { reason: 'OOMKilled' })] }],
    ['0/2 ExitCode:3 0', { phase: 'Failed', containerStatuses: [ended(3)] }],
    ['0/2 Signal:9 0', { phase: 'Failed', containerStatuses: [ended(137, { signal: 9 })] }],
    ['1/2 NotReady 0', { phase: 'Running', containerStatuses: [ended(0, { reason: 'Completed' }), running] }],
    [
      '1/2 Running 0',
      {
        phase: 'Running',
        conditions: ready,
        containerStatuses: [ended(0, { reason: 'Completed' }), running],
      },
    ],
    [
      '0/2 SchedulingGated 0',
      {
        phase: 'Pending',
        conditions: [{ type: 'PodScheduled', status: 'False', reason: 'SchedulingGated' }],
      },
    ],
  ])('%s', (text, status) => {
    expect(summary(of(status))).toBe(text);
  });

  it.each<[string, ContainerStatus[]]>([
    ['0/2 Init:0/2 0', [waiting('PodInitializing')]],
    ['0/2 Init:1/2 0', [ended(0), container({ running: {} })]],
    ['0/2 Init:ImagePullBackOff 0', [waiting('ImagePullBackOff')]],
    ['0/2 Init:Error 0', [ended(1, { reason: 'Error' })]],
    ['0/2 Init:ExitCode:2 0', [ended(2)]],
    ['0/2 Init:Signal:15 0', [ended(143, { signal: 15 })]],
  ])('before its start: %s', (text, initContainerStatuses) => {
    const prepared = spec([{ name: 'harina' }, { name: 'agua' }]);
    expect(summary(of({ phase: 'Pending', initContainerStatuses }, { spec: prepared }))).toBe(text);
  });

  it('counts the containers that run beside', () => {
    const beside = container({ running: {} }, { name: 'radio', ready: true, started: true, restartCount: 2 });
    const status = {
      phase: 'Running',
      initContainerStatuses: [beside],
      containerStatuses: [running, running],
    };
    const pod = of(status, { spec: spec([{ name: 'radio', restartPolicy: 'Always' }]) });
    expect(summary(pod)).toBe('3/3 Running 2');
  });

  it('says when the last restart was', () => {
    const again = container(
      { running: {} },
      {
        ready: true,
        restartCount: 2,
        lastState: { terminated: { exitCode: 1, finishedAt: '2026-01-02T03:55:00Z' } },
      },
    );
    expect(summary(of({ phase: 'Running', containerStatuses: [again, running] }))).toBe(
      '2/2 Running 2 (5m ago)',
    );
  });

  it('says what is being deleted', () => {
    const summarize = (status: PodStatus) => summary(of(status, { deleted: true }));
    expect(summarize({ phase: 'Running' })).toBe('0/2 Terminating 0');
    expect(summarize({ phase: 'Running', reason: 'NodeLost' })).toBe('0/2 Unknown 0');
    expect(summarize({ phase: 'Succeeded' })).toBe('0/2 Succeeded 0');
  });

  it('has all the cells that were asked for', () => {
    const pod = of(
      {
        phase: 'Running',
        podIPs: [{ ip: '10.1.0.4' }],
        conditions: [{ type: 'panaderia.es/abierta', status: 'True' }],
      },
      {
        spec: {
          ...spec(),
          nodeName: 'sevilla',
          readinessGates: [
            { conditionType: 'panaderia.es/abierta' },
            { conditionType: 'panaderia.es/limpia' },
          ],
        },
      },
    );
    expect(podTable.cells(pod, now)).toEqual([
      'pan',
      '0/2',
      'Running',
      '0',
      '60m',
      '10.1.0.4',
      'sevilla',
      '<none>',
      '1/2',
    ]);
  });
});
