import type { Container, Pod } from './api/core-v1.ts';
import { addQuantities, compareQuantities, parseQuantity, type Quantity, quantitySign } from './quantity.ts';

export type QosClass = 'BestEffort' | 'Burstable' | 'Guaranteed';

const counted = ['cpu', 'memory'];

/** Who goes first when a node runs out of memory. Mirrors ComputePodQOS of pkg/apis/core/helper/qos. */
export function qosClassOf(pod: Pod): QosClass {
  const containers: readonly Container[] = [
    ...(pod.spec?.containers ?? []),
    ...(pod.spec?.initContainers ?? []),
  ];
  const requests = new Map<string, Quantity>();
  const limits = new Map<string, Quantity>();
  let guaranteed = true;
  for (const { resources } of containers) {
    addPositive(requests, resources?.requests);
    if (addPositive(limits, resources?.limits) < counted.length) guaranteed = false;
  }
  if (requests.size === 0 && limits.size === 0) return 'BestEffort';
  if (!guaranteed || requests.size !== limits.size) return 'Burstable';
  for (const [name, request] of requests) {
    const limit = limits.get(name);
    if (limit === undefined || compareQuantities(limit, request) !== 0) return 'Burstable';
  }
  return 'Guaranteed';
}

/** How many of the counted resources the list gives. */
function addPositive(
  sum: Map<string, Quantity>,
  list: { readonly [name: string]: string } | null | undefined,
): number {
  let found = 0;
  for (const name of counted) {
    const text = list?.[name];
    if (text === undefined) continue;
    const quantity = parseQuantity(text);
    if (quantitySign(quantity) <= 0) continue;
    found += 1;
    const before = sum.get(name);
    sum.set(name, before === undefined ? quantity : addQuantities(before, quantity));
  }
  return found;
}
