import type { Container, Pod } from '../../../kube/api/core-v1.ts';
import { parseQuantity, quantityMilliValue, quantityValue } from '../../../kube/quantity.ts';
import { containersOf, initContainersOf, isSidecar, specOf } from '../pods/pod.ts';

type Requests = Map<string, bigint>;

/** What a Pod asks for: cpu in thousandths, the rest in whole units. Mirrors component-helpers/resource.PodRequests. */
export function podRequests(pod: Pod): Requests {
  const total: Requests = new Map();
  for (const container of containersOf(pod)) add(total, requestsOf(container));
  const sidecars: Requests = new Map();
  const peak: Requests = new Map();
  for (const container of initContainersOf(pod)) {
    const own = requestsOf(container);
    if (isSidecar(container)) {
      add(total, own);
      add(sidecars, own);
      atLeast(peak, sidecars);
    } else {
      add(own, sidecars);
      atLeast(peak, own);
    }
  }
  atLeast(total, peak);
  for (const [name, text] of Object.entries(specOf(pod).overhead ?? {}))
    add(total, new Map([[name, value(name, text)]]));
  return total;
}

const value = (name: string, text: string): bigint =>
  name === 'cpu' ? quantityMilliValue(parseQuantity(text)) : quantityValue(parseQuantity(text));

function requestsOf({ resources }: Container): Requests {
  const own: Requests = new Map();
  for (const [name, text] of Object.entries(resources?.requests ?? {})) own.set(name, value(name, text));
  return own;
}

function add(into: Requests, more: ReadonlyMap<string, bigint>): void {
  for (const [name, amount] of more) into.set(name, (into.get(name) ?? 0n) + amount);
}

function atLeast(into: Requests, other: ReadonlyMap<string, bigint>): void {
  for (const [name, amount] of other) if (amount > (into.get(name) ?? 0n)) into.set(name, amount);
}
