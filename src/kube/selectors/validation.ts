import type { LabelSelector, LabelSelectorRequirement } from '../api/meta-v1.ts';
import { type FieldError, forbiddenField, invalid, required } from '../field-error.ts';
import { isValidLabelValue } from '../names.ts';
import { validateLabelName, validateLabels } from '../validation/metadata.ts';

/** Mirrors apimachinery/pkg/apis/meta/v1/validation: a metav1.LabelSelector inside an object. */
export interface LabelSelectorOptions {
  /** Values of expressions are not checked: an update of an object that already had bad ones. */
  readonly allowInvalidValues?: boolean;
  /** Access reviews keep operators that they do not know. */
  readonly allowUnknownOperators?: boolean;
}

export function labelSelectorHasInvalidValue(selector: LabelSelector | undefined): boolean {
  return (selector?.matchExpressions ?? []).some((expression) =>
    (expression.values ?? []).some((value) => isValidLabelValue(value).length > 0),
  );
}

export function validateLabelSelector(
  selector: LabelSelector | undefined,
  field: string,
  options: LabelSelectorOptions = {},
): FieldError[] {
  if (selector === undefined) return [];
  const errors = validateLabels(selector.matchLabels, `${field}.matchLabels`);
  for (const [i, expression] of (selector.matchExpressions ?? []).entries())
    errors.push(...validateExpression(expression, `${field}.matchExpressions[${i}]`, options));
  return errors;
}

function validateExpression(
  { key = '', operator = '', values = [] }: Partial<LabelSelectorRequirement>,
  field: string,
  options: LabelSelectorOptions,
): FieldError[] {
  const errors: FieldError[] = [];
  if (operator === 'In' || operator === 'NotIn') {
    if (values.length === 0)
      errors.push(required(`${field}.values`, "must be specified when `operator` is 'In' or 'NotIn'"));
  } else if (operator === 'Exists' || operator === 'DoesNotExist') {
    if (values.length > 0)
      errors.push(
        forbiddenField(
          `${field}.values`,
          "may not be specified when `operator` is 'Exists' or 'DoesNotExist'",
        ),
      );
  } else if (options.allowUnknownOperators !== true)
    errors.push(invalid(`${field}.operator`, operator, 'not a valid selector operator'));
  errors.push(...validateLabelName(key, `${field}.key`));
  if (options.allowInvalidValues !== true)
    for (const [i, value] of values.entries())
      for (const message of isValidLabelValue(value))
        errors.push(invalid(`${field}.values[${i}]`, value, message));
  return errors;
}
