import type { Rule, RuleWithOperations } from '../api/admissionregistration-v1.ts';
import { type FieldError, invalid, notSupported, required } from '../field-error.ts';
import { goStrings } from '../go-syntax.ts';

/** Which requests a webhook or a policy is for. Mirrors pkg/apis/admissionregistration/validation. */

const operations = ['*', 'CONNECT', 'CREATE', 'DELETE', 'UPDATE'];
const scopes = ['*', 'Cluster', 'Namespaced'];

export function validateRuleWithOperations(rule: RuleWithOperations, at: string): FieldError[] {
  const errors: FieldError[] = [];
  const given = rule.operations ?? [];
  if (given.length === 0) errors.push(required(`${at}.operations`));
  if (given.length > 1 && given.includes('*'))
    errors.push(
      invalid(
        `${at}.operations`,
        goStrings(given, 'admissionregistration.OperationType'),
        "if '*' is present, must not specify other operations",
      ),
    );
  for (const [i, operation] of given.entries())
    if (!operations.includes(operation))
      errors.push(notSupported(`${at}.operations[${i}]`, operation, operations));
  return [...errors, ...validateRule(rule, at)];
}

function validateRule(rule: Rule, at: string): FieldError[] {
  const errors: FieldError[] = [];
  const alone = (field: string, values: readonly string[], what: string) => {
    if (values.length > 1 && values.includes('*'))
      errors.push(
        invalid(`${at}.${field}`, goStrings(values), `if '*' is present, must not specify other ${what}`),
      );
  };
  const groups = rule.apiGroups ?? [];
  if (groups.length === 0) errors.push(required(`${at}.apiGroups`));
  alone('apiGroups', groups, 'API groups');
  const versions = rule.apiVersions ?? [];
  if (versions.length === 0) errors.push(required(`${at}.apiVersions`));
  alone('apiVersions', versions, 'API versions');
  for (const [i, version] of versions.entries())
    if (version === '') errors.push(required(`${at}.apiVersions[${i}]`));
  errors.push(...validateResources(rule.resources ?? [], `${at}.resources`));
  if (rule.scope !== undefined && !scopes.includes(rule.scope))
    errors.push(notSupported(`${at}.scope`, rule.scope, scopes));
  return errors;
}

function validateResources(resources: readonly string[], field: string): FieldError[] {
  const errors: FieldError[] = [];
  if (resources.length === 0) errors.push(required(field));
  const wholes = new Set<string>();
  const anywhere = new Set<string>();
  for (const [i, resource] of resources.entries()) {
    const at = `${field}[${i}]`;
    if (resource === '') {
      errors.push(required(at));
      continue;
    }
    const [name = '', sub] = resource.split('/', 2);
    if (sub === undefined) continue;
    if (wholes.has(name))
      errors.push(invalid(at, resource, `if '${name}/*' is present, must not specify ${resource}`));
    if (anywhere.has(sub))
      errors.push(invalid(at, resource, `if '*/${sub}' is present, must not specify ${resource}`));
    if (sub === '*') wholes.add(name);
    if (name === '*') anywhere.add(sub);
  }
  if (resources.length > 1 && resources.includes('*/*'))
    errors.push(
      invalid(field, goStrings(resources), "if '*/*' is present, must not specify other resources"),
    );
  if (resources.includes('*') && resources.some((name) => name !== '*' && name !== '' && !name.includes('/')))
    errors.push(
      invalid(
        field,
        goStrings(resources),
        "if '*' is present, must not specify other resources without subresources",
      ),
    );
  return errors;
}
