import type { PersistentVolumeClaim, Pod, ResourceQuota, Service } from '../api/core-v1.ts';
import { asKind, type KubeObject } from '../object.ts';
import { qosClassOf } from '../qos.ts';
import { compareQuantities, parseQuantity, type Quantity, quantityOf, quantityValue } from '../quantity.ts';
import { timeToMs } from '../time.ts';
import { type Amounts, podAmounts } from './pod-resources.ts';

/**
 * What an object counts against a ResourceQuota. Mirrors pkg/quota/v1/evaluator/core and apiserver/pkg/quota/v1/generic.
 * Used when an object is admitted and by the controller that counts anew.
 */

const ONE = quantityOf(1);
const CLASS_SUFFIX = '.storageclass.storage.k8s.io/';
const ALIASES = new Map([
  ['/configmaps', 'configmaps'],
  ['/resourcequotas', 'resourcequotas'],
  ['/replicationcontrollers', 'replicationcontrollers'],
  ['/secrets', 'secrets'],
]);
const IGNORED = new Set(['/bindings', '/events', 'events.k8s.io/events']);
const POD_NAMES = new Set([
  'pods',
  'count/pods',
  ...['', 'requests.', 'limits.'].flatMap((prefix) =>
    ['cpu', 'memory', 'ephemeral-storage'].map((name) => `${prefix}${name}`),
  ),
]);
const SERVICE_NAMES = new Set(['count/services', 'services', 'services.nodeports', 'services.loadbalancers']);

export function isQuotaIgnored(group: string, resource: string): boolean {
  return IGNORED.has(`${group}/${resource}`);
}

/** `count/deployments.apps` */
function countName(group: string, resource: string): string {
  return group === '' ? `count/${resource}` : `count/${resource}.${group}`;
}

/** Which of a quota's resource names an object of this resource can count against. */
export function quotaNamesFor(group: string, resource: string, names: readonly string[]): readonly string[] {
  switch (`${group}/${resource}`) {
    case '/pods':
      return names.filter(
        (name) =>
          POD_NAMES.has(name) ||
          name.startsWith('hugepages-') ||
          name.startsWith('requests.hugepages-') ||
          isExtendedName(name),
      );
    case '/services':
      return names.filter((name) => SERVICE_NAMES.has(name));
    case '/persistentvolumeclaims':
      return names.filter(
        (name) =>
          name === 'count/persistentvolumeclaims' ||
          name === 'persistentvolumeclaims' ||
          name === 'requests.storage' ||
          name.endsWith(`${CLASS_SUFFIX}requests.storage`) ||
          name.endsWith(`${CLASS_SUFFIX}persistentvolumeclaims`),
      );
    default: {
      const own = countName(group, resource);
      const alias = ALIASES.get(`${group}/${resource}`);
      return names.filter((name) => name === own || name === alias);
    }
  }
}

/** `requests.example.com/gpu` */
function isExtendedName(name: string): boolean {
  return name.startsWith('requests.') && name.includes('/') && !name.includes(CLASS_SUFFIX);
}

/** `now` in milliseconds since the epoch. */
export function quotaUsage(group: string, resource: string, object: KubeObject, now: number): Amounts {
  switch (`${group}/${resource}`) {
    case '/pods':
      return podUsage(asKind<Pod>(object), now);
    case '/services':
      return serviceUsage(asKind<Service>(object));
    case '/persistentvolumeclaims':
      return claimUsage(asKind<PersistentVolumeClaim>(object));
    default: {
      const usage: Amounts = new Map([[countName(group, resource), ONE]]);
      const alias = ALIASES.get(`${group}/${resource}`);
      if (alias !== undefined) usage.set(alias, ONE);
      return usage;
    }
  }
}

/** Whether the quota's scopes let the object count. Kinds without scopes match only quotas without them. */
export function matchesQuotaScopes(
  quota: ResourceQuota,
  group: string,
  resource: string,
  object: KubeObject,
): boolean {
  const scopes = [
    ...(quota.spec?.scopes ?? []).map((scopeName) => ({ scopeName, operator: 'Exists', values: [] })),
    ...(quota.spec?.scopeSelector?.matchExpressions ?? []),
  ];
  if (scopes.length === 0) return true;
  if (group !== '' || resource !== 'pods') return false;
  const pod = asKind<Pod>(object);
  return scopes.every(({ scopeName, operator, values }) =>
    podInScope(pod, scopeName, operator, values ?? []),
  );
}

