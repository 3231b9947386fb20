import type { ResourceQuota, ResourceQuotaSpec } from '../api/core-v1.ts';
import { type FieldError, invalid, required } from '../field-error.ts';
import { goPointer, goSlice, goStrings, goStruct } from '../go-syntax.ts';
import { parseQuantity } from '../quantity.ts';
import { immutableMessage } from './messages.ts';
import { validateResourceQuantity } from './pod/resources.ts';
import { isStandardQuotaName, validateQuotaResourceName } from './resource-names.ts';

const scopes = [
  'Terminating',
  'NotTerminating',
  'BestEffort',
  'NotBestEffort',
  'PriorityClass',
  'CrossNamespacePodAffinity',
];
const scopesThatExist = scopes.filter((scope) => scope !== 'PriorityClass');
const ofPods = new Set([
  'pods',
  'cpu',
  'memory',
  'limits.cpu',
  'limits.memory',
  'requests.cpu',
  'requests.memory',
]);
const opposites = [
  ['BestEffort', 'NotBestEffort'],
  ['Terminating', 'NotTerminating'],
] as const;

function validateAmounts(amounts: { readonly [name: string]: string } | undefined, at: string): FieldError[] {
  return Object.keys(amounts ?? {})
    .sort()
    .flatMap((name) => [
      ...validateQuotaResourceName(name, `${at}[${name}]`),
      ...validateResourceQuantity(name, parseQuantity(amounts?.[name] ?? '0'), `${at}[${name}]`),
    ]);
}

function suits(scope: string, resource: string): boolean {
  if (scope === 'BestEffort') return resource === 'pods';
  return !scopes.includes(scope) || ofPods.has(resource);
}

/** Mirrors ValidateResourceQuotaSpec. */
export function validateQuotaSpec({ spec = {} }: ResourceQuota): FieldError[] {
  return [
    ...validateAmounts(spec.hard, 'spec.hard'),
    ...validateScopes(spec),
    ...validateScopeSelector(spec),
  ];
}

/** The amounts of `status`, which controllers write. Mirrors ValidateResourceQuotaStatusUpdate. */
export function validateQuotaStatus({ status }: ResourceQuota): FieldError[] {
  return [...validateAmounts(status?.hard, 'status.hard'), ...validateAmounts(status?.used, 'status.used')];
}

const goScopes = (list: readonly string[] | undefined) => goStrings(list, 'core.ResourceQuotaScope');
const hardNames = (spec: ResourceQuotaSpec) => Object.keys(spec.hard ?? {}).sort();

function validateScopes(spec: ResourceQuotaSpec): FieldError[] {
  const list = spec.scopes ?? [];
  const wrong = (detail: string) => invalid('spec.scopes', goScopes(spec.scopes), detail);
  const errors = list.flatMap((scope) => [
    ...(scopes.includes(scope) ? [] : [wrong('unsupported scope')]),
    ...hardNames(spec)
      .filter((name) => isStandardQuotaName(name) && !suits(scope, name))
      .map(() => wrong('unsupported scope applied to resource')),
  ]);
  for (const pair of opposites)
    if (pair.every((scope) => list.includes(scope))) errors.push(wrong('conflicting scopes'));
  return errors;
}

function validateScopeSelector(spec: ResourceQuotaSpec): FieldError[] {
  const at = 'spec.scopeSelector.matchExpressions';
  const expressions = spec.scopeSelector?.matchExpressions ?? [];
  const errors: FieldError[] = [];
  for (const { scopeName = '', operator = '', values } of expressions) {
    if (!scopes.includes(scopeName)) errors.push(invalid(`${at}.scopeName`, scopeName, 'unsupported scope'));
    for (const name of hardNames(spec))
      if (isStandardQuotaName(name) && !suits(scopeName, name))
        errors.push(invalid(at, goScopeSelector(spec), 'unsupported scope applied to resource'));
    if (scopesThatExist.includes(scopeName) && operator !== 'Exists')
      errors.push(
        invalid(
          `${at}.operator`,
          operator,
          "must be 'Exists' when scope is any of ResourceQuotaScopeTerminating, ResourceQuotaScopeNotTerminating, ResourceQuotaScopeBestEffort, ResourceQuotaScopeNotBestEffort or ResourceQuotaScopeCrossNamespacePodAffinity",
        ),
      );
    if (operator === 'In' || operator === 'NotIn') {
      if (!values?.length)
        errors.push(
          required(
            `${at}.values`,
            "must be at least one value when `operator` is 'In' or 'NotIn' for scope selector",
          ),
        );
    } else if (operator === 'Exists' || operator === 'DoesNotExist') {
      if (values?.length)
        errors.push(
          invalid(
            `${at}.values`,
            goStrings(values),
            "must be no value when `operator` is 'Exist' or 'DoesNotExist' for scope selector",
          ),
        );
    } else errors.push(invalid(`${at}.operator`, operator, 'not a valid selector operator'));
  }
  const names = expressions.map(({ scopeName }) => scopeName);
  for (const pair of opposites)
    if (pair.every((scope) => names.includes(scope)))
      errors.push(invalid(at, goScopes(spec.scopes), 'conflicting scopes'));
  return errors;
}

function goScopeSelector(spec: ResourceQuotaSpec) {
  if (spec.scopeSelector === undefined) return goPointer('core.ScopeSelector', false);
  return goStruct('core.ScopeSelector', [
    [
      'MatchExpressions',
      goSlice(
        'core.ScopedResourceSelectorRequirement',
        spec.scopeSelector.matchExpressions?.map(({ scopeName, operator, values }) =>
          goStruct('core.ScopedResourceSelectorRequirement', [
            ['ScopeName', scopeName ?? ''],
            ['Operator', operator ?? ''],
            ['Values', goStrings(values)],
          ]),
        ),
      ),
    ],
  ]);
}

/** Mirrors ValidateResourceQuotaUpdate: what a quota watches cannot change. */
export function validateQuotaUpdate(quota: ResourceQuota, old: ResourceQuota): FieldError[] {
  const errors = validateQuotaSpec(quota);
  const now = new Set(quota.spec?.scopes ?? []);
  const then = new Set(old.spec?.scopes ?? []);
  if (now.size !== then.size || [...now].some((scope) => !then.has(scope)))
    errors.push(invalid('spec.scopes', goScopes(quota.spec?.scopes), immutableMessage));
  return errors;
}
