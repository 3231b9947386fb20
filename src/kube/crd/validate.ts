import type {
  CustomResourceDefinition,
  CustomResourceDefinitionNames,
  CustomResourceDefinitionSpec,
  CustomResourceDefinitionVersion,
  JSONSchemaProps,
} from '../api/apiextensions-v1.ts';
import {
  type FieldError,
  forbiddenField,
  GoText,
  goQuote,
  invalid,
  notSupported,
  required,
} from '../field-error.ts';
import { goPointer, goStrings } from '../go-syntax.ts';
import { isDNS1035Label, isDNS1123Subdomain, utf8Length } from '../names.ts';
import { equalJson } from '../object.ts';
import { immutableMessage } from '../validation/messages.ts';
import { validateDefault } from './instance.ts';
import { validateOpenApiSchema } from './open-api-schema.ts';
import { validateStructural } from './structural.ts';
import { additionalOf, itemsOf } from './structure.ts';
import { validateColumn, validateSelectable, validateSubresources } from './version-parts.ts';

const approval = 'api-approved.kubernetes.io';

/**
 * Upstream keeps what all versions have in common at the top and names it there: `spec.validation`, `spec.subresources`,
 * `spec.additionalPrinterColumns`.
 */
function isShared(
  versions: readonly CustomResourceDefinitionVersion[],
  key: keyof CustomResourceDefinitionVersion,
): boolean {
  return versions.every((version) => equalJson(version[key], versions[0]?.[key]));
}

/** Mirrors ValidateCustomResourceDefinition of apiextensions' validation. */
export function validateDefinition(crd: CustomResourceDefinition): FieldError[] {
  const errors: FieldError[] = [];
  const { spec } = crd;
  const name = crd.metadata?.name ?? '';
  if (name !== `${spec.names?.plural ?? ''}.${spec.group ?? ''}`)
    errors.push(invalid('metadata.name', name, 'must be spec.names.plural+"."+spec.group'));
  return [...errors, ...validateSpec(spec), ...validateStored(crd), ...validateApproval(crd)];
}

export function validateDefinitionUpdate(
  crd: CustomResourceDefinition,
  old: CustomResourceDefinition,
): FieldError[] {
  const errors = validateSpec(crd.spec);
  const same = (field: string, now: string | undefined, then: string | undefined) => {
    if ((now ?? '') !== (then ?? '')) errors.push(invalid(field, now ?? '', immutableMessage));
  };
  const established = (old.status?.conditions ?? []).some(
    ({ type, status }) => type === 'Established' && status === 'True',
  );
  if (established) {
    same('spec.scope', crd.spec.scope, old.spec.scope);
    same('spec.names.kind', crd.spec.names.kind, old.spec.names.kind);
  }
  same('spec.group', crd.spec.group, old.spec.group);
  same('spec.names.plural', crd.spec.names.plural, old.spec.names.plural);
  return [...errors, ...validateStored(crd), ...validateApproval(crd)];
}

function validateStored({ spec, status }: CustomResourceDefinition): FieldError[] {
  const field = 'status.storedVersions';
  const stored = status?.storedVersions ?? [];
  if (stored.length === 0)
    return [invalid(field, new GoText('[]string(nil)'), 'must have at least one stored version')];
  const names = spec.versions.map((version) => version.name);
  return [
    ...spec.versions
      .filter((version) => version.storage && !stored.includes(version.name))
      .map((version) => invalid(field, goStrings(stored), `must have the storage version ${version.name}`)),
    ...stored.flatMap((version, i) =>
      names.includes(version) ? [] : [invalid(`${field}[${i}]`, version, 'must appear in spec.versions')],
    ),
  ];
}

function validateApproval({ metadata, spec }: CustomResourceDefinition): FieldError[] {
  if (!/(?:^|\.)(?:k8s|kubernetes)\.io$/.test(spec.group ?? '')) return [];
  const field = `metadata.annotations[${approval}]`;
  const value = metadata?.annotations?.[approval];
  const see = 'see https://github.com/kubernetes/enhancements/pull/1111';
  if (!value)
    return [required(field, `protected groups must have approval annotation "${approval}", ${see}`)];
  if (value.startsWith('unapproved') || /^https?:\/\/[^/\s]+\S*$/.test(value)) return [];
  return [
    invalid(
      field,
      value,
      `protected groups must have approval annotation "${approval}" with either a URL or a reason starting with "unapproved", ${see}`,
    ),
  ];
}

