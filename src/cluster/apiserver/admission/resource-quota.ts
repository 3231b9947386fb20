import type { Clock } from '../../../base/clock.ts';
import type { Pod, ResourceQuota } from '../../../kube/api/core-v1.ts';
import { asKind, type KubeObject } from '../../../kube/object.ts';
import {
  addQuantities,
  compareQuantities,
  formatQuantity,
  parseQuantity,
  quantitySign,
  subtractQuantities,
} from '../../../kube/quantity.ts';
import { type Amounts, amountsOf, type ResourceTexts } from '../../../kube/quota/pod-resources.ts';
import {
  containerUsage,
  isQuotaIgnored,
  matchesQuotaScopes,
  quotaNamesFor,
  quotaUsage,
} from '../../../kube/quota/usage.ts';
import type { AdmissionPlugin, AdmissionRequest } from '../contracts.ts';
import { refusal } from './attributes.ts';

/** What every container must say when a quota counts it. */
const REQUIRED = new Set(['cpu', 'memory', 'requests.cpu', 'requests.memory', 'limits.cpu', 'limits.memory']);

/**
 * Nothing beyond the namespace's quotas. What is taken is written into the quota before the object is, with
 * compare-and-set, so that writers at the same time never exceed it together; should the object fail afterwards, the
 * controller counts anew. Mirrors apiserver/pkg/admission/plugin/resourcequota.
 */
export function resourceQuota(clock: Clock): AdmissionPlugin {
  return {
    name: 'ResourceQuota',
    async validate(request, reader) {
      const { object, namespace } = request;
      if (object === undefined || namespace === '' || !isCounted(request)) return;
      const quotas = reader.list<KubeObject>('', 'resourcequotas', namespace);
      if (quotas.length === 0) return;
      const pertinent = quotas
        .map((quota) => asKind<ResourceQuota>(quota))
        .filter((quota) => concerns(request, quota, object));
      if (pertinent.length === 0) return;
      for (const quota of pertinent) checkConstraints(request, quota, object);
      const delta = deltaOf(request, object, clock.now());
      if (delta.size === 0) return;
      for (const quota of pertinent) take(request, quota, delta);
      if (request.dryRun) return;
      for (const quota of pertinent) {
        const name = quota.metadata?.name ?? '';
        if (quotaNames(request, quota).every((known) => !delta.has(known))) continue;
        await reader.update<KubeObject>('', 'resourcequotas', namespace, name, (draft) => {
          const current = asKind<ResourceQuota>(draft);
          const used = take(request, current, delta);
          current.status = { ...current.status, used };
          return draft;
        });
      }
    },
  };
}

function isCounted({ operation, info }: AdmissionRequest): boolean {
  if (operation !== 'CREATE' && operation !== 'UPDATE') return false;
  if (isQuotaIgnored(info.group, info.resource) || info.group === 'authorization.k8s.io') return false;
  if (info.group === '' && info.resource === 'namespaces') return false;
  if (info.group === '' && info.resource === 'pods' && info.subresource === 'resize')
    return operation === 'UPDATE';
  if (info.subresource !== '') return false;
  // Others never change what they count by.
  if (operation === 'UPDATE')
    return info.group === '' && (info.resource === 'services' || info.resource === 'persistentvolumeclaims');
  return true;
}

function quotaNames({ info }: AdmissionRequest, { status }: ResourceQuota): readonly string[] {
  return quotaNamesFor(info.group, info.resource, Object.keys(status?.hard ?? {}));
}

function concerns(request: AdmissionRequest, quota: ResourceQuota, object: KubeObject): boolean {
  return (
    quotaNames(request, quota).length > 0 &&
    matchesQuotaScopes(quota, request.info.group, request.info.resource, object)
  );
}

function checkConstraints(request: AdmissionRequest, quota: ResourceQuota, object: KubeObject): void {
  const names = quotaNames(request, quota);
  const name = quota.metadata?.name ?? '';
  if (request.info.group === '' && request.info.resource === 'pods') {
    const missing = unsaid(
      asKind<Pod>(object),
      names.filter((known) => REQUIRED.has(known)),
    );
    if (missing !== '') throw refusal(request, `failed quota: ${name}: must specify ${missing}`);
  }
  const used = quota.status?.used ?? {};
  if (names.some((known) => !Object.hasOwn(used, known)))
    throw refusal(request, `status unknown for quota: ${name}, resources: ${[...names].sort().join(',')}`);
}

/** `limits.memory for: a,b; requests.cpu for: a` */
function unsaid(pod: Pod, required: readonly string[]): string {
  const containers = [...(pod.spec?.containers ?? []), ...(pod.spec?.initContainers ?? [])].map(
    ({ name, resources }) => ({
      name,
      said: containerUsage(amountsOf(resources?.requests), amountsOf(resources?.limits)),
    }),
  );
  return [...required]
    .sort()
    .flatMap((resource) => {
      const silent = new Set(containers.filter(({ said }) => !said.has(resource)).map(({ name }) => name));
      return silent.size === 0 ? [] : [`${resource} for: ${[...silent].sort().join(',')}`];
    })
    .join('; ');
}

/** What the write adds; what it gives back is left to the controller. */
function deltaOf(request: AdmissionRequest, object: KubeObject, now: number): Amounts {
  const { group, resource } = request.info;
  const usage = quotaUsage(group, resource, object, now);
  const negative = [...usage].filter(([, amount]) => quantitySign(amount) < 0).map(([name]) => name);
  if (negative.length > 0)
    throw refusal(request, `quota usage is negative for resource(s): ${negative.sort().join(',')}`);
  if (request.operation === 'UPDATE' && request.oldObject !== undefined)
    for (const [name, before] of quotaUsage(group, resource, request.oldObject, now)) {
      const after = usage.get(name);
      if (after !== undefined) usage.set(name, subtractQuantities(after, before));
    }
  for (const [name, amount] of usage) if (quantitySign(amount) <= 0) usage.delete(name);
  return usage;
}

/** The quota's `used` with the delta. Throws when that is too much. */
function take(request: AdmissionRequest, quota: ResourceQuota, delta: Amounts): { [name: string]: string } {
  const hard = quota.status?.hard ?? {};
  const used = { ...quota.status?.used };
  const exceeded: string[] = [];
  const before = quota.status?.used;
  for (const [name, amount] of delta) {
    const limit = Object.hasOwn(hard, name) ? hard[name] : undefined;
    if (limit === undefined) continue;
    const now = addQuantities(parseQuantity(textIn(before, name)), amount);
    if (compareQuantities(now, parseQuantity(limit)) > 0) exceeded.push(name);
    used[name] = formatQuantity(now);
  }
  if (exceeded.length === 0) return used;
  exceeded.sort();
  const list = (amountOf: (name: string) => string) =>
    exceeded.map((name) => `${name}=${amountOf(name)}`).join(',');
  const requested = list((name) => formatQuantity(delta.get(name) ?? parseQuantity('0')));
  throw refusal(
    request,
    `exceeded quota: ${quota.metadata?.name ?? ''}, requested: ${requested}, used: ${list((name) => textIn(before, name))}, limited: ${list((name) => textIn(hard, name))}`,
  );
}

function textIn(amounts: ResourceTexts, name: string): string {
  return (amounts !== undefined && Object.hasOwn(amounts, name) ? amounts[name] : undefined) ?? '0';
}
