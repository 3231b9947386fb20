import type { Clock } from '../../../base/clock.ts';
import type { Pod } from '../../../kube/api/core-v1.ts';
import type { Eviction, PodDisruptionBudget } from '../../../kube/api/policy-v1.ts';
import { asKind, cloneJson, type KubeObject } from '../../../kube/object.ts';
import { labelSelectorFrom } from '../../../kube/selectors/labels.ts';
import { badRequest, notFound, plainFailure, StatusError } from '../../../kube/status.ts';
import { formatTime } from '../../../kube/time.ts';
import type { ObjectReader, RequestContext, ResourceApi, SubresourcePlugin } from '../contracts.ts';
import { createdStatus } from './created-status.ts';
import { spendDisruption, stillProcessed } from './disruption.ts';
import { setCondition } from './pod-condition.ts';

const evictionKind = { group: 'policy', version: 'v1', kind: 'Eviction' } as const;
const pods = { group: '', resource: 'pods' } as const;

/** `pods/eviction`: a deletion that asks the PodDisruptionBudget first. Mirrors registry/core/pod/storage/eviction.go. */
export function evictionSubresource(clock: Clock): SubresourcePlugin {
  return {
    group: '',
    resource: 'pods',
    name: 'eviction',
    kind: evictionKind,
    verbs: ['create'],
    async handle(context, api) {
      const eviction = asKind<Eviction>(decodeEviction(context, api));
      const { namespace, name } = context.info;
      if ((eviction.metadata?.name ?? '') !== name)
        throw badRequest('name in URL does not match name in Eviction object');
      await api.admit(context, eviction as unknown as KubeObject, undefined);
      const pod = api.reader.get<KubeObject>('', 'pods', namespace, name);
      if (pod === undefined) throw notFound(pods, name);
      const dryRun = api.isDryRun(context) || (eviction.deleteOptions?.dryRun ?? []).includes('All');
      const guard = canIgnoreBudgets(pod)
        ? undefined
        : await askBudget(api.reader, asKind<Pod>(pod), clock, dryRun);
      await mark(api.reader, pod, clock, dryRun);
      const options = {
        ...(eviction.deleteOptions ?? {}),
        ...(dryRun ? { dryRun: ['All'] } : {}),
      };
      try {
        await api.deleteParent(context, options);
      } catch (error) {
        if (guard !== undefined && error instanceof StatusError && error.status.reason === 'Conflict')
          throw stillProcessed(guard);
        throw error;
      }
      return api.respond(context, 201, createdStatus());
    },
  };
}

/** Both versions of policy are taken here. */
function decodeEviction(context: RequestContext, api: ResourceApi): KubeObject {
  try {
    return api.decode(context, evictionKind);
  } catch (error) {
    if (!(error instanceof StatusError) || !error.message.includes('(policy/v1beta1) does not match'))
      throw error;
    return api.decode(context, { ...evictionKind, version: 'v1beta1' });
  }
}

/** A Pod that has ended, has not begun or is going does not count for any budget. */
function canIgnoreBudgets(object: KubeObject): boolean {
  const phase = asKind<Pod>(object).status?.phase ?? '';
  return (
    ['Succeeded', 'Failed', 'Pending'].includes(phase) || object.metadata.deletionTimestamp !== undefined
  );
}

/** Spends one allowed disruption. Answers the budget's name when the Pod must not have become ready since. */
async function askBudget(
  reader: ObjectReader,
  pod: Pod,
  clock: Clock,
  dryRun: boolean,
): Promise<string | undefined> {
  const { name: podName = '', namespace = '', labels = {} } = pod.metadata ?? {};
  const budgets = reader
    .list<KubeObject>('policy', 'poddisruptionbudgets', namespace)
    .filter((budget) => selects(asKind<PodDisruptionBudget>(budget), labels));
  if (budgets.length > 1)
    throw plainFailure(
      'This pod has more than one PodDisruptionBudget, which the eviction subresource does not support.',
    );
  const found = budgets[0];
  if (found === undefined) return undefined;
  const name = found.metadata.name ?? '';
  if (!isReady(pod) && lets(asKind<PodDisruptionBudget>(found))) return name;
  const spend = (draft: KubeObject): KubeObject => {
    spendDisruption(asKind<PodDisruptionBudget>(draft), podName, formatTime(clock.now()));
    return draft;
  };
  if (dryRun) spend(cloneJson(found));
  else await reader.update('policy', 'poddisruptionbudgets', namespace, name, spend);
  return undefined;
}

function selects({ spec }: PodDisruptionBudget, labels: { readonly [key: string]: string }): boolean {
  try {
    const selector = labelSelectorFrom(spec?.selector);
    return !selector.empty && selector.matches(labels);
  } catch {
    // A selector that cannot be read selects nothing.
    return false;
  }
}

function isReady({ status }: Pod): boolean {
  return status?.conditions?.some((one) => one.type === 'Ready' && one.status === 'True') === true;
}

/** Whether an unready Pod may go without counting: always, or while enough others are healthy. */
function lets({ spec, status }: PodDisruptionBudget): boolean {
  if (spec?.unhealthyPodEvictionPolicy === 'AlwaysAllow') return true;
  const { currentHealthy = 0, desiredHealthy = 0 } = status ?? {};
  return currentHealthy >= desiredHealthy && desiredHealthy > 0;
}

async function mark(reader: ObjectReader, pod: KubeObject, clock: Clock, dryRun: boolean): Promise<void> {
  if (dryRun) return;
  const { name = '', namespace = '' } = pod.metadata;
  const reason = 'EvictionByEvictionAPI';
  const message = 'Eviction API: evicting';
  await reader.update<KubeObject>('', 'pods', namespace, name, (draft) => {
    const condition = { type: 'DisruptionTarget', status: 'True', reason, message };
    setCondition(asKind<Pod>(draft), condition, formatTime(clock.now()));
    return draft;
  });
}
