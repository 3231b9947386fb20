import type { Informer } from '../../kube/informer.ts';
import type { KubeObject } from '../../kube/object.ts';
import type { LabelSelector } from '../../kube/selectors/labels.ts';

const byLabel = 'one label of a namespace';
const byNamespace = 'namespace';

const pairOf = (namespace: string, key: string, value: string) => `${namespace}\n${key}=${value}`;

/** Lets `selectedBy` find objects without looking at all of them. Before the informer starts; again changes nothing. */
export function indexByLabel<T extends KubeObject>(informer: Informer<T>): void {
  informer.addIndex(byLabel, ({ metadata: { namespace = '', labels = {} } }) =>
    Object.entries(labels).map(([key, value]) => pairOf(namespace, key, value)),
  );
  informer.addIndex(byNamespace, ({ metadata }) => [metadata.namespace ?? '']);
}

/** The objects of a namespace whose labels match, by the first label asked for by value. Sorted by name. */
export function selectedBy<T extends KubeObject>(
  informer: Informer<T>,
  namespace: string,
  selector: LabelSelector,
): readonly T[] {
  const one = selector.requirements.find(({ operator }) => operator === '=');
  const candidates =
    one === undefined
      ? informer.byIndex(byNamespace, namespace)
      : informer.byIndex(byLabel, pairOf(namespace, one.key, one.values[0] ?? ''));
  return candidates
    .filter(({ metadata }) => selector.matches(metadata.labels))
    .sort((a, b) => compareText(a.metadata.name, b.metadata.name));
}

/** All objects of a namespace that `indexByLabel` was called for. */
export function inNamespace<T extends KubeObject>(informer: Informer<T>, namespace: string): readonly T[] {
  return informer.byIndex(byNamespace, namespace);
}

export function compareText(a = '', b = ''): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
