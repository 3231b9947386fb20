import type {
  MatchCondition,
  MatchResources,
  ParamKind,
  ParamRef,
  ValidatingAdmissionPolicy,
  ValidatingAdmissionPolicyBinding,
  Validation,
} from '../api/admissionregistration-v1.ts';
import { CelCompileError, compileCel } from '../cel/compile.ts';
import {
  duplicate,
  type FieldError,
  forbiddenField,
  invalid,
  notSupported,
  required,
} from '../field-error.ts';
import { goStrings } from '../go-syntax.ts';
import {
  isCIdentifier,
  isDNS1035Label,
  isDNS1123Subdomain,
  isQualifiedName,
  nameIsDNSSubdomain,
  nameIsPathSegment,
} from '../names.ts';
import { validateLabelSelector } from '../selectors/validation.ts';
import { validateRuleWithOperations } from './admission-rules.ts';
import { invalidFor } from './messages.ts';

const failurePolicies = ['Fail', 'Ignore'];
const reasons = ['Forbidden', 'Invalid', 'RequestEntityTooLarge'];
const actions = ['Audit', 'Deny', 'Warn'];
const maxConditions = 64;

/** What expressions of a policy may read; `params` is null without a paramKind. */
const policyVariables = {
  object: 'dyn',
  oldObject: 'dyn',
  request: 'dyn',
  namespaceObject: 'dyn',
  params: 'dyn',
  authorizer: 'dyn',
  variables: 'dyn',
} as const;

/** Mirrors validateValidatingAdmissionPolicySpec. */
export function validatePolicy({ spec = {} }: ValidatingAdmissionPolicy): FieldError[] {
  const errors: FieldError[] = [];
  const { failurePolicy, paramKind, matchConstraints, validations = [], auditAnnotations = [] } = spec;
  if (failurePolicy === undefined) errors.push(required('spec.failurePolicy'));
  else if (!failurePolicies.includes(failurePolicy))
    errors.push(notSupported('spec.failurePolicy', failurePolicy, failurePolicies));
  if (paramKind !== undefined) errors.push(...validateParamKind(paramKind, 'spec.paramKind'));
  if (matchConstraints === undefined) errors.push(required('spec.matchConstraints'));
  else {
    errors.push(...validateMatchResources(matchConstraints, 'spec.matchConstraints'));
    if (!matchConstraints.resourceRules?.length) errors.push(required('spec.matchConstraints.resourceRules'));
  }
  errors.push(...validateConditions(spec.matchConditions ?? []));
  for (const [i, { name = '', expression = '' }] of (spec.variables ?? []).entries()) {
    const at = `spec.variables[${i}]`;
    if (name.trim() === '') errors.push(required(`${at}.name`, 'name is not specified'));
    else errors.push(...invalidFor(isCIdentifier(name), `${at}.name`, name));
    if (expression.trim() === '') errors.push(required(`${at}.expression`, 'expression is not specified'));
    else errors.push(...validateExpression(expression, `${at}.expression`, []));
  }
  if (validations.length === 0 && auditAnnotations.length === 0) {
    const why = 'validations or auditAnnotations must contain at least one item';
    return [...errors, required('spec.validations', why), required('spec.auditAnnotations', why)];
  }
  for (const [i, validation] of validations.entries())
    errors.push(...validateValidation(validation, `spec.validations[${i}]`));
  const keys = new Set<string>();
  for (const [i, { key = '', valueExpression = '' }] of auditAnnotations.entries()) {
    const at = `spec.auditAnnotations[${i}]`;
    if (key === '') errors.push(required(`${at}.key`));
    else if (keys.has(key)) errors.push(duplicate(`${at}.key`, key));
    else errors.push(...invalidFor(isQualifiedName(key), `${at}.key`, key));
    keys.add(key);
    if (valueExpression.trim() === '')
      errors.push(required(`${at}.valueExpression`, 'valueExpression is not specified'));
    else errors.push(...validateExpression(valueExpression, `${at}.valueExpression`, ['string', 'null']));
  }
  return errors;
}

function validateExpression(expression: string, field: string, types: readonly string[]): FieldError[] {
  try {
    const { resultType } = compileCel(expression, policyVariables);
    if (types.length === 0 || types.includes(resultType) || resultType === 'dyn') return [];
    const wanted = types.length === 1 ? types[0] : `one of ${types.join(' or ')}`;
    return [invalid(field, expression, `must evaluate to ${wanted} but got ${resultType}`)];
  } catch (error) {
    if (!(error instanceof CelCompileError)) throw error;
    return [invalid(field, expression, `compilation failed: ${error.message}`)];
  }
}

function validateValidation(validation: Validation, at: string): FieldError[] {
  const errors: FieldError[] = [];
  const { expression = '', message, messageExpression, reason } = validation;
  if (expression.trim() === '') errors.push(required(`${at}.expression`, 'expression is not specified'));
  else errors.push(...validateExpression(expression, `${at}.expression`, ['bool']));
  if (messageExpression) {
    if (messageExpression.trim() === '')
      errors.push(invalid(`${at}.messageExpression`, messageExpression, 'must be non-empty if specified'));
    else errors.push(...validateExpression(messageExpression, `${at}.messageExpression`, ['string']));
  }
  if (message) {
    if (message.trim() === '')
      errors.push(invalid(`${at}.message`, message, 'message must be non-empty if specified'));
    else if (/[\r\n]/.test(message.trim()))
      errors.push(invalid(`${at}.message`, message, 'message must not contain line breaks'));
  } else if (/[\r\n]/.test(expression.trim()))
    errors.push(required(`${at}.message`, 'message must be specified if expression contains line breaks'));
  if (reason !== undefined && !reasons.includes(reason))
    errors.push(notSupported(`${at}.reason`, reason, reasons));
  return errors;
}