function validateSpec(spec: CustomResourceDefinitionSpec): FieldError[] {
  const errors: FieldError[] = [];
  const { group = '', scope = '', names, versions = [] } = spec;
  const groupMessages = group === '' ? [] : isDNS1123Subdomain(group);
  if (group === '') errors.push(required('spec.group'));
  else if (groupMessages.length > 0) errors.push(invalid('spec.group', group, groupMessages.join(',')));
  else if (!group.includes('.'))
    errors.push(invalid('spec.group', group, 'should be a domain with at least one dot'));
  const scopes = ['Cluster', 'Namespaced'];
  if (scope === '') errors.push(required('spec.scope'));
  else if (!scopes.includes(scope)) errors.push(notSupported('spec.scope', scope, scopes));
  for (const [i, { schema }] of versions.entries())
    if (schema?.openAPIV3Schema === undefined)
      errors.push(required(`spec.versions[${i}].schema.openAPIV3Schema`, 'schemas are required'));
  if (spec.preserveUnknownFields === true)
    errors.push(
      invalid(
        'spec.preserveUnknownFields',
        true,
        'cannot set to true, set x-kubernetes-preserve-unknown-fields to true in spec.versions[*].schema instead',
      ),
    );
  const shared = {
    schema: isShared(versions, 'schema'),
    subresources: isShared(versions, 'subresources'),
    columns: isShared(versions, 'additionalPrinterColumns'),
    selectable: isShared(versions, 'selectableFields'),
  };
  for (const [i, version] of versions.entries())
    errors.push(...validateVersion(version, `spec.versions[${i}]`, shared));
  if (new Set(versions.map(({ name }) => name)).size !== versions.length)
    errors.push(invalid('spec.versions', goVersions(spec), 'must contain unique version names'));
  if (versions.filter(({ storage }) => storage === true).length !== 1)
    errors.push(
      invalid('spec.versions', goVersions(spec), 'must have exactly one version marked as storage version'),
    );
  const first = versions[0];
  if (first?.name) {
    const messages = isDNS1035Label(first.name);
    if (messages.length > 0) errors.push(invalid('spec.version', first.name, messages.join(',')));
  }
  for (const key of ['plural', 'singular', 'kind', 'listKind'] as const)
    if (!names?.[key]) errors.push(required(`spec.names.${key}`));
  errors.push(...validateNames(names ?? { plural: '', kind: '' }, 'spec.names'));
  if (first !== undefined) {
    if (shared.schema)
      errors.push(...validateSchema(first.schema?.openAPIV3Schema, 'spec.validation.openAPIV3Schema'));
    if (shared.subresources) errors.push(...validateSubresources(first.subresources, 'spec.subresources'));
    if (shared.columns)
      for (const [i, column] of (first.additionalPrinterColumns ?? []).entries())
        errors.push(...validateColumn(column, `spec.additionalPrinterColumns[${i}]`));
    if (shared.selectable) errors.push(...validateSelectable(first, 'spec.selectableFields'));
  }
  return [...errors, ...validateConversion(spec)];
}

function validateVersion(
  version: CustomResourceDefinitionVersion,
  at: string,
  shared: {
    readonly schema: boolean;
    readonly subresources: boolean;
    readonly columns: boolean;
    readonly selectable: boolean;
  },
): FieldError[] {
  const errors: FieldError[] = [];
  const messages = isDNS1035Label(version.name ?? '');
  if (messages.length > 0) errors.push(invalid(`${at}.name`, version.name ?? '', messages.join(',')));
  const warning = version.deprecationWarning;
  if (warning !== undefined) {
    const wrong = (detail: string) => errors.push(invalid(`${at}.deprecationWarning`, warning, detail));
    if (version.deprecated !== true) wrong('can only be set for deprecated versions');
    else if (utf8Length(warning) > 256) wrong('must be <= 256 characters long');
    else if (warning === '') wrong('must not be an empty string');
  }
  if (!shared.schema)
    errors.push(...validateSchema(version.schema?.openAPIV3Schema, `${at}.schema.openAPIV3Schema`));
  if (!shared.subresources) errors.push(...validateSubresources(version.subresources, `${at}.subresources`));
  if (!shared.columns)
    for (const [i, column] of (version.additionalPrinterColumns ?? []).entries())
      errors.push(...validateColumn(column, `${at}.additionalPrinterColumns[${i}]`));
  if (!shared.selectable) errors.push(...validateSelectable(version, `${at}.selectableFields`));
  return errors;
}

