import type { JSONSchemaProps, ValidationRule } from '../api/apiextensions-v1.ts';
import { CelCompileError } from '../cel/compile.ts';
import {
  type FieldError,
  forbiddenField,
  type GoText,
  invalid,
  notSupported,
  required,
} from '../field-error.ts';
import { goPointer, goStrings, goStruct } from '../go-syntax.ts';
import { validateRuleTexts } from './rule-texts.ts';
import { compileRule, selfSchema } from './rules.ts';
import { additionalOf, itemsOf } from './structure.ts';

const types = ['array', 'boolean', 'integer', 'number', 'object', 'string'];

interface Place {
  readonly root: boolean;
  /** Why a default may not stand here. */
  readonly noDefaults: string | undefined;
  readonly insideMeta: boolean;
  /** The list or map above in which old and new parts cannot be told to belong together. */
  readonly uncorrelatable: string | undefined;
  /** Whether rules can be compiled: the schema above is structural and no anyOf lies between. */
  readonly rules: boolean;
}

/** Mirrors ValidateCustomResourceDefinitionOpenAPISchema. `structural`: rules are compiled too. */
export function validateOpenApiSchema(
  schema: JSONSchemaProps,
  field: string,
  structural: boolean,
): FieldError[] {
  const errors: FieldError[] = [];
  const rules: FieldError[] = [];
  visit(
    schema,
    field,
    { root: true, noDefaults: undefined, insideMeta: false, uncorrelatable: undefined, rules: structural },
    errors,
    rules,
  );
  return [...errors, ...rules];
}

function visit(
  s: JSONSchemaProps,
  at: string,
  place: Place,
  errors: FieldError[],
  rules: FieldError[],
): void {
  standard(s, at, place, errors);
  if (s.uniqueItems === true)
    errors.push(
      forbiddenField(
        `${at}.uniqueItems`,
        'uniqueItems cannot be set to true since the runtime complexity becomes quadratic',
      ),
    );
  const below = { ...place, root: false };
  const properties = Object.entries(s.properties ?? {});
  if (s.additionalProperties !== undefined) {
    if (properties.length > 0 && s.additionalProperties !== true)
      errors.push(
        forbiddenField(
          `${at}.additionalProperties`,
          'additionalProperties and properties are mutual exclusive',
        ),
      );
    const more = additionalOf(s);
    const why = place.insideMeta
      ? 'inside additionalProperties applying to object metadata'
      : place.noDefaults;
    if (more !== undefined)
      visit(more, `${at}.additionalProperties`, { ...below, noDefaults: why }, errors, rules);
  }
  for (const [name, property] of properties) {
    const meta = place.root || s['x-kubernetes-embedded-resource'] === true;
    const isMeta = meta && ['metadata', 'kind', 'apiVersion'].includes(name);
    visit(
      property,
      `${at}.properties[${name}]`,
      {
        ...below,
        insideMeta: place.insideMeta || isMeta,
        noDefaults: isMeta && place.root ? `in top-level ${name}` : place.noDefaults,
        uncorrelatable: place.uncorrelatable ?? (s['x-kubernetes-map-type'] === 'atomic' ? at : undefined),
      },
      errors,
      rules,
    );
  }
  const noRules = { ...below, rules: false };
  if (s.not !== undefined) visit(s.not, `${at}.not`, noRules, errors, rules);
  for (const key of ['allOf', 'oneOf', 'anyOf'] as const)
    for (const [i, part] of (s[key] ?? []).entries())
      visit(part, `${at}.${key}[${i}]`, noRules, errors, rules);
  const items = itemsOf(s);
  if (items !== undefined) {
    const uncorrelatable = place.uncorrelatable ?? (s['x-kubernetes-list-type'] === 'map' ? undefined : at);
    visit(items, `${at}.items`, { ...below, uncorrelatable }, errors, rules);
  }
  listAndMapTypes(s, at, errors);
  validations(s, at, place, errors, rules);
}

