import { GoText, goQuote } from './field-error.ts';

/** A number or a percentage, as in maxUnavailable. Mirrors apimachinery/pkg/util/intstr. */
export type IntOrString = number | string;

/** `intstr.IntOrString{Type:1, IntVal:0, StrVal:"25%"}`: how Go prints one in an error. */
export function goIntOrString(value: IntOrString): GoText {
  return typeof value === 'string'
    ? new GoText(`intstr.IntOrString{Type:1, IntVal:0, StrVal:${goQuote(value)}}`)
    : new GoText(`intstr.IntOrString{Type:0, IntVal:${value}, StrVal:""}`);
}

/** A count, or that share of `total`, rounded as asked. Mirrors intstr.GetScaledValueFromIntOrPercent. */
export function scaledValue(value: IntOrString | undefined, total: number, roundUp: boolean): number {
  if (value === undefined) return 0;
  if (typeof value === 'number') return value;
  const percent = /^(-?\d+)%$/.exec(value)?.[1];
  if (percent === undefined) return 0;
  const share = (Number(percent) * total) / 100;
  return roundUp ? Math.ceil(share) : Math.floor(share);
}
