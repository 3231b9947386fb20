import type { Clock } from '../../base/clock.ts';
import { CouldNotLook } from '../../checks/backend.ts';
import type { ClusterStatus } from '../../cluster/control/contract.ts';
import { FaultRefused } from '../../cluster/control/contract.ts';
import type { ControlClient } from '../../cluster/control/control-client.ts';
import type { KubeClient } from '../../kube/client.ts';
import type { KubeObject } from '../../kube/object.ts';

const pollMs = 200;
/** A node that was off takes some heartbeats; a master, an election. */
const longestMs = 90_000;
const nodesRef = { group: '', version: 'v1', plural: 'nodes' };

/**
 * Leaves the built-in cluster whole, whatever an exercise did to it: the clock runs at `speed`, masters and nodes are on and
 * hear each other, components run, nothing is cordoned. Waits until it shows. Idempotent; quick when nothing was touched.
 */
export async function putBack(
  {
    control,
    client,
    clock,
    speed,
  }: {
    readonly control: ControlClient;
    readonly client: KubeClient;
    readonly clock: Clock;
    readonly speed: number;
  },
  signal: AbortSignal,
): Promise<void> {
  const before = await control.status();
  if (before.speed !== speed) await control.time({ kind: 'velocidad', speed });
  if (before.paused) await quietly(() => control.time({ kind: 'seguir' }));
  for (const [index, { role, reachable }] of before.masters.entries())
    if (role === 'stopped') await quietly(() => control.fault(index + 1, 'arrancar'));
    else if (!reachable) await quietly(() => control.fault(index + 1, 'reconectar'));
  for (const name of before.stopped) await quietly(() => control.component(name, 'arrancar'));
  for (const { name, power } of before.nodes)
    if (power === 'off') await quietly(() => control.nodeFault(name, 'encender'));
    else if (power === 'isolated') await quietly(() => control.nodeFault(name, 'reconectar'));
  await until(whole, { control, clock }, signal);
  for (const { metadata, spec } of (
    await client.list<KubeObject & { spec?: { unschedulable?: boolean } }>(nodesRef)
  ).items)
    if (spec?.unschedulable === true)
      await client.patch(nodesRef, '', metadata.name ?? '', 'merge', { spec: { unschedulable: null } });
}

function whole({ masters, nodes }: ClusterStatus): boolean {
  return (
    masters.some(({ role }) => role === 'leader') &&
    masters.every(({ reachable }) => reachable) &&
    nodes.every(({ ready, power }) => ready && power !== 'off' && power !== 'isolated')
  );
}

async function until(
  holds: (status: ClusterStatus) => boolean,
  { control, clock }: { readonly control: ControlClient; readonly clock: Clock },
  signal: AbortSignal,
): Promise<void> {
  const deadline = clock.now() + longestMs;
  while (!holds(await control.status())) {
    if (clock.now() >= deadline)
      throw new CouldNotLook({
        reason: 'cluster-stopped',
        why: 'El clúster no volvió a estar entero: le falta algún master o algún nodo.',
        next: 'Míralo con `curso cluster estado`; si sigue así, `curso cluster detener` y `curso cluster iniciar`.',
      });
    await clock.sleep(pollMs, signal);
  }
}

/** Somebody else may have done it in between. */
async function quietly(action: () => Promise<unknown>): Promise<void> {
  try {
    await action();
  } catch (error) {
    if (!(error instanceof FaultRefused)) throw error;
  }
}
