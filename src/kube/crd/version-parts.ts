import type {
  CustomResourceColumnDefinition,
  CustomResourceDefinitionVersion,
  CustomResourceSubresources,
  JSONSchemaProps,
} from '../api/apiextensions-v1.ts';
import { type FieldError, goQuote, invalid, required, tooMany } from '../field-error.ts';

const columnTypes = ['boolean', 'date', 'integer', 'number', 'string'];
const columnFormats = ['byte', 'date', 'date-time', 'double', 'float', 'int32', 'int64', 'password'];
const maxSelectable = 8;

function validatePath(path: string, field: string): FieldError[] {
  return path.startsWith('.') ? [] : [invalid(field, path, 'must be a simple json path starting with .')];
}

export function validateColumn(column: CustomResourceColumnDefinition, at: string): FieldError[] {
  const errors: FieldError[] = [];
  const oneOf = `must be one of ${columnTypes.join(',')}`;
  if (!column.name) errors.push(required(`${at}.name`));
  if (!column.type) errors.push(required(`${at}.type`, oneOf));
  else if (!columnTypes.includes(column.type)) errors.push(invalid(`${at}.type`, column.type, oneOf));
  if (column.format && !columnFormats.includes(column.format))
    errors.push(invalid(`${at}.format`, column.format, `must be one of ${columnFormats.join(',')}`));
  if (!column.jsonPath) errors.push(required(`${at}.JSONPath`));
  else errors.push(...validatePath(column.jsonPath, `${at}.JSONPath`));
  return errors;
}

export function validateSubresources(
  subresources: CustomResourceSubresources | undefined,
  at: string,
): FieldError[] {
  const scale = subresources?.scale;
  if (scale === undefined || scale === null) return [];
  const errors: FieldError[] = [];
  const check = (key: 'specReplicasPath' | 'statusReplicasPath', under: string) => {
    const path = scale[key];
    const field = `${at}.scale.${key}`;
    if (!path) errors.push(required(field));
    else if (!path.startsWith('.')) errors.push(...validatePath(path, field));
    else if (!path.startsWith(`${under}.`))
      errors.push(invalid(field, path, `should be a json path under ${under}`));
  };
  check('specReplicasPath', '.spec');
  check('statusReplicasPath', '.status');
  const selector = scale.labelSelectorPath;
  if (selector) {
    const field = `${at}.scale.labelSelectorPath`;
    if (!selector.startsWith('.')) errors.push(...validatePath(selector, field));
    else if (!/^\.(?:spec|status)\./.test(selector))
      errors.push(invalid(field, selector, 'should be a json path under either .spec or .status'));
  }
  return errors;
}

export function validateSelectable(
  { selectableFields, schema }: CustomResourceDefinitionVersion,
  at: string,
): FieldError[] {
  const errors: FieldError[] = [];
  const seen = new Set<string>();
  for (const [i, { jsonPath = '' }] of (selectableFields ?? []).entries()) {
    const field = `${at}[${i}].jsonPath`;
    if (jsonPath === '') {
      errors.push(required(field));
      continue;
    }
    let part: JSONSchemaProps | undefined = schema?.openAPIV3Schema;
    const steps = jsonPath.replace(/^\./, '').split('.');
    for (const step of steps)
      part =
        part?.properties !== undefined && Object.hasOwn(part.properties, step)
          ? part.properties[step]
          : undefined;
    const wrong = (detail: string) => errors.push(invalid(field, jsonPath, detail));
    if (part === undefined) {
      wrong('is an invalid path: does not refer to a valid field');
      continue;
    }
    if (steps[0] === 'metadata') wrong('must not point to fields in metadata');
    if (!['string', 'boolean', 'integer'].includes(part.type ?? ''))
      wrong(
        'must point to a field of type string, boolean or integer. Enum string fields and strings with formats are allowed.',
      );
    if (seen.has(jsonPath))
      errors.push({ type: 'FieldValueDuplicate', field, body: `Duplicate value: ${goQuote(jsonPath)}` });
    seen.add(jsonPath);
  }
  return seen.size > maxSelectable ? [...errors, tooMany(at, seen.size, maxSelectable)] : errors;
}