function standard(
  s: JSONSchemaProps,
  at: string,
  { noDefaults, insideMeta }: Place,
  errors: FieldError[],
): void {
  if (s.type && !types.includes(s.type)) errors.push(notSupported(`${at}.type`, s.type, types));
  if (s.default !== undefined && noDefaults !== undefined)
    errors.push(forbiddenField(`${at}.default`, `must not be set ${noDefaults}`));
  const unsupported: [keyof JSONSchemaProps, boolean, string][] = [
    ['id', Boolean(s.id), 'id is not supported'],
    ['additionalItems', s.additionalItems !== undefined, 'additionalItems is not supported'],
    [
      'patternProperties',
      Object.keys(s.patternProperties ?? {}).length > 0,
      'patternProperties is not supported',
    ],
    ['definitions', Object.keys(s.definitions ?? {}).length > 0, 'definitions is not supported'],
    ['dependencies', s.dependencies !== undefined, 'dependencies is not supported'],
    ['$ref', s.$ref !== undefined, '$ref is not supported'],
    ['type', s.type === 'null', 'type cannot be set to null, use nullable as an alternative'],
    ['items', Array.isArray(s.items), 'items must be a schema object and not an array'],
  ];
  for (const [key, present, detail] of unsupported)
    if (present) errors.push(forbiddenField(`${at}.${key}`, detail));
  if (insideMeta && s['x-kubernetes-embedded-resource'] === true)
    errors.push(
      forbiddenField(`${at}.x-kubernetes-embedded-resource`, 'must not be used inside of resource meta'),
    );
  if (s['x-kubernetes-preserve-unknown-fields'] === false)
    errors.push(invalid(`${at}.x-kubernetes-preserve-unknown-fields`, false, 'must be true or undefined'));
}

function listAndMapTypes(s: JSONSchemaProps, at: string, errors: FieldError[]): void {
  const mapType = s['x-kubernetes-map-type'];
  const listType = s['x-kubernetes-list-type'];
  const keys = s['x-kubernetes-list-map-keys'] ?? [];
  const items = itemsOf(s);
  const wrongType = (detail: string) =>
    errors.push(s.type ? invalid(`${at}.type`, s.type, detail) : required(`${at}.type`, detail));
  if (mapType !== undefined && s.type !== 'object')
    wrongType('must be object if x-kubernetes-map-type is specified');
  if (mapType !== undefined && !['atomic', 'granular'].includes(mapType))
    errors.push(notSupported(`${at}.x-kubernetes-map-type`, mapType, ['atomic', 'granular']));
  if (listType !== undefined && s.type !== 'array')
    wrongType('must be array if x-kubernetes-list-type is specified');
  else if (listType === 'set' && items !== undefined) {
    const why = 'must be atomic as item of a list with x-kubernetes-list-type=set';
    const inner = items['x-kubernetes-list-type'];
    if (items.type === 'array' && inner !== undefined && inner !== 'atomic')
      errors.push(invalid(`${at}.items.x-kubernetes-list-type`, inner, why));
    if (items.type === 'object' && items['x-kubernetes-map-type'] !== 'atomic')
      errors.push(invalid(`${at}.items.x-kubernetes-map-type`, inner ?? 'null', why));
  }
  const kinds = ['atomic', 'set', 'map'];
  if (listType !== undefined && !kinds.includes(listType))
    errors.push(notSupported(`${at}.x-kubernetes-list-type`, listType, kinds));
  if (keys.length > 0 && listType !== 'map') {
    const why = 'must be map if x-kubernetes-list-map-keys is non-empty';
    const field = `${at}.x-kubernetes-list-type`;
    errors.push(listType === undefined ? required(field, why) : invalid(field, listType, why));
  }
  if (listType === 'map') mapKeys(s, keys, items, at, errors);
  if ((listType === 'set' || listType === 'map') && items?.nullable === true)
    errors.push(
      forbiddenField(`${at}.items.nullable`, `cannot be nullable when x-kubernetes-list-type is ${listType}`),
    );
}

