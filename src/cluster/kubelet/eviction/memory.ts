import { parseQuantity, quantityValue } from '../../../kube/quantity.ts';
import type { KubeletContext } from '../context.ts';
import { containersOf, specOf, uidOf } from '../pods/pod.ts';
import type { PodWorker } from '../pods/pod-worker.ts';
import type { EvictionParts } from './parts.ts';

const kibi = 1024;
/** evictionHard memory.available, and what the machine itself takes. */
const thresholdBytes = 100 * kibi ** 2;

interface Candidate {
  readonly worker: PodWorker;
  readonly used: number;
  readonly over: number;
}

/**
 * When the node has too little memory left: the Pod that goes first (over its request, lowest priority, most over it) and what
 * its status says. Undefined: there is enough.
 */
export function memoryVictim(
  { runtime, settings }: KubeletContext,
  parts: EvictionParts,
): { readonly worker: PodWorker | undefined; readonly message: string } | undefined {
  const candidates: Candidate[] = [];
  let total = 0;
  for (const worker of parts.workers()) {
    let used = 0;
    for (const container of parts.runtimeOf(uidOf(worker.pod)).containers)
      if (container.state === 'running') used += runtime.stats(container.id)?.memoryBytes ?? 0;
    total += used;
    if (worker.stage !== 'syncing' || used === 0) continue;
    candidates.push({ worker, used, over: used - requestOf(worker) });
  }
  const available = settings.memoryBytes - total;
  if (available >= thresholdBytes) return undefined;
  const [victim] = candidates
    .filter(({ worker }) => (specOf(worker.pod).priority ?? 0) < 2_000_000_000)
    .sort(
      (a, b) =>
        Number(b.over > 0) - Number(a.over > 0) ||
        (specOf(a.worker.pod).priority ?? 0) - (specOf(b.worker.pod).priority ?? 0) ||
        b.over - a.over,
    );
  const head = `The node was low on resource: memory. Threshold quantity: 100Mi, available: ${Math.max(0, Math.floor(available / kibi))}Ki. `;
  if (victim === undefined) return { worker: undefined, message: head };
  const details = containersOf(victim.worker.pod).map((container) => {
    const seen = parts
      .runtimeOf(uidOf(victim.worker.pod))
      .containers.find(({ config }) => config.name === container.name);
    const used = seen === undefined ? 0 : (runtime.stats(seen.id)?.memoryBytes ?? 0);
    const request = container.resources?.requests?.['memory'] ?? '0';
    if (BigInt(used) <= quantityValue(parseQuantity(request))) return '';
    return `Container ${container.name} was using ${Math.floor(used / kibi)}Ki, request is ${request}, has larger consumption of memory. `;
  });
  return { worker: victim.worker, message: `${head}${details.join('')}` };
}

function requestOf({ pod }: PodWorker): number {
  return containersOf(pod).reduce(
    (sum, { resources }) =>
      sum + Number(quantityValue(parseQuantity(resources?.requests?.['memory'] ?? '0'))),
    0,
  );
}
