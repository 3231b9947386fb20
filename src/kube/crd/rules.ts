import type { JSONSchemaProps, ValidationRule } from '../api/apiextensions-v1.ts';
import {
  CelBudgetError,
  type CelProgram,
  CelRuntimeError,
  type CelSchema,
  compileCel,
} from '../cel/compile.ts';
import { resourceProperties } from '../cel/types.ts';
import { duplicate, type FieldError, forbiddenField, invalid, required } from '../field-error.ts';
import { equalJson } from '../object.ts';
import { correlated, noField } from './instance.ts';
import { additionalOf, itemsOf } from './structure.ts';

/** Steps that all the rules of one object may take together. */
const budget = 1_000_000;

interface CompiledRule {
  readonly rule: ValidationRule;
  readonly program: CelProgram;
  readonly message: CelProgram | undefined;
}

/** The schema that a rule sees as `self`. At the root there is metadata too. */
export function selfSchema(schema: JSONSchemaProps, root: boolean): CelSchema {
  if (!root) return schema as CelSchema;
  return {
    ...schema,
    properties: { ...resourceProperties, ...schema.properties, metadata: resourceProperties['metadata'] },
  } as CelSchema;
}

/** Throws a CelCompileError. `optionalOldSelf` makes `oldSelf` an optional. */
export function compileRule(rule: ValidationRule, self: CelSchema): CompiledRule {
  const oldSelf =
    rule.optionalOldSelf === true ? ({ optional: { schema: self } } as const) : { schema: self };
  const variables = { self: { schema: self }, oldSelf };
  const program = compileCel(rule.rule, variables);
  const message = rule.messageExpression?.trim() ? compileCel(rule.messageExpression, variables) : undefined;
  return { rule, program, message };
}

/** The rules of a kind, compiled on first use and kept with its schema. */
export class RuleSet {
  readonly #schema: JSONSchemaProps;
  readonly #compiled = new Map<JSONSchemaProps, readonly CompiledRule[]>();
  readonly #bearing = new Map<JSONSchemaProps, boolean>();

  constructor(schema: JSONSchemaProps) {
    this.#schema = schema;
  }

  get any(): boolean {
    return this.#hasRules(this.#schema);
  }

  /** Mirrors apiserver/schema/cel/validation.go. `old`: undefined on create. */
  validate(object: unknown, old: unknown): FieldError[] {
    const errors: FieldError[] = [];
    if (this.#hasRules(this.#schema))
      this.#visit(this.#schema, object, old, '', true, errors, { left: budget });
    return errors;
  }

  #hasRules(schema: JSONSchemaProps): boolean {
    const known = this.#bearing.get(schema);
    if (known !== undefined) return known;
    const parts = [...Object.values(schema.properties ?? {}), itemsOf(schema), additionalOf(schema)];
    const found =
      (schema['x-kubernetes-validations'] ?? []).length > 0 ||
      parts.some((part) => part !== undefined && this.#hasRules(part));
    this.#bearing.set(schema, found);
    return found;
  }

  #rulesOf(schema: JSONSchemaProps, root: boolean): readonly CompiledRule[] {
    const known = this.#compiled.get(schema);
    if (known !== undefined) return known;
    const self = selfSchema(schema, root);
    const rules = (schema['x-kubernetes-validations'] ?? []).map((rule) => compileRule(rule, self));
    this.#compiled.set(schema, rules);
    return rules;
  }

