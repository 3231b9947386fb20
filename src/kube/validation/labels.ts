import type { LabelSelector } from '../api/meta-v1.ts';
import { type FieldError, forbiddenField, invalid, required } from '../field-error.ts';
import { isValidLabelValue } from '../names.ts';
import { validateLabelName, validateLabels } from './metadata.ts';

/** Mirrors apimachinery/pkg/apis/meta/v1/validation: selectors that are part of a spec. */

export { validateLabelName, validateLabels };

/** `allowInvalidValues`: the old object had such values already. */
export function validateLabelSelector(
  selector: LabelSelector | undefined,
  field: string,
  allowInvalidValues = false,
): FieldError[] {
  if (selector === undefined || selector === null) return [];
  const errors = validateLabels(selector.matchLabels, `${field}.matchLabels`);
  for (const [i, { key = '', operator = '', values }] of (selector.matchExpressions ?? []).entries()) {
    const at = `${field}.matchExpressions[${i}]`;
    if (operator === 'In' || operator === 'NotIn') {
      if (!values?.length)
        errors.push(required(`${at}.values`, "must be specified when `operator` is 'In' or 'NotIn'"));
    } else if (operator === 'Exists' || operator === 'DoesNotExist') {
      if (values?.length)
        errors.push(
          forbiddenField(
            `${at}.values`,
            "may not be specified when `operator` is 'Exists' or 'DoesNotExist'",
          ),
        );
    } else errors.push(invalid(`${at}.operator`, operator, 'not a valid selector operator'));
    errors.push(...validateLabelName(key, `${at}.key`));
    if (allowInvalidValues) continue;
    for (const [v, value] of (values ?? []).entries())
      for (const message of isValidLabelValue(value))
        errors.push(invalid(`${at}.values[${v}]`, value, message));
  }
  return errors;
}

/** Whether a stored selector already holds values that would be refused today. */
export function selectorHasInvalidValue(selector: LabelSelector | undefined): boolean {
  return (selector?.matchExpressions ?? []).some((expression) =>
    (expression.values ?? []).some((value) => isValidLabelValue(value).length > 0),
  );
}