function validateConditions(conditions: readonly MatchCondition[]): FieldError[] {
  const errors: FieldError[] = [];
  const field = 'spec.matchConditions';
  const names = new Set<string>();
  if (conditions.length > maxConditions)
    errors.push({
      type: 'FieldValueTooMany',
      field,
      body: `Too many: ${conditions.length}: must have at most ${maxConditions} items`,
    });
  for (const [i, { name = '', expression = '' }] of conditions.entries()) {
    const at = `${field}[${i}]`;
    if (expression.trim() === '') errors.push(required(`${at}.expression`));
    else errors.push(...validateExpression(expression, `${at}.expression`, ['bool']));
    if (name === '') errors.push(required(`${at}.name`));
    else {
      errors.push(...invalidFor(isQualifiedName(name), `${at}.name`, name));
      if (names.has(name)) errors.push(duplicate(`${at}.name`, name));
      names.add(name);
    }
  }
  return errors;
}

function validateParamKind({ apiVersion = '', kind = '' }: ParamKind, at: string): FieldError[] {
  const errors: FieldError[] = [];
  const parts = apiVersion.split('/');
  if (apiVersion === '') errors.push(required(`${at}.apiVersion`));
  else if (parts.length > 2)
    errors.push(invalid(`${at}.apiVersion`, apiVersion, `unexpected GroupVersion string: ${apiVersion}`));
  else {
    const [group, version] = parts.length === 2 ? parts : ['', parts[0]];
    if (group) errors.push(...invalidFor(isDNS1123Subdomain(group), `${at}.apiVersion`, group));
    errors.push(...invalidFor(isDNS1035Label(version ?? ''), `${at}.apiVersion`, version));
  }
  if (kind === '') errors.push(required(`${at}.kind`));
  else {
    const messages = isDNS1035Label(kind.toLowerCase());
    if (messages.length > 0)
      errors.push(
        invalid(`${at}.kind`, kind, `may have mixed case, but should otherwise match: ${messages.join(',')}`),
      );
  }
  return errors;
}

function validateMatchResources(match: MatchResources, at: string): FieldError[] {
  const errors: FieldError[] = [];
  const policies = ['Equivalent', 'Exact'];
  if (match.matchPolicy === undefined) errors.push(required(`${at}.matchPolicy`));
  else if (!policies.includes(match.matchPolicy))
    errors.push(notSupported(`${at}.matchPolicy`, match.matchPolicy, policies));
  for (const key of ['namespaceSelector', 'objectSelector'] as const)
    if (match[key] === undefined) errors.push(required(`${at}.${key}`));
    else errors.push(...validateLabelSelector(match[key], `${at}.${key}`));
  for (const key of ['resourceRules', 'excludeResourceRules'] as const)
    for (const [i, rule] of (match[key] ?? []).entries())
      errors.push(...validateRuleWithOperations(rule, `${at}.${key}[${i}]`));
  return errors;
}

/** Mirrors validateValidatingAdmissionPolicyBindingSpec. */
export function validatePolicyBinding({ spec = {} }: ValidatingAdmissionPolicyBinding): FieldError[] {
  const errors: FieldError[] = [];
  const { policyName = '', paramRef, matchResources, validationActions = [] } = spec;
  if (policyName === '') errors.push(required('spec.policyName'));
  else errors.push(...invalidFor(nameIsDNSSubdomain(policyName, false), 'spec.policyName', policyName));
  if (paramRef !== undefined) errors.push(...validateParamRef(paramRef, 'spec.paramRef'));
  if (matchResources !== undefined)
    errors.push(...validateMatchResources(matchResources, 'spec.matchResources'));
  const field = 'spec.validationActions';
  if (validationActions.length === 0)
    errors.push(required(field, 'at least one validation action is required'));
  const seen = new Set<string>();
  for (const [i, action] of validationActions.entries()) {
    if (!actions.includes(action)) errors.push(notSupported(`${field}[${i}]`, action, actions));
    if (seen.has(action)) errors.push(duplicate(`${field}[${i}]`, action));
    seen.add(action);
  }
  if (seen.has('Deny') && seen.has('Warn'))
    errors.push(
      invalid(
        field,
        goStrings(validationActions, 'admissionregistration.ValidationAction'),
        'must not contain both Deny and Warn (repeating the same validation failure information in the API response and headers serves no purpose)',
      ),
    );
  return errors;
}

function validateParamRef(reference: ParamRef, at: string): FieldError[] {
  const errors: FieldError[] = [];
  const { name, selector, parameterNotFoundAction: action } = reference;
  const both = 'name and selector are mutually exclusive';
  if (name) {
    errors.push(...invalidFor(nameIsPathSegment(name, false), `${at}.name`, name));
    if (selector !== undefined) errors.push(forbiddenField(`${at}.name`, both));
  }
  if (selector !== undefined) {
    errors.push(...validateLabelSelector(selector, `${at}.selector`));
    if (name) errors.push(forbiddenField(`${at}.selector`, both));
  }
  if (!name && selector === undefined) errors.push(required(at, 'one of name or selector must be specified'));
  const known = ['Allow', 'Deny'];
  if (!action) errors.push(required(`${at}.parameterNotFoundAction`));
  else if (!known.includes(action)) errors.push(notSupported(`${at}.parameterNotFoundAction`, action, known));
  return errors;
}
