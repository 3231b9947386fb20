import { goQuote } from '../../field-error.ts';
import { formatQuantity, parseQuantity, quantityMilliValue } from '../../quantity.ts';

/** Bytes come whole. */
export function fractionWarnings(
  list: { readonly [name: string]: string } | undefined,
  field: string,
  names: readonly string[] = ['memory', 'ephemeral-storage'],
): string[] {
  return names.flatMap((name) => {
    const text = list?.[name];
    if (text === undefined) return [];
    const quantity = parseQuantity(text);
    if (quantityMilliValue(quantity) % 1000n === 0n) return [];
    return [
      `${field}[${name}]: fractional byte value ${goQuote(formatQuantity(quantity))} is invalid, must be an integer`,
    ];
  });
}