function validateSchema(schema: JSONSchemaProps | undefined, field: string): FieldError[] {
  if (schema === undefined) return [];
  const errors: FieldError[] = [];
  if (schema.nullable === true)
    errors.push(forbiddenField(`${field}.nullable`, 'nullable cannot be true at the root'));
  const structural = validateStructural(schema, field);
  const defaults = structural.length > 0 ? [] : validateDefaults(schema, field);
  errors.push(...structural, ...defaults);
  return [
    ...errors,
    ...validateOpenApiSchema(schema, field, structural.length === 0 && defaults.length === 0),
  ];
}

/** Every default must satisfy the schema that it stands in. */
function validateDefaults(schema: JSONSchemaProps, at: string): FieldError[] {
  const errors: FieldError[] = [];
  if (schema.default !== undefined) errors.push(...validateDefault(schema, schema.default, `${at}.default`));
  const items = itemsOf(schema);
  if (items !== undefined) errors.push(...validateDefaults(items, `${at}.items`));
  for (const [key, property] of Object.entries(schema.properties ?? {}))
    errors.push(...validateDefaults(property, `${at}.properties[${key}]`));
  const more = additionalOf(schema);
  if (more !== undefined) errors.push(...validateDefaults(more, `${at}.additionalProperties`));
  return errors;
}

function validateConversion({ conversion }: CustomResourceDefinitionSpec): FieldError[] {
  if (conversion === undefined) return [];
  const at = 'spec.conversion';
  const strategies = ['None', 'Webhook'];
  if (!conversion.strategy) return [required(`${at}.strategy`)];
  if (!strategies.includes(conversion.strategy))
    return [notSupported(`${at}.strategy`, conversion.strategy, strategies)];
  // There is nobody here who would call it: better refused than silently wrong.
  if (conversion.strategy === 'Webhook')
    return [forbiddenField(`${at}.strategy`, 'conversion webhooks are not supported by this server')];
  return conversion.webhook === undefined
    ? []
    : [forbiddenField(`${at}.webhookClientConfig`, 'should not be set when strategy is not set to Webhook')];
}

export function validateNames(names: CustomResourceDefinitionNames, at: string): FieldError[] {
  const errors: FieldError[] = [];
  const check = (field: string, value: string | undefined, mixed: boolean) => {
    if (!value) return;
    const messages = isDNS1035Label(mixed ? value.toLowerCase() : value);
    if (messages.length === 0) return;
    const text = messages.join(',');
    errors.push(
      invalid(field, value, mixed ? `may have mixed case, but should otherwise match: ${text}` : text),
    );
  };
  check(`${at}.plural`, names.plural, false);
  check(`${at}.singular`, names.singular, false);
  check(`${at}.kind`, names.kind, true);
  check(`${at}.listKind`, names.listKind, true);
  for (const [i, name] of (names.shortNames ?? []).entries()) check(`${at}.shortNames[${i}]`, name, false);
  if (names.kind && names.kind === names.listKind)
    errors.push(invalid(`${at}.listKind`, names.listKind, 'kind and listKind may not be the same'));
  for (const [i, name] of (names.categories ?? []).entries()) check(`${at}.categories[${i}]`, name, false);
  return errors;
}

function goVersions({ versions }: CustomResourceDefinitionSpec): GoText {
  const shared = isShared(versions, 'schema');
  const items = versions.map((version) => {
    const warning = version.deprecationWarning !== undefined;
    const fields = [
      `Name:${goQuote(version.name ?? '')}`,
      `Served:${version.served === true}`,
      `Storage:${version.storage === true}`,
      `Deprecated:${version.deprecated === true}`,
      `DeprecationWarning:${goPointer('string', warning).text}`,
      `Schema:${goPointer('apiextensions.CustomResourceValidation', !shared && version.schema !== undefined).text}`,
      `Subresources:${goPointer('apiextensions.CustomResourceSubresources', !isShared(versions, 'subresources') && version.subresources !== undefined).text}`,
      'AdditionalPrinterColumns:[]apiextensions.CustomResourceColumnDefinition(nil)',
      'SelectableFields:[]apiextensions.SelectableField(nil)',
    ];
    return `apiextensions.CustomResourceDefinitionVersion{${fields.join(', ')}}`;
  });
  return new GoText(`[]apiextensions.CustomResourceDefinitionVersion{${items.join(', ')}}`);
}