function mapKeys(
  s: JSONSchemaProps,
  keys: readonly string[],
  items: JSONSchemaProps | undefined,
  at: string,
  errors: FieldError[],
): void {
  const field = `${at}.x-kubernetes-list-map-keys`;
  if (keys.length === 0) errors.push(required(field, 'must not be empty if x-kubernetes-list-type is map'));
  if (s.items === undefined)
    errors.push(required(`${at}.items`, 'must have a schema if x-kubernetes-list-type is map'));
  if (items === undefined) return;
  if (items.type !== 'object') {
    const why = "must be object if parent array's x-kubernetes-list-type is map";
    errors.push(invalid(`${at}.items.type`, items.type ?? '', why));
    return;
  }
  const seen = new Set<string>();
  for (const key of keys) {
    const property =
      items.properties !== undefined && Object.hasOwn(items.properties, key)
        ? items.properties[key]
        : undefined;
    const place = `${at}.items.properties[${key}]`;
    if (property === undefined)
      errors.push(invalid(field, goStrings(keys), 'entries must all be names of item properties'));
    else if (property.type === 'array' || property.type === 'object')
      errors.push(
        invalid(
          `${place}.type`,
          items.type,
          "must be a scalar type if parent array's x-kubernetes-list-type is map",
        ),
      );
    if (seen.has(key)) errors.push(invalid(field, goStrings(keys), 'must not contain duplicate entries'));
    seen.add(key);
    if (property === undefined) continue;
    if (!(items.required ?? []).includes(key) && property.default === undefined)
      errors.push(
        required(
          `${place}.default`,
          'this property is in x-kubernetes-list-map-keys, so it must have a default or be a required property',
        ),
      );
    if (property.nullable === true)
      errors.push(
        forbiddenField(
          `${place}.nullable`,
          'this property is in x-kubernetes-list-map-keys, so it cannot be nullable',
        ),
      );
  }
}

function goRule(rule: ValidationRule): GoText {
  return goStruct('apiextensions.ValidationRule', [
    ['Rule', rule.rule],
    ['Message', rule.message ?? ''],
    ['MessageExpression', rule.messageExpression ?? ''],
    ['Reason', goPointer('apiextensions.FieldValueErrorReason', rule.reason !== undefined)],
    ['FieldPath', rule.fieldPath ?? ''],
    ['OptionalOldSelf', goPointer('bool', rule.optionalOldSelf !== undefined)],
  ]);
}

function validations(
  s: JSONSchemaProps,
  at: string,
  place: Place,
  errors: FieldError[],
  rules: FieldError[],
): void {
  const list = s['x-kubernetes-validations'] ?? [];
  for (const [i, rule] of list.entries())
    validateRuleTexts(rule, `${at}.x-kubernetes-validations[${i}]`, errors);
  if (errors.length > 0 || !place.rules) return;
  const self = selfSchema(s, place.root);
  for (const [i, rule] of list.entries()) {
    const field = `${at}.x-kubernetes-validations[${i}]`;
    const compile = (part: ValidationRule, name: 'rule' | 'messageExpression', wanted: string) => {
      try {
        const compiled = compileRule(part, self);
        const { resultType } = name === 'rule' ? compiled.program : (compiled.message ?? compiled.program);
        if (resultType !== wanted && resultType !== 'dyn')
          rules.push(
            invalid(
              `${field}.${name}`,
              goRule(rule),
              name === 'rule'
                ? 'cel expression must evaluate to a bool'
                : 'messageExpression must evaluate to a string',
            ),
          );
        return compiled.program.reads.has('oldSelf');
      } catch (error) {
        if (!(error instanceof CelCompileError)) throw error;
        const what = name === 'rule' ? 'compilation failed' : 'messageExpression compilation failed';
        rules.push(invalid(`${field}.${name}`, goRule(rule), `${what}: ${error.message}`));
        return undefined;
      }
    };
    const { messageExpression, ...bare } = rule;
    const transition = compile(bare, 'rule', 'bool');
    if (messageExpression?.trim() && transition !== undefined)
      compile({ ...rule, rule: 'true' }, 'messageExpression', 'string');
    if (transition === true && place.uncorrelatable !== undefined)
      rules.push(
        invalid(
          `${field}.rule`,
          rule.rule,
          `oldSelf cannot be used on the uncorrelatable portion of the schema within ${place.uncorrelatable}`,
        ),
      );
    if (transition === false && rule.optionalOldSelf !== undefined)
      rules.push(
        invalid(
          `${field}.optionalOldSelf`,
          rule.optionalOldSelf,
          'may not be set if oldSelf is not used in rule',
        ),
      );
  }
}
