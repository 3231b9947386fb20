import { describe, expect, it } from 'vitest';
import {
  Action,
  type ClusterEvent,
  interestMatches,
  nodeUpdateEvents,
  podUpdateEvents,
} from '../../../src/cluster/scheduler/framework/cluster-event.ts';
import type { Node, Pod, PodSpec } from '../../../src/kube/api/core-v1.ts';
import type { KubeObject } from '../../../src/kube/object.ts';
import { node, type PodOptions, pod, world } from './world.ts';

/** Which plugins would have the Pod tried again, had they refused it. */
function wakenedBy(waiting: Pod, ...events: readonly ClusterEvent[]): readonly string[] {
  return world({})
    .framework.plugins.filter((plugin) =>
      plugin.events.some((interest) =>
        events.some((event) => interestMatches(interest, event) && (interest.hint?.(waiting, event) ?? true)),
      ),
    )
    .map(({ name }) => name);
}

const event = (resource: ClusterEvent['resource'], before?: object, after?: object): ClusterEvent => ({
  resource,
  action: before === undefined ? Action.add : after === undefined ? Action.delete : Action.update,
  before: before as KubeObject | undefined,
  after: after as KubeObject | undefined,
});
const added = (after: Node) => event('Node', undefined, after);
const gone = (name: string, options: PodOptions) => event('AssignedPod', pod(name, { on: 'a', ...options }));
const came = (name: string, options: PodOptions) =>
  event('AssignedPod', undefined, pod(name, { on: 'a', ...options }));

const host = 'kubernetes.io/hostname';
const term = { topologyKey: host, labelSelector: { matchLabels: { app: 'pan' } } };
const near = {
  affinity: { podAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [term] } },
} as Partial<PodSpec>;
const away = {
  affinity: { podAntiAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [term] } },
} as Partial<PodSpec>;
const spread = {
  topologySpreadConstraints: [
    {
      maxSkew: 1,
      topologyKey: host,
      whenUnsatisfiable: 'DoNotSchedule',
      labelSelector: { matchLabels: { app: 'pan' } },
    },
  ],
} as Partial<PodSpec>;
const port = { containers: [{ name: 'c', ports: [{ containerPort: 80, hostPort: 80 }] }] };
const pan = { labels: { app: 'pan' } };

describe('a new node', () => {
  it.each([
    ['that would do', pod('p', { cpu: '1' }), node('n'), 'NodeResourcesFit', true],
    ['that is too small', pod('p', { cpu: '9' }), node('n'), 'NodeResourcesFit', false],
    ['that is cordoned', pod('p'), node('n', { spec: { unschedulable: true } }), 'NodeUnschedulable', false],
    [
      'with a taint',
      pod('p'),
      node('n', { spec: { taints: [{ key: 'k', effect: 'NoSchedule' }] } }),
      'TaintToleration',
      false,
    ],
    [
      'with the label',
      pod('p', { spec: { nodeSelector: { x: 'y' } } }),
      node('n', { labels: { x: 'y' } }),
      'NodeAffinity',
      true,
    ],
    ['without it', pod('p', { spec: { nodeSelector: { x: 'y' } } }), node('n'), 'NodeAffinity', false],
    ['of a known domain', pod('p', { spec: spread }), node('n'), 'PodTopologySpread', true],
    ['of no domain', pod('p', { spec: spread }), { metadata: { name: 'n' } }, 'PodTopologySpread', false],
    ['where company may be', pod('p', { spec: near }), node('n'), 'InterPodAffinity', true],
    ['for host ports', pod('p', { spec: port }), node('n'), 'NodePorts', true],
  ])('%s', (_what, waiting, fresh, plugin, wakes) => {
    expect(wakenedBy(waiting, added(fresh)).includes(plugin)).toBe(wakes);
  });
});

describe('a node that changes', () => {
  const change = (before: Node, after: Node) => nodeUpdateEvents(before, after);
  const tainted = node('a', { spec: { taints: [{ key: 'k', effect: 'NoSchedule' }] } });

  it('by a heartbeat wakes nobody', () => {
    const beat = { ...node('a'), status: { ...node('a').status, conditions: [] } };
    expect(change(node('a'), beat)).toEqual([]);
  });

  it('grows', () => {
    expect(wakenedBy(pod('p', { cpu: '5' }), ...change(node('a'), node('a', { cpu: '8' })))).toEqual([
      'NodeResourcesFit',
    ]);
    expect(wakenedBy(pod('p', { cpu: '1' }), ...change(node('a'), node('a', { memory: '9Gi' })))).toEqual([]);
  });

  it('loses its taint, or its cordon', () => {
    expect(wakenedBy(pod('p'), ...change(tainted, node('a')))).toContain('TaintToleration');
    expect(wakenedBy(pod('p'), ...change(node('a'), tainted))).not.toContain('TaintToleration');
    const cordoned = node('a', { spec: { unschedulable: true } });
    expect(wakenedBy(pod('p'), ...change(cordoned, node('a')))).toContain('NodeUnschedulable');
    expect(wakenedBy(pod('p'), ...change(node('a'), cordoned))).toEqual([]);
  });

  it('gets the label, and keeps it', () => {
    const waiting = pod('p', { spec: { nodeSelector: { x: 'y' } } });
    const labelled = node('a', { labels: { x: 'y' } });
    expect(wakenedBy(waiting, ...change(node('a'), labelled))).toContain('NodeAffinity');
    const more = node('a', { labels: { x: 'y', z: '' } });
    expect(wakenedBy(waiting, ...change(labelled, more))).not.toContain('NodeAffinity');
  });

  it('goes, which may even out a spread', () => {
    expect(wakenedBy(pod('p', { spec: spread }), event('Node', node('a')))).toEqual(['PodTopologySpread']);
  });
});