function podInScope(pod: Pod, scope: string, operator: string, values: readonly string[]): boolean {
  const deadline = pod.spec?.activeDeadlineSeconds;
  switch (scope) {
    case 'Terminating':
      return deadline !== undefined && deadline !== null && deadline >= 0;
    case 'NotTerminating':
      return deadline === undefined || deadline === null || deadline < 0;
    case 'BestEffort':
      return qosClassOf(pod) === 'BestEffort';
    case 'NotBestEffort':
      return qosClassOf(pod) !== 'BestEffort';
    case 'PriorityClass': {
      const name = pod.spec?.priorityClassName ?? '';
      if (operator === 'Exists') return name !== '';
      if (operator === 'DoesNotExist') return name === '';
      if (operator === 'NotIn') return !values.includes(name);
      return name !== '' && values.includes(name);
    }
    case 'CrossNamespacePodAffinity':
      return reachesOtherNamespaces(pod);
    default:
      return false;
  }
}

function reachesOtherNamespaces({ spec }: Pod): boolean {
  return [spec?.affinity?.podAffinity, spec?.affinity?.podAntiAffinity].some((affinity) =>
    [
      ...(affinity?.requiredDuringSchedulingIgnoredDuringExecution ?? []),
      ...(affinity?.preferredDuringSchedulingIgnoredDuringExecution ?? []).map(
        (term) => term.podAffinityTerm,
      ),
    ].some((term) => (term?.namespaces ?? []).length > 0 || term?.namespaceSelector !== undefined),
  );
}

/** Finished Pods and those that should be gone by now count as objects only. */
function podCounts({ metadata, status }: Pod, now: number): boolean {
  if (status?.phase === 'Failed' || status?.phase === 'Succeeded') return false;
  const deleted = metadata?.deletionTimestamp;
  const grace = metadata?.deletionGracePeriodSeconds;
  if (deleted === undefined || deleted === null || grace === undefined || grace === null) return true;
  return now <= timeToMs(deleted) + grace * 1000;
}

function podUsage(pod: Pod, now: number): Amounts {
  const usage: Amounts = new Map([['count/pods', ONE]]);
  if (pod.spec === undefined || !podCounts(pod, now)) return usage;
  const requests = podAmounts(pod.spec, 'requests');
  const limits = podAmounts(pod.spec, 'limits');
  for (const [name, amount] of containerUsage(requests, limits)) usage.set(name, amount);
  return usage;
}

/** Under the names that quotas know: `cpu`, `requests.cpu`, `limits.cpu`… */
export function containerUsage(
  requests: ReadonlyMap<string, Quantity>,
  limits: ReadonlyMap<string, Quantity>,
): Amounts {
  const usage: Amounts = new Map([['pods', ONE]]);
  for (const [name, amount] of requests) {
    const native = name === 'cpu' || name === 'memory' || name === 'ephemeral-storage';
    if (native || name.startsWith('hugepages-')) usage.set(name, amount);
    if (native || name.startsWith('hugepages-') || name.includes('/')) usage.set(`requests.${name}`, amount);
  }
  for (const [name, amount] of limits)
    if (name === 'cpu' || name === 'memory' || name === 'ephemeral-storage')
      usage.set(`limits.${name}`, amount);
  return usage;
}

function serviceUsage({ spec }: Service): Amounts {
  const ports = spec?.ports ?? [];
  let nodePorts = 0;
  if (spec?.type === 'NodePort') nodePorts = ports.length;
  else if (spec?.type === 'LoadBalancer')
    nodePorts =
      spec.allocateLoadBalancerNodePorts === false
        ? ports.filter(({ nodePort }) => (nodePort ?? 0) !== 0).length
        : ports.length;
  return new Map([
    ['count/services', ONE],
    ['services', ONE],
    ['services.nodeports', quantityOf(nodePorts)],
    ['services.loadbalancers', quantityOf(spec?.type === 'LoadBalancer' ? 1 : 0)],
  ]);
}

function claimUsage({ metadata, spec, status }: PersistentVolumeClaim): Amounts {
  const usage: Amounts = new Map([
    ['persistentvolumeclaims', ONE],
    ['count/persistentvolumeclaims', ONE],
  ]);
  const name =
    metadata?.annotations?.['volume.beta.kubernetes.io/storage-class'] ?? spec?.storageClassName ?? '';
  if (name !== '') usage.set(`${name}${CLASS_SUFFIX}persistentvolumeclaims`, ONE);
  const asked = spec?.resources?.requests?.['storage'];
  if (asked === undefined) return usage;
  let storage = wholeUnits(parseQuantity(asked));
  const given = status?.allocatedResources?.['storage'];
  if (given !== undefined && compareQuantities(parseQuantity(given), storage) > 0)
    storage = wholeUnits(parseQuantity(given));
  usage.set('requests.storage', storage);
  if (name !== '') usage.set(`${name}${CLASS_SUFFIX}requests.storage`, storage);
  return usage;
}

function wholeUnits(quantity: Quantity): Quantity {
  return quantity.scale >= 0 ? quantity : quantityOf(quantityValue(quantity), quantity.format);
}
