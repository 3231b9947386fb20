import { type Informer, keyOf } from '../../kube/informer.ts';
import { labelSelectorFromSet } from '../../kube/selectors/labels.ts';
import { endpointsDiffer, type LiveService } from './endpoint-pod.ts';
import type { Pod } from './pods/pod-state.ts';

const byFirstPair = 'first label of the selector';

/** Lets `servicesOf` find the Services of a Pod without looking at all of them. Before the informer starts. */
export function indexBySelector(services: Informer<LiveService>): void {
  services.addIndex(byFirstPair, ({ metadata, spec }) => {
    const first = Object.entries(spec?.selector ?? {})[0];
    return first === undefined ? [] : [`${metadata.namespace ?? ''}\n${first[0]}=${first[1]}`];
  });
}

/** Keys of the Services whose selector takes the Pod. */
function servicesOf(services: Informer<LiveService>, { metadata }: Pod): readonly string[] {
  const { namespace = '', labels = {} } = metadata;
  return Object.entries(labels).flatMap(([key, value]) =>
    services
      .byIndex(byFirstPair, `${namespace}\n${key}=${value}`)
      .filter(({ spec }) => labelSelectorFromSet(spec?.selector).matches(labels))
      .map(({ metadata: { name = '' } }) => keyOf(namespace, name)),
  );
}

/** Tells of every Service whose endpoints a change of a Pod may concern. Mirrors GetServicesToUpdateOnPodChange. */
export function onEndpointChange(
  pods: Informer<Pod>,
  services: Informer<LiveService>,
  changed: (serviceKey: string) => void,
): void {
  pods.onChange((after, before) => {
    if (after !== undefined && before !== undefined && !endpointsDiffer(after, before)) return;
    const keys = new Set<string>();
    for (const pod of [before, after])
      if (pod !== undefined) for (const key of servicesOf(services, pod)) keys.add(key);
    for (const key of keys) changed(key);
  });
}
