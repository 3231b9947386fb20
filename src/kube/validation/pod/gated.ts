import type { NodeAffinity, NodeSelectorTerm, PodSpec } from '../../api/core-v1.ts';
import { type FieldError, type GoText, invalid } from '../../field-error.ts';
import { goSlice, goStringMap, goStrings, goStruct } from '../../go-syntax.ts';
import { sameMeaning } from './semantic.ts';

/**
 * While a Pod waits behind scheduling gates, where it may run can be narrowed. Puts what may have changed back in `allowed`
 * and tells what was widened.
 */
export function allowGatedChanges(allowed: PodSpec, before: PodSpec): FieldError[] {
  const errors: FieldError[] = [];
  if (!sameMeaning(allowed.nodeSelector, before.nodeSelector, 'nodeSelector')) {
    const kept = Object.entries(before.nodeSelector ?? {}).every(
      ([key, value]) => allowed.nodeSelector?.[key] === value,
    );
    if (!kept)
      errors.push(
        invalid(
          'spec.nodeSelector',
          goStringMap(allowed.nodeSelector),
          'only additions to spec.nodeSelector are allowed (no mutations or deletions)',
        ),
      );
    allowed.nodeSelector = before.nodeSelector;
  }
  const old = before.affinity?.nodeAffinity;
  const now = allowed.affinity?.nodeAffinity;
  if (sameMeaning(now, old)) return errors;
  errors.push(...onlyNarrowed(now, old));
  const others = allowed.affinity?.podAffinity ?? allowed.affinity?.podAntiAffinity;
  if (!allowed.affinity) allowed.affinity = old === undefined ? undefined : { nodeAffinity: old };
  else if (!before.affinity && !others) allowed.affinity = undefined;
  else allowed.affinity = { ...allowed.affinity, nodeAffinity: old };
  return errors;
}

const base = 'spec.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms';

function onlyNarrowed(now: NodeAffinity | undefined, old: NodeAffinity | undefined): FieldError[] {
  const before = old?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms ?? [];
  const after = now?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms;
  if (before.length > 0 && before.length !== (after ?? []).length)
    return [
      invalid(
        base,
        goSlice('core.NodeSelectorTerm', after?.map(goTerm)),
        'no additions/deletions to non-empty NodeSelectorTerms list are allowed',
      ),
    ];
  return before.flatMap((term, i) => {
    const next = after?.[i];
    return next !== undefined && onlyAdds(next, term)
      ? []
      : [
          invalid(
            `${base}[${i}]`,
            next === undefined ? undefined : goTerm(next),
            'only additions are allowed (no mutations or deletions)',
          ),
        ];
  });
}

function onlyAdds(after: NodeSelectorTerm, before: NodeSelectorTerm): boolean {
  const keys = ['matchExpressions', 'matchFields'] as const;
  // A term without requirements matches nothing: anything added would widen it.
  if (keys.every((key) => !before[key]?.length)) return keys.every((key) => !after[key]?.length);
  return keys.every((key) => {
    const old = before[key] ?? [];
    return sameMeaning((after[key] ?? []).slice(0, old.length), old);
  });
}

function goTerm(term: NodeSelectorTerm): GoText {
  const requirements = (key: 'matchExpressions' | 'matchFields') =>
    goSlice(
      'core.NodeSelectorRequirement',
      term[key]?.map(({ key: name, operator, values }) =>
        goStruct('core.NodeSelectorRequirement', [
          ['Key', name],
          ['Operator', operator],
          ['Values', goStrings(values)],
        ]),
      ),
    );
  return goStruct('core.NodeSelectorTerm', [
    ['MatchExpressions', requirements('matchExpressions')],
    ['MatchFields', requirements('matchFields')],
  ]);
}