describe('a Pod that goes', () => {
  it.each([
    ['gives room', pod('p', { cpu: '1' }), gone('x', {}), ['NodeResourcesFit']],
    [
      'had the port',
      pod('p', { spec: port }),
      gone('x', { spec: { ...port, nodeName: 'a' } }),
      ['NodePorts'],
    ],
    ['was in the way', pod('p', { spec: away }), gone('x', pan), ['InterPodAffinity']],
    ['was not', pod('p', { spec: away }), gone('x', {}), []],
    [
      'wanted to be alone',
      pod('p', pan),
      gone('x', { spec: { ...pod('x').spec, ...away, nodeName: 'a' } }),
      ['InterPodAffinity'],
    ],
    ['counted in a spread', pod('p', { spec: spread }), gone('x', pan), ['PodTopologySpread']],
    ['of another namespace', pod('p', { spec: spread }), gone('x', { ...pan, namespace: 'otro' }), []],
  ])('%s', (_what, waiting, happened, plugins) => {
    const others = wakenedBy(waiting, happened).filter((name) => name !== 'NodeResourcesFit');
    expect(others).toEqual(plugins.filter((name) => name !== 'NodeResourcesFit'));
    expect(wakenedBy(waiting, happened)).toContain('NodeResourcesFit');
  });
});

describe('a Pod that comes, or changes', () => {
  it('is company, or evens out a spread', () => {
    expect(wakenedBy(pod('p', { spec: near }), came('x', pan))).toEqual(['InterPodAffinity']);
    expect(wakenedBy(pod('p', { spec: near }), came('x', {}))).toEqual([]);
    expect(wakenedBy(pod('p', { spec: spread }), came('x', pan))).toEqual(['PodTopologySpread']);
    expect(wakenedBy(pod('p', { cpu: '1' }), came('x', pan))).toEqual([]);
  });

  it('changes its labels', () => {
    const other = (labels: { readonly [key: string]: string }) => pod('x', { on: 'a', labels });
    const becomes = podUpdateEvents(other({}), other({ app: 'pan' }));
    const ceases = podUpdateEvents(other({ app: 'pan' }), other({}));
    expect(wakenedBy(pod('p', { spec: near }), ...becomes)).toEqual(['InterPodAffinity']);
    expect(wakenedBy(pod('p', { spec: near }), ...ceases)).toEqual([]);
    expect(wakenedBy(pod('p', { spec: away }), ...ceases)).toEqual(['InterPodAffinity']);
    expect(wakenedBy(pod('p', { spec: spread }), ...ceases)).toEqual(['PodTopologySpread']);
  });

  it('only reports its status', () => {
    const running = { ...pod('x', { on: 'a', ...pan }), status: { phase: 'Running' } };
    for (const spec of [near, away, spread, port])
      expect(
        wakenedBy(pod('p', { spec }), ...podUpdateEvents(pod('x', { on: 'a', ...pan }), running)),
      ).toEqual([]);
  });

  it('tolerates more now, if it is the one that waits', () => {
    const tolerant = (name: string) => pod(name, { spec: { tolerations: [{ operator: 'Exists' }] } });
    const itself = podUpdateEvents(pod('p'), tolerant('p'));
    expect(wakenedBy(pod('p'), ...itself)).toEqual(['NodeUnschedulable', 'TaintToleration']);
    expect(wakenedBy(pod('p'), ...podUpdateEvents(pod('q'), tolerant('q')))).toEqual([]);
  });
});

describe('volumes', () => {
  const waiting = pod('p', { spec: { volumes: [{ name: 'v', persistentVolumeClaim: { claimName: 'c' } }] } });
  const claim = (name: string) => ({ metadata: { name, namespace: 'obrador' } });
  it.each([
    ['its claim comes', event('PersistentVolumeClaim', undefined, claim('c')), 'VolumeBinding', true],
    ['another claim comes', event('PersistentVolumeClaim', undefined, claim('d')), 'VolumeBinding', false],
    [
      'a volume comes',
      event('PersistentVolume', undefined, { metadata: { name: 'v' } }),
      'VolumeBinding',
      true,
    ],
    ['a class comes', event('StorageClass', undefined, { metadata: { name: 's' } }), 'VolumeBinding', true],
    [
      'a driver takes more',
      event('CSINode', undefined, { metadata: { name: 'a' } }),
      'NodeVolumeLimits',
      true,
    ],
    ['an attachment goes', event('VolumeAttachment', { metadata: { name: 'x' } }), 'NodeVolumeLimits', true],
  ])('%s', (_what, happened, plugin, wakes) => {
    expect(wakenedBy(waiting, happened).includes(plugin)).toBe(wakes);
  });

  it('somebody lets go of the claim that only one may have', () => {
    const user = { ...waiting, metadata: { ...waiting.metadata, name: 'x', uid: 'x' } };
    const event_ = event('AssignedPod', { ...user, spec: { ...user.spec, nodeName: 'a' } });
    expect(wakenedBy(waiting, event_)).toContain('VolumeRestrictions');
  });
});
