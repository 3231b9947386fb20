import { GoText, goQuote } from './field-error.ts';

/** A number or a percentage, as in maxUnavailable. Mirrors apimachinery/pkg/util/intstr. */
export type IntOrString = number | string;

/** `intstr.IntOrString{Type:1, IntVal:0, StrVal:"25%"}`: how Go prints one in an error. */
export function goIntOrString(value: IntOrString): GoText {
  return typeof value === 'string'
    ? new GoText(`intstr.IntOrString{Type:1, IntVal:0, StrVal:${goQuote(value)}}`)
    : new GoText(`intstr.IntOrString{Type:0, IntVal:${value}, StrVal:""}`);
}

/** The number itself, or what the text says as a number (0 when it is none), as `IntValue()`. */
export function intValueOf(value: IntOrString): number {
  if (typeof value === 'number') return value;
  return /^[+-]?\d{1,18}$/.test(value) ? Number(value) : 0;
}

/**
 * `GetScaledValueFromIntOrPercent`: a number as it is, `25%` of `total` rounded up or down.
 * Throws an Error with upstream's text for other texts.
 */
export function scaledIntOrPercent(value: IntOrString, total: number, roundUp: boolean): number {
  if (typeof value === 'number') return value;
  const percent = percentOf(value);
  const exact = (percent * total) / 100;
  return roundUp ? Math.ceil(exact) : Math.floor(exact);
}

/** The number before the `%`. Throws an Error with upstream's text. */
export function percentOf(text: string): number {
  if (!text.endsWith('%'))
    throw new Error('invalid value for IntOrString: invalid type: string is not a percentage');
  const digits = text.slice(0, -1);
  if (!/^[+-]?\d{1,18}$/.test(digits))
    throw new Error(
      `invalid value for IntOrString: invalid value ${goQuote(text)}: strconv.Atoi: parsing ${goQuote(digits)}: invalid syntax`,
    );
  return Number(digits);
}
