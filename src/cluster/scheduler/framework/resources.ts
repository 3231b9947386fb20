import type { Container, PodSpec } from '../../../kube/api/core-v1.ts';
import { parseQuantity, quantityMilliValue, quantityValue } from '../../../kube/quantity.ts';

/** Amounts as plain numbers: thousandths of a CPU, bytes, and whole units of anything else. */
export interface Resources {
  readonly cpu: number;
  readonly memory: number;
  readonly storage: number;
  /** Extended resources, huge pages…; absent when there are none. */
  readonly scalars: ReadonlyMap<string, number> | undefined;
}

type ResourceTexts = { readonly [name: string]: string } | undefined;
/** By name; CPU in thousandths. */
type Amounts = Map<string, number>;

/** What a container without requests is taken to use when nodes are compared. Mirrors pkg/scheduler/util/pod_resources.go. */
const assumedCpu = 100;
const assumedMemory = 200 * 1024 * 1024;

const known = new Map<string, number>();
const knownMost = 4096;

/** Of a quantity's text: thousandths for CPU, whole units otherwise, rounded up; 0 when it cannot be read. */
export function amountOf(name: string, text: string): number {
  const key = name === 'cpu' ? `m${text}` : text;
  const before = known.get(key);
  if (before !== undefined) return before;
  let amount = 0;
  try {
    const quantity = parseQuantity(text);
    amount = Number(name === 'cpu' ? quantityMilliValue(quantity) : quantityValue(quantity));
  } catch {
    amount = 0;
  }
  if (known.size >= knownMost) known.clear();
  known.set(key, amount);
  return amount;
}

/** Whether the scheduler counts it, besides CPU, memory and ephemeral storage. Mirrors IsScalarResourceName. */
function isScalar(name: string): boolean {
  if (name.startsWith('hugepages-') || name.startsWith('attachable-volumes-')) return true;
  if (name.includes('kubernetes.io/')) return true;
  return name.includes('/') && !name.startsWith('requests.');
}

export function resourcesOf(texts: ResourceTexts): Resources {
  return toResources(amountsOf(texts));
}

/** Mirrors component-helpers/resource PodRequests: the sum, or what runs together while one init container does. */
export function podRequests(spec: PodSpec): Resources {
  return toResources(total(spec, false));
}

/** CPU and memory with each container that asks for nothing counted as 100m and 200Mi. */
export function assumedRequests(spec: PodSpec): { readonly cpu: number; readonly memory: number } {
  const amounts = total(spec, true);
  return { cpu: amounts.get('cpu') ?? 0, memory: amounts.get('memory') ?? 0 };
}

function total(spec: PodSpec, assume: boolean): Amounts {
  const of = (container: Container): Amounts => {
    const amounts = amountsOf(container.resources?.requests);
    if (assume) {
      if (!amounts.has('cpu')) amounts.set('cpu', assumedCpu);
      if (!amounts.has('memory')) amounts.set('memory', assumedMemory);
    }
    return amounts;
  };
  const sum: Amounts = new Map();
  for (const container of spec.containers ?? []) addTo(sum, of(container));
  const sidecars: Amounts = new Map();
  const initial: Amounts = new Map();
  for (const container of spec.initContainers ?? []) {
    const own = of(container);
    if (container.restartPolicy === 'Always') {
      addTo(sum, own);
      addTo(sidecars, own);
      raiseTo(initial, sidecars);
    } else {
      addTo(own, sidecars);
      raiseTo(initial, own);
    }
  }
  raiseTo(sum, initial);
  addTo(sum, amountsOf(spec.overhead));
  return sum;
}

function amountsOf(texts: ResourceTexts): Amounts {
  const amounts: Amounts = new Map();
  if (texts === undefined || texts === null) return amounts;
  for (const name of Object.keys(texts)) amounts.set(name, amountOf(name, texts[name] ?? '0'));
  return amounts;
}

function addTo(sum: Amounts, more: Amounts): void {
  for (const [name, amount] of more) sum.set(name, (sum.get(name) ?? 0) + amount);
}

function raiseTo(most: Amounts, other: Amounts): void {
  for (const [name, amount] of other) if (amount > (most.get(name) ?? -1)) most.set(name, amount);
}

function toResources(amounts: Amounts): Resources {
  let scalars: Map<string, number> | undefined;
  for (const [name, amount] of amounts) {
    if (name === 'cpu' || name === 'memory' || name === 'ephemeral-storage' || !isScalar(name)) continue;
    scalars ??= new Map();
    scalars.set(name, amount);
  }
  return {
    cpu: amounts.get('cpu') ?? 0,
    memory: amounts.get('memory') ?? 0,
    storage: amounts.get('ephemeral-storage') ?? 0,
    scalars,
  };
}