  #visit(
    schema: JSONSchemaProps,
    value: unknown,
    old: unknown,
    path: string,
    root: boolean,
    errors: FieldError[],
    steps: { left: number },
  ): boolean {
    if (value === undefined || value === null) return true;
    if (!this.#hasRules(schema)) return true;
    for (const compiled of this.#rulesOf(schema, root))
      if (!apply(compiled, schema, value, old, path, errors, steps)) return false;
    if (Array.isArray(value)) {
      const items = itemsOf(schema);
      const before = Array.isArray(old) ? (old as unknown[]) : [];
      return (
        items === undefined ||
        value.every((item, i) =>
          this.#visit(
            items,
            item,
            correlated(schema, item, i, before),
            `${path}[${i}]`,
            false,
            errors,
            steps,
          ),
        )
      );
    }
    if (typeof value !== 'object') return true;
    const now = value as { [key: string]: unknown };
    const then = (typeof old === 'object' && old !== null ? old : {}) as { [key: string]: unknown };
    const more = additionalOf(schema);
    return Object.keys(now).every((key) => {
      const known = schema.properties !== undefined && Object.hasOwn(schema.properties, key);
      const property = known ? schema.properties?.[key] : more;
      if (property === undefined) return true;
      const at = known ? (path === '' ? key : `${path}.${key}`) : `${path}[${key}]`;
      const before = Object.hasOwn(then, key) ? then[key] : undefined;
      return this.#visit(property, now[key], before, at, false, errors, steps);
    });
  }
}

/** False: no further rule is to be run. */
function apply(
  { rule, program, message }: CompiledRule,
  schema: JSONSchemaProps,
  self: unknown,
  oldSelf: unknown,
  path: string,
  errors: FieldError[],
  steps: { left: number },
): boolean {
  const transition = program.reads.has('oldSelf');
  if (transition && oldSelf === undefined && rule.optionalOldSelf !== true) return true;
  const at = path === '' ? noField : path;
  const type = schema.type ?? '';
  const bindings = { self, oldSelf };
  try {
    if (program.evaluate(bindings, steps.left) === true) return true;
  } catch (error) {
    if (!(error instanceof CelRuntimeError)) throw error;
    if (error instanceof CelBudgetError) {
      errors.push(invalid(at, type, error.message));
      return false;
    }
    const shown = ruleText(rule);
    errors.push(
      invalid(
        at,
        type,
        error.message.startsWith('no such overload')
          ? `'${error.message}': call arguments did not match a supported operator, function or macro signature for rule: ${shown}`
          : `${error.message} evaluating rule: ${shown}`,
      ),
    );
    return true;
  }
  // What was there before and did not change is not held against the writer.
  if (!transition && oldSelf !== undefined && equalJson(self, oldSelf)) return true;
  errors.push(
    refusal(
      rule,
      `${path}${fieldPath(rule)}`.replace(/^\./, '') || noField,
      type,
      text(rule, message, bindings),
    ),
  );
  return true;
}

function fieldPath({ fieldPath: field }: ValidationRule): string {
  const trimmed = field?.trim() ?? '';
  if (trimmed === '') return '';
  // `['a.b']` is written as `[a.b]` in paths.
  const written = trimmed.replace(
    /\['((?:[^'\\]|\\.)*)'\]/g,
    (_, name: string) => `.${name.replace(/\\(.)/g, '$1')}`,
  );
  return written.startsWith('.') ? written : `.${written}`;
}

function ruleText({ message, rule }: ValidationRule): string {
  return message ? message.trim() : rule.trim();
}

function text(
  rule: ValidationRule,
  message: CelProgram | undefined,
  bindings: { readonly [name: string]: unknown },
): string {
  const fallback = rule.message ? rule.message.trim() : `failed rule: ${ruleText(rule)}`;
  if (message === undefined) return fallback;
  try {
    const said = message.evaluate(bindings);
    // An empty or broken message says less than the fallback.
    return typeof said === 'string' && said.trim() !== '' && !/[\r\n]/.test(said) && said.length <= 5120
      ? said.trim()
      : fallback;
  } catch (error) {
    if (error instanceof CelRuntimeError) return fallback;
    throw error;
  }
}

function refusal({ reason }: ValidationRule, field: string, type: string, detail: string): FieldError {
  if (reason === 'FieldValueForbidden') return forbiddenField(field, detail);
  if (reason === 'FieldValueRequired') return required(field, detail);
  if (reason === 'FieldValueDuplicate') return duplicate(field, type);
  return invalid(field, type, detail);
}
