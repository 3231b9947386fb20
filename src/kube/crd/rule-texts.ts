import type { ValidationRule } from '../api/apiextensions-v1.ts';
import { type FieldError, invalid, notSupported, required } from '../field-error.ts';

const reasons = ['FieldValueDuplicate', 'FieldValueForbidden', 'FieldValueInvalid', 'FieldValueRequired'];
const breaks = /[\n\r]/;

/** What can be said of a rule without compiling it. */
export function validateRuleTexts(rule: ValidationRule, at: string, errors: FieldError[]): void {
  const { message = '', messageExpression = '', reason, fieldPath = '' } = rule;
  const text = rule.rule?.trim() ?? '';
  if (text === '') errors.push(required(`${at}.rule`, 'rule is not specified'));
  else if (message !== '' && message.trim() === '')
    errors.push(invalid(`${at}.message`, message, 'message must be non-empty if specified'));
  else if (breaks.test(message.trim()))
    errors.push(invalid(`${at}.message`, message, 'message must not contain line breaks'));
  else if (breaks.test(text) && message.trim() === '')
    errors.push(required(`${at}.message`, 'message must be specified if rule contains line breaks'));
  if (messageExpression !== '' && messageExpression.trim() === '')
    errors.push(required(`${at}.messageExpression`, 'messageExpression must be non-empty if specified'));
  if (reason !== undefined && !reasons.includes(reason))
    errors.push(notSupported(`${at}.reason`, reason, reasons));
  if (fieldPath !== '' && fieldPath.trim() === '')
    errors.push(invalid(`${at}.fieldPath`, fieldPath, 'fieldPath must be non-empty if specified'));
  if (breaks.test(fieldPath))
    errors.push(invalid(`${at}.fieldPath`, fieldPath, 'fieldPath must not contain line breaks'));
}
