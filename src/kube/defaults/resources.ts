import {
  compareQuantities,
  formatQuantity,
  milliQuantityOf,
  parseQuantity,
  quantityMilliValue,
} from '../quantity.ts';

/** Nothing finer than a thousandth is kept: it is rounded up. Mirrors SetDefaults_ResourceList. */
export function roundToMilli(list: { [name: string]: string } | null | undefined): void {
  if (!list) return;
  for (const [name, text] of Object.entries(list)) {
    if (!/[nu.e]/.test(text)) continue;
    const quantity = parseQuantity(text);
    const rounded = milliQuantityOf(quantityMilliValue(quantity), quantity.format);
    if (compareQuantities(quantity, rounded) !== 0) list[name] = formatQuantity(rounded);
  }
}
