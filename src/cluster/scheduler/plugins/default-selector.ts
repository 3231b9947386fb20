import type { Pod, Service } from '../../../kube/api/core-v1.ts';
import {
  type LabelSelector,
  labelSelectorFrom,
  labelSelectorFromSet,
} from '../../../kube/selectors/labels.ts';
import type { Listers } from '../framework/listers.ts';

export type SpreadListers = Pick<
  Listers,
  'services' | 'replicationControllers' | 'replicaSets' | 'statefulSets'
>;

/**
 * The Pods that belong together with this one: what its Services select, and its owner. Undefined: nothing says. Mirrors
 * plugins/helper DefaultSelector.
 */
export function defaultSelector(pod: Pod, listers: SpreadListers): LabelSelector | undefined {
  const namespace = pod.metadata?.namespace ?? '';
  const labels = new Map<string, string>();
  for (const service of listers.services.byIndex('namespace', namespace))
    if (selects(service, pod.metadata?.labels ?? {}))
      for (const [key, value] of Object.entries(service.spec?.selector ?? {})) labels.set(key, value);
  const owner = (pod.metadata?.ownerReferences ?? []).find(({ controller }) => controller === true);
  const ofServices = () => labelSelectorFromSet(Object.fromEntries(labels));
  let selector: LabelSelector = ofServices();
  switch (owner === undefined ? '' : `${owner.apiVersion}/${owner.kind}`) {
    case 'v1/ReplicationController': {
      const set = listers.replicationControllers.get(namespace, owner?.name ?? '')?.spec?.selector ?? {};
      for (const [key, value] of Object.entries(set)) labels.set(key, value);
      selector = ofServices();
      break;
    }
    case 'apps/v1/ReplicaSet': {
      const set = listers.replicaSets.get(namespace, owner?.name ?? '');
      if (set !== undefined) selector = both(selector, labelSelectorFrom(set.spec?.selector));
      break;
    }
    case 'apps/v1/StatefulSet': {
      const set = listers.statefulSets.get(namespace, owner?.name ?? '');
      if (set !== undefined) selector = both(selector, labelSelectorFrom(set.spec?.selector));
      break;
    }
  }
  return selector.empty ? undefined : selector;
}

/** What both select. */
export function both(one: LabelSelector, other: LabelSelector): LabelSelector {
  if (one.empty) return other;
  if (other.empty) return one;
  return {
    requirements: [...one.requirements, ...other.requirements],
    empty: false,
    matches: (labels) => one.matches(labels) && other.matches(labels),
    toString: () => `${one},${other}`,
  };
}

function selects(service: Service, labels: { readonly [key: string]: string }): boolean {
  const selector = service.spec?.selector ?? undefined;
  if (selector === undefined) return false;
  for (const key of Object.keys(selector))
    if (!Object.hasOwn(labels, key) || labels[key] !== selector[key]) return false;
  return true;
}
