import type { Namespace } from '../../../kube/api/core-v1.ts';
import { labelSelectorFrom } from '../../../kube/selectors/labels.ts';
import type { Lister } from '../framework/listers.ts';
import type { AffinityTerm } from '../framework/pod-info.ts';

const nobody = labelSelectorFrom(undefined);

/** With the names of the namespaces that each term selects. Mirrors mergeAffinityTermNamespacesIfNotEmpty. */
export function spellNamespaces<T extends AffinityTerm>(
  terms: readonly T[],
  namespaces: Lister<Namespace>,
): readonly T[] {
  return terms.map((term) => {
    const { namespaceSelector } = term;
    // Everything needs no names; nothing has none to give.
    if (namespaceSelector.empty || namespaceSelector.requirements.length === 0) return term;
    const names = new Set(term.namespaces);
    for (const { metadata } of namespaces.list())
      if (namespaceSelector.matches(metadata?.labels)) names.add(metadata?.name ?? '');
    return { ...term, namespaces: names, namespaceSelector: nobody };
  });
}
