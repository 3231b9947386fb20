import type { LimitRange, LimitRangeItem, PersistentVolumeClaim, Pod } from '../../../kube/api/core-v1.ts';
import { asKind, type KubeObject } from '../../../kube/object.ts';
import {
  compareQuantities,
  formatQuantity,
  parseQuantity,
  type Quantity,
  quantityMilliValue,
} from '../../../kube/quantity.ts';
import { type Amounts, amountsOf, podAmounts } from '../../../kube/quota/pod-resources.ts';
import type { AdmissionPlugin, AdmissionRequest, ObjectReader } from '../contracts.ts';
import { creates, isGoing, refusal, together, writes } from './attributes.ts';

const ANNOTATION = 'kubernetes.io/limit-ranger';

/** Defaults and bounds for what Pods and claims ask for. Mirrors plugin/pkg/admission/limitranger. */
export const limitRanger: AdmissionPlugin = {
  name: 'LimitRanger',
  mutate(request, reader) {
    if (request.object === undefined || !creates(request, '', 'pods')) return;
    const pod = asKind<Pod>(request.object);
    for (const range of rangesOf(request, reader)) applyDefaults(pod, range);
  },
  validate(request, reader) {
    const { object, oldObject } = request;
    if (object === undefined || isGoing(oldObject)) return;
    const check = creates(request, '', 'pods')
      ? podProblems
      : writes(request, '', 'persistentvolumeclaims')
        ? claimProblems
        : undefined;
    if (check === undefined) return;
    for (const range of rangesOf(request, reader)) {
      const problems = (range.spec?.limits ?? []).flatMap((limit) => check(limit, object));
      if (problems.length > 0) throw refusal(request, together(problems));
    }
  },
};

function rangesOf(request: AdmissionRequest, reader: ObjectReader): readonly LimitRange[] {
  return reader
    .list<KubeObject>('', 'limitranges', request.namespace)
    .map((range) => asKind<LimitRange>(range));
}

function applyDefaults(pod: Pod, range: LimitRange): void {
  const requests: { [name: string]: string } = {};
  const limits: { [name: string]: string } = {};
  for (const limit of range.spec?.limits ?? []) {
    if (limit.type !== 'Container') continue;
    Object.assign(requests, limit.defaultRequest);
    Object.assign(limits, limit.default);
  }
  const said: string[] = [];
  const fill = (container: NonNullable<Pod['spec']>['containers'][number], what: string) => {
    const resources = container.resources ?? {};
    for (const [key, defaults] of [
      ['requests', requests],
      ['limits', limits],
    ] as const) {
      const own = resources[key] ?? {};
      const missing = Object.keys(defaults).filter((name) => !Object.hasOwn(own, name));
      if (missing.length === 0) continue;
      const filled = { ...own };
      for (const name of missing) filled[name] = defaults[name] ?? '';
      resources[key] = filled;
      said.push(`${missing.sort().join(', ')} ${key.slice(0, -1)} for ${what} ${container.name}`);
    }
    container.resources = resources;
  };
  for (const container of pod.spec?.containers ?? []) fill(container, 'container');
  for (const container of pod.spec?.initContainers ?? []) fill(container, 'init container');
  if (said.length === 0 || pod.metadata === undefined) return;
  const annotations = { ...pod.metadata.annotations };
  annotations[ANNOTATION] = `LimitRanger plugin set: ${said.join('; ')}`;
  pod.metadata.annotations = annotations;
}

function claimProblems(limit: LimitRangeItem, object: KubeObject): readonly string[] {
  if (limit.type !== 'PersistentVolumeClaim') return [];
  const requests = amountsOf(asKind<PersistentVolumeClaim>(object).spec?.resources?.requests);
  const none: Amounts = new Map();
  return [
    ...each(limit.min, (name, bound) => belowMin(limit.type, name, bound, requests, none)),
    ...each(limit.max, (name, bound) => {
      const request = requests.get(name);
      const text = `maximum ${name} usage per ${limit.type} is ${formatQuantity(bound)}`;
      if (request === undefined) return `${text}.  No request is specified`;
      return compareQuantities(request, bound) > 0
        ? `${text}, but request is ${formatQuantity(request)}`
        : undefined;
    }),
  ];
}

function podProblems(limit: LimitRangeItem, object: KubeObject): readonly string[] {
  const spec = asKind<Pod>(object).spec;
  if (spec === undefined) return [];
  if (limit.type === 'Pod')
    return problems(limit, podAmounts(spec, 'requests', false), podAmounts(spec, 'limits', false));
  if (limit.type !== 'Container') return [];
  return [...(spec.containers ?? []), ...(spec.initContainers ?? [])].flatMap(({ resources }) =>
    problems(limit, amountsOf(resources?.requests), amountsOf(resources?.limits)),
  );
}

function problems(limit: LimitRangeItem, requests: Amounts, limits: Amounts): readonly string[] {
  return [
    ...each(limit.min, (name, bound) => belowMin(limit.type, name, bound, requests, limits)),
    ...each(limit.max, (name, bound) => aboveMax(limit.type, name, bound, requests, limits)),
    ...each(limit.maxLimitRequestRatio, (name, bound) =>
      aboveRatio(limit.type, name, bound, requests.get(name), limits.get(name)),
    ),
  ];
}

function each(
  bounds: { readonly [name: string]: string } | undefined,
  check: (name: string, bound: Quantity) => string | undefined,
): readonly string[] {
  return Object.keys(bounds ?? {})
    .sort()
    .flatMap((name) => check(name, parseQuantity(bounds?.[name] ?? '0')) ?? []);
}

function belowMin(type: string, name: string, bound: Quantity, requests: Amounts, limits: Amounts) {
  const text = `minimum ${name} usage per ${type} is ${formatQuantity(bound)}`;
  const request = requests.get(name);
  if (request === undefined) return `${text}.  No request is specified`;
  if (compareQuantities(request, bound) < 0) return `${text}, but request is ${formatQuantity(request)}`;
  const limit = limits.get(name);
  if (limit !== undefined && compareQuantities(limit, bound) < 0)
    return `${text}, but limit is ${formatQuantity(limit)}`;
  return undefined;
}

function aboveMax(type: string, name: string, bound: Quantity, requests: Amounts, limits: Amounts) {
  const text = `maximum ${name} usage per ${type} is ${formatQuantity(bound)}`;
  const limit = limits.get(name);
  if (limit === undefined) return `${text}.  No limit is specified`;
  if (compareQuantities(limit, bound) > 0) return `${text}, but limit is ${formatQuantity(limit)}`;
  const request = requests.get(name);
  if (request !== undefined && compareQuantities(request, bound) > 0)
    return `${text}, but request is ${formatQuantity(request)}`;
  return undefined;
}

function aboveRatio(
  type: string,
  name: string,
  bound: Quantity,
  request: Quantity | undefined,
  limit: Quantity | undefined,
): string | undefined {
  const text = `${name} max limit to request ratio per ${type} is ${formatQuantity(bound)}`;
  if (request === undefined || request.unscaled === 0n)
    return `${text}, but no request is specified or request is 0`;
  if (limit === undefined || limit.unscaled === 0n) return `${text}, but no limit is specified or limit is 0`;
  const ratio = Number(quantityMilliValue(limit)) / Number(quantityMilliValue(request));
  return ratio * 1000 > Number(quantityMilliValue(bound))
    ? `${text}, but provided ratio is ${ratio.toFixed(6)}`
    : undefined;
}
