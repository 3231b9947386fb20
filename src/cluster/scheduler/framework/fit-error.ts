import type { Status } from './status.ts';

/** Why each node refused a Pod. Nodes that are not listed share `others`. Mirrors NodeToStatus and FitError. */
export interface Refusals {
  readonly total: number;
  readonly byNode: ReadonlyMap<string, Status>;
  readonly others: Status | undefined;
}

/** Upstream's sentence: `0/3 nodes are available: 1 Insufficient cpu, 2 node(s) were unschedulable. preemption: …` */
export function fitMessage(refusals: Refusals, preFilterMessage: string, postFilterMessage: string): string {
  let message = `0/${refusals.total} nodes are available:`;
  if (preFilterMessage !== '') message += ` ${preFilterMessage}.`;
  else {
    const counts = new Map<string, number>();
    const count = (reason: string, more: number) => counts.set(reason, (counts.get(reason) ?? 0) + more);
    for (const { reasons } of refusals.byNode.values()) for (const reason of reasons) count(reason, 1);
    const rest = refusals.total - refusals.byNode.size;
    if (rest > 0) for (const reason of refusals.others?.reasons ?? []) count(reason, rest);
    const texts = [...counts].map(([reason, number]) => `${number} ${reason}`).sort(byBytes);
    if (texts.length > 0) message += ` ${texts.join(', ')}.`;
  }
  return postFilterMessage === '' ? message : `${message} ${postFilterMessage}`;
}

/** As Go sorts strings; for these texts the order of UTF-16 units is that of bytes. */
const byBytes = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
