import type { Container, PodSpec } from '../api/core-v1.ts';
import { addQuantities, compareQuantities, parseQuantity, type Quantity } from '../quantity.ts';

/** Amounts by resource name. */
export type Amounts = Map<string, Quantity>;
export type ResourceTexts = { readonly [resource: string]: string } | undefined;

export function amountsOf(texts: ResourceTexts): Amounts {
  const amounts: Amounts = new Map();
  for (const name of Object.keys(texts ?? {})) amounts.set(name, parseQuantity(texts?.[name] ?? '0'));
  return amounts;
}

function addAmounts(total: Amounts, more: ReadonlyMap<string, Quantity>): void {
  for (const [name, amount] of more) {
    const known = total.get(name);
    total.set(name, known === undefined ? amount : addQuantities(known, amount));
  }
}

function maxAmounts(total: Amounts, other: ReadonlyMap<string, Quantity>): void {
  for (const [name, amount] of other) {
    const known = total.get(name);
    if (known === undefined || compareQuantities(amount, known) > 0) total.set(name, amount);
  }
}

/**
 * What a Pod asks for as a whole: the sum of its containers and sidecars, or of what runs together while one init
 * container does, whichever is more. Mirrors component-helpers/resource (PodRequests, PodLimits); `overhead` is added
 * to requests, and to those limits that are set.
 */
export function podAmounts(spec: PodSpec, which: 'requests' | 'limits', overhead = true): Amounts {
  const of = (container: Container): Amounts => amountsOf(container.resources?.[which]);
  const total: Amounts = new Map();
  for (const container of spec.containers ?? []) addAmounts(total, of(container));
  const sidecars: Amounts = new Map();
  const initial: Amounts = new Map();
  for (const container of spec.initContainers ?? []) {
    const own = of(container);
    if (container.restartPolicy === 'Always') {
      addAmounts(total, own);
      addAmounts(sidecars, own);
      maxAmounts(initial, sidecars);
    } else {
      addAmounts(own, sidecars);
      maxAmounts(initial, own);
    }
  }
  maxAmounts(total, initial);
  if (overhead)
    for (const [name, amount] of amountsOf(spec.overhead)) {
      const known = total.get(name);
      if (which === 'requests' || (known !== undefined && known.unscaled !== 0n))
        total.set(name, known === undefined ? amount : addQuantities(known, amount));
    }
  return total;
}
