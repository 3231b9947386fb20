import type {
  CustomResourceDefinition,
  CustomResourceDefinitionCondition,
  CustomResourceDefinitionNames,
  CustomResourceDefinitionStatus,
} from '../api/apiextensions-v1.ts';
import { goQuote } from '../field-error.ts';
import { equalJson } from '../object.ts';

/**
 * What the naming and establishing controllers make of a definition: accepted names and conditions. `others`: the
 * definitions of the same group, this one left out. `now`: RFC 3339. Undefined when nothing is to be written.
 * Mirrors controller/status/naming_controller.go and controller/establish.
 */
export function establish(
  crd: CustomResourceDefinition,
  others: readonly CustomResourceDefinition[],
  now: string,
): CustomResourceDefinitionStatus | undefined {
  const wanted = crd.spec.names;
  const before = crd.status?.acceptedNames ?? { plural: '', kind: '' };
  const resources = new Set<string>();
  const kinds = new Set<string>();
  for (const other of others) {
    const { plural, singular, shortNames, kind, listKind } = other.status?.acceptedNames ?? {};
    for (const name of [plural, singular, ...(shortNames ?? [])]) if (name) resources.add(name);
    for (const name of [kind, listKind]) if (name) kinds.add(name);
  }
  const accepted: CustomResourceDefinitionNames = { ...before };
  let conflict: { reason: string; message: string } | undefined;
  const take = (
    key: 'plural' | 'singular' | 'kind' | 'listKind',
    used: ReadonlySet<string>,
    reason: string,
  ) => {
    const name = wanted[key];
    if (name !== undefined && name !== before[key] && used.has(name))
      conflict = { reason, message: `${goQuote(name)} is already in use` };
    else if (name !== undefined) accepted[key] = name;
  };
  take('plural', resources, 'PluralConflict');
  take('singular', resources, 'SingularConflict');
  const shortNames = wanted.shortNames ?? [];
  const clash = shortNames.filter((name) => !(before.shortNames ?? []).includes(name) && resources.has(name));
  if (clash.length > 0) {
    const texts = clash.map((name) => `${goQuote(name)} is already in use`);
    conflict = {
      reason: 'ShortNamesConflict',
      message: texts.length === 1 ? (texts[0] ?? '') : `[${texts.join(', ')}]`,
    };
  } else if (shortNames.length > 0) accepted.shortNames = shortNames;
  else delete accepted.shortNames;
  take('kind', kinds, 'KindConflict');
  take('listKind', kinds, 'ListKindConflict');
  if (wanted.categories?.length) accepted.categories = wanted.categories;
  else delete accepted.categories;

  const conditions = [...(crd.status?.conditions ?? [])];
  const ok = conflict === undefined;
  set(
    conditions,
    {
      type: 'NamesAccepted',
      status: ok ? 'True' : 'False',
      reason: conflict?.reason ?? 'NoConflicts',
      message: conflict?.message ?? 'no conflicts found',
    },
    now,
  );
  const established = conditions.find(({ type }) => type === 'Established');
  if (established?.status !== 'True')
    set(
      conditions,
      ok
        ? {
            type: 'Established',
            status: 'True',
            reason: 'InitialNamesAccepted',
            message: 'the initial names have been accepted',
          }
        : {
            type: 'Established',
            status: 'False',
            reason: 'NotAccepted',
            message: 'not all names are accepted',
          },
      now,
    );
  const status: CustomResourceDefinitionStatus = {
    ...crd.status,
    conditions,
    acceptedNames: accepted,
    storedVersions: crd.status?.storedVersions ?? [],
  };
  return equalJson(status, crd.status) ? undefined : status;
}

export function isEstablished(crd: CustomResourceDefinition): boolean {
  return (crd.status?.conditions ?? []).some(
    ({ type, status }) => type === 'Established' && status === 'True',
  );
}

/** Replaces the condition of its type; the time moves with the status only. */
function set(
  conditions: CustomResourceDefinitionCondition[],
  next: CustomResourceDefinitionCondition,
  now: string,
): void {
  const at = conditions.findIndex(({ type }) => type === next.type);
  const old = conditions[at];
  const since = old !== undefined && old.status === next.status ? (old.lastTransitionTime ?? now) : now;
  const condition: CustomResourceDefinitionCondition = {
    type: next.type,
    status: next.status,
    lastTransitionTime: since,
    reason: next.reason,
    message: next.message,
  };
  if (at < 0) conditions.push(condition);
  else conditions[at] = condition;
}
