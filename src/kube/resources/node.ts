import type { Node, NodeSpec, Taint } from '../api/core-v1.ts';
import { roundToMilli } from '../defaults/resources.ts';
import { duplicate, type FieldError, forbiddenField, GoText, goQuote, invalid } from '../field-error.ts';
import { goStrings, goStruct } from '../go-syntax.ts';
import { isValidCIDR, parseCIDR } from '../ip.ts';
import { isValidLabelValue } from '../names.ts';
import { asKind, equalJson } from '../object.ts';
import { nodeTable } from '../printers/node.ts';
import { parseQuantity } from '../quantity.ts';
import { validateLabelName } from '../validation/metadata.ts';
import { oneOf } from '../validation/pod/report.ts';
import { validateResourceQuantity } from '../validation/pod/resources.ts';
import { taintEffects } from '../validation/pod/scheduling.ts';
import type { ResourceDefinition } from './definition.ts';
import { keepSpec, keepStatus } from './workload.ts';

/** One range and the list of ranges say the same; the single one wins. Mirrors the conversion of NodeSpec. */
function alignPodCidrs(spec: NodeSpec): void {
  const first = spec.podCIDRs?.[0];
  if (spec.podCIDR && first !== spec.podCIDR) spec.podCIDRs = [spec.podCIDR];
  else if (first !== undefined) spec.podCIDR = first;
}

function goTaint({ key = '', value = '', effect = '', timeAdded }: Taint): GoText {
  return goStruct('core.Taint', [
    ['Key', key],
    ['Value', value],
    ['Effect', effect],
    ['TimeAdded', new GoText(timeAdded === undefined ? '<nil>' : goQuote(timeAdded))],
  ]);
}

/** Upstream looks for them in the metadata, by mistake. */
function validateTaints(taints: readonly Taint[] | undefined): FieldError[] {
  const errors: FieldError[] = [];
  const seen = new Set<string>();
  for (const [i, taint] of (taints ?? []).entries()) {
    const field = `metadata.taints[${i}]`;
    const { key = '', value = '', effect = '' } = taint;
    errors.push(...validateLabelName(key, `${field}.key`));
    const problems = isValidLabelValue(value);
    if (problems.length > 0) errors.push(invalid(`${field}.value`, value, problems.join(';')));
    errors.push(...oneOf(`${field}.effect`, effect, taintEffects));
    const pair = `${effect} ${key}`;
    if (seen.has(pair)) {
      const again = duplicate(field, goTaint(taint));
      errors.push({ ...again, body: `${again.body}: taints must be unique by key and effect pair` });
    }
    seen.add(pair);
  }
  return errors;
}

function validateResources({ status }: Node): FieldError[] {
  return (['capacity', 'allocatable'] as const).flatMap((list) =>
    Object.entries(status?.[list] ?? {}).flatMap(([name, text]) =>
      validateResourceQuantity(name, parseQuantity(text), `status.${list}.${name}`),
    ),
  );
}

function validatePodCidrs(ranges: readonly string[] | undefined): FieldError[] {
  const list = ranges ?? [];
  const errors = list.flatMap((range, i) => isValidCIDR(`spec.podCIDRs[${i}]`, range));
  if (list.length < 2) return errors;
  const families = new Set(list.map((range) => parseCIDR(range)?.address.family));
  if (families.size < 2 || list.length > 2)
    errors.push(
      invalid('spec.podCIDRs', goStrings(list), 'may specify no more than one CIDR for each IP family'),
    );
  for (const [i, range] of list.entries())
    if (list.indexOf(range) < i) errors.push(duplicate(`spec.podCIDRs[${i}]`, range));
  return errors;
}

/** Mirrors ValidateNode. */
function validateNode(node: Node): FieldError[] {
  return [
    ...validateTaints(node.spec?.taints),
    ...validateResources(node),
    ...validatePodCidrs(node.spec?.podCIDRs),
  ];
}

/** Mirrors ValidateNodeUpdate. */
function validateNodeUpdate(node: Node, old: Node): FieldError[] {
  const errors = validateResources(node);
  const seen = new Set<string>();
  for (const [i, { type = '', address = '' }] of (node.status?.addresses ?? []).entries()) {
    const pair = `${type} ${address}`;
    if (seen.has(pair)) {
      const shown = goStruct('core.NodeAddress', [
        ['Type', type],
        ['Address', address],
      ]);
      errors.push(duplicate(`status.addresses[${i}]`, shown));
    }
    seen.add(pair);
  }
  const ranges = node.spec?.podCIDRs ?? [];
  const before = old.spec?.podCIDRs ?? [];
  const moved = forbiddenField(
    'spec.podCIDRs',
    'node updates may not change podCIDR except from "" to valid',
  );
  if (before.length > 0) {
    if (before.length !== ranges.length) errors.push(moved);
    else for (const [i, range] of before.entries()) if (range !== ranges[i]) errors.push(moved);
  }
  if (old.spec?.providerID && old.spec.providerID !== node.spec?.providerID)
    errors.push(
      forbiddenField('spec.providerID', 'node updates may not change providerID except from "" to valid'),
    );
  errors.push(...validateTaints(node.spec?.taints));
  if (!equalJson(node.spec?.externalID ?? '', old.spec?.externalID ?? ''))
    errors.push(forbiddenField('spec.externalID', 'may not be updated'));
  return errors;
}

/** Mirrors pkg/registry/core/node/strategy.go. The status given on creation is kept: kubelets bring theirs along. */
export const node: ResourceDefinition = {
  group: '',
  version: 'v1',
  kind: 'Node',
  plural: 'nodes',
  namespaced: false,
  shortNames: ['no'],

  defaults(draft) {
    const { spec, status } = asKind<Node>(draft);
    if (spec) alignPodCidrs(spec);
    if (!status) return;
    roundToMilli(status.capacity);
    roundToMilli(status.allocatable);
    if (status.capacity && !status.allocatable) status.allocatable = { ...status.capacity };
  },
  prepareForUpdate: keepStatus,
  validate: (object) => validateNode(asKind<Node>(object)),
  validateUpdate(object, old) {
    const updated = asKind<Node>(object);
    return [...validateNode(updated), ...validateNodeUpdate(updated, asKind<Node>(old))];
  },
  warnings(object) {
    const { spec } = asKind<Node>(object);
    const warnings: string[] = [];
    if (spec?.configSource) warnings.push('spec.configSource: the feature is no longer supported');
    if (spec?.externalID)
      warnings.push('spec.externalID: this field is deprecated, and is unused by Kubernetes');
    return warnings;
  },
  subresources: {
    status: {
      prepareForUpdate: keepSpec,
      validateUpdate: (object, old) => validateNodeUpdate(asKind<Node>(object), asKind<Node>(old)),
    },
  },
  selectablePaths: ['spec.unschedulable'],
  selectableFields: (object) => ({
    'spec.unschedulable': String(asKind<Node>(object).spec?.unschedulable ?? false),
  }),
  table: nodeTable,
};
