import type { MutatingWebhook, ValidatingWebhook } from '../api/admissionregistration-v1.ts';
import { duplicate, type FieldError, invalid, notSupported, required } from '../field-error.ts';
import { goStrings } from '../go-syntax.ts';
import { isDNS1123Subdomain } from '../names.ts';
import { validateLabelSelector } from '../selectors/validation.ts';
import { validateRuleWithOperations } from './admission-rules.ts';

type Webhook = MutatingWebhook | ValidatingWebhook;

/** Mirrors validateWebhook of pkg/apis/admissionregistration/validation for both kinds. */
export function validateWebhooks(webhooks: readonly Webhook[] | undefined): FieldError[] {
  const names = new Set<string>();
  return (webhooks ?? []).flatMap((webhook, i) => {
    const at = `webhooks[${i}]`;
    const errors = validateWebhook(webhook, at);
    const name = webhook.name ?? '';
    if (names.has(name)) errors.push(duplicate(`${at}.name`, name));
    names.add(name);
    return errors;
  });
}

function validateWebhook(webhook: Webhook, at: string): FieldError[] {
  const errors: FieldError[] = [...validateName(webhook.name ?? '', `${at}.name`)];
  for (const [i, rule] of (webhook.rules ?? []).entries())
    errors.push(...validateRuleWithOperations(rule, `${at}.rules[${i}]`));
  const oneOf = (key: 'failurePolicy' | 'matchPolicy' | 'sideEffects', allowed: readonly string[]) => {
    const value = webhook[key];
    if (value === undefined) {
      if (key === 'sideEffects')
        errors.push(required(`${at}.sideEffects`, `must specify one of ${allowed.join(', ')}`));
    } else if (!allowed.includes(value)) errors.push(notSupported(`${at}.${key}`, value, allowed));
  };
  oneOf('failurePolicy', ['Fail', 'Ignore']);
  oneOf('matchPolicy', ['Equivalent', 'Exact']);
  oneOf('sideEffects', ['None', 'NoneOnDryRun']);
  const seconds = webhook.timeoutSeconds;
  if (seconds !== undefined && (seconds < 1 || seconds > 30))
    errors.push(
      invalid(`${at}.timeoutSeconds`, seconds, 'the timeout value must be between 1 and 30 seconds'),
    );
  errors.push(...validateLabelSelector(webhook.namespaceSelector, `${at}.namespaceSelector`));
  errors.push(...validateLabelSelector(webhook.objectSelector, `${at}.objectSelector`));
  const { url, service } = webhook.clientConfig ?? {};
  if ((url === undefined) === (service === undefined))
    errors.push(required(`${at}.clientConfig`, 'exactly one of url or service is required'));
  const versions = webhook.admissionReviewVersions ?? [];
  if (versions.length === 0)
    errors.push(required(`${at}.admissionReviewVersions`, 'must specify one of v1, v1beta1'));
  else if (!versions.some((version) => version === 'v1' || version === 'v1beta1'))
    errors.push(
      invalid(
        `${at}.admissionReviewVersions`,
        goStrings(versions),
        'must include at least one of v1, v1beta1',
      ),
    );
  return errors;
}

function validateName(name: string, field: string): FieldError[] {
  if (name === '') return [required(field)];
  const messages = isDNS1123Subdomain(name);
  if (messages.length > 0) return [invalid(field, name, messages.join(','))];
  return name.split('.').length < 3
    ? [invalid(field, name, 'should be a domain with at least three segments separated by dots')]
    : [];
}
