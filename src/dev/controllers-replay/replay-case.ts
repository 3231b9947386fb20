import vm from 'node:vm';
import type { KubeClient } from '../../kube/client.ts';
import { createInformer } from '../../kube/informer.ts';
import type { KubeObject } from '../../kube/object.ts';
import { resources } from '../../kube/resources/index.ts';
import type { BuiltinSchemas } from '../../kube/schema/load.ts';
import { type Action, act, kindOf, namespace } from './actions.ts';
import { canonical, differenceOf } from './compare.ts';
import { mask } from './mask.ts';
import { reduce } from './reduce.ts';
import { type ReplayCluster, startReplayCluster } from './replay-cluster.ts';

export interface ControllerCase {
  readonly id: string;
  readonly title: string;
  readonly kinds: readonly string[];
  readonly steps: readonly Step[];
  /** `1:Event (only what both runs had)` */
  readonly unstable?: readonly string[];
}

type Folded = { readonly [key: string]: unknown };

interface Step {
  readonly do: Action | readonly Action[];
  /** JavaScript over `get(kind, name?)`. */
  readonly waitedFor?: string;
  readonly refused?: readonly string[];
  readonly then: { readonly [kind: string]: readonly Folded[] };
  /** Of a Deployment: the sizes of its ReplicaSets, oldest first, after each change. */
  readonly trace?: readonly (readonly number[])[];
  /** Both were seen. */
  readonly traceVariants?: readonly (readonly (readonly number[])[])[];
}

/** Nothing changed for this long: what the recordings waited for. */
const quietMs = 1000;
/** In the scenarios of nodes, what a toleration of two seconds led to was waited for too. */
const longQuietMs = 2600;
const pollMs = 100;
const patienceMs = 20_000;
const waitMs = 180_000;
/** Things of the whole cluster, of which a case shows only its own. */
const isClusterWide = (kind: string): boolean => kindOf(kind).home === '';

/** Plays one case. For every step that came out otherwise: its index and the first difference. */
export async function replayCase(
  one: ControllerCase,
  { area, schemas }: { readonly area: string; readonly schemas: BuiltinSchemas },
): Promise<ReadonlyMap<number, string>> {
  const cluster = await startReplayCluster(area, schemas);
  const sizes = followSizes(cluster);
  const differences = new Map<number, string>();
  const quietFor = area === 'nodes' ? longQuietMs : quietMs;
  try {
    for (const [index, step] of one.steps.entries()) {
      const there = await replayStep(cluster, one, step, index, quietFor).catch(
        (error: unknown) => `failed: ${error instanceof Error ? error.message : String(error)}`,
      );
      const traced = traceDifference(step, sizes.take());
      const difference = there ?? traced;
      if (difference !== undefined) differences.set(index, difference);
    }
  } finally {
    sizes.stop();
    await cluster.stop();
  }
  return differences;
}

function traceDifference(step: Step, seen: readonly (readonly number[])[]): string | undefined {
  const variants = step.traceVariants ?? (step.trace === undefined ? [] : [step.trace]);
  const wanted = variants.filter((variant) => variant.length > 0).map((variant) => JSON.stringify(variant));
  const there = JSON.stringify(seen);
  if (wanted.length === 0 || wanted.includes(there)) return undefined;
  return `trace\n  wanted\n  ${wanted.join('\n  or ')}\n  there is\n  ${there}`;
}

/** How the ReplicaSets grow and shrink. `take` gives what was seen, and starts anew with how they are. */
function followSizes({ client, clock }: ReplayCluster): { take(): number[][]; stop(): void } {
  const { ref } = kindOf('ReplicaSet');
  const sets = createInformer<KubeObject & { spec?: { replicas?: number } }>(client, ref, { clock });
  const sizes = new Map<string, number>();
  let seen: number[][] = [];
  sets.onChange((after, before) => {
    const { uid = '' } = (after ?? before)?.metadata ?? {};
    if (after === undefined) sizes.delete(uid);
    else {
      const size = after.spec?.replicas ?? 0;
      if (sizes.get(uid) === size) return;
      sizes.set(uid, size);
    }
    seen.push([...sizes.values()]);
  });
  sets.start();
  return {
    take() {
      const taken = seen;
      seen = [[...sizes.values()]];
      return taken;
    },
    stop: () => sets.stop(),
  };
}

async function replayStep(
  cluster: ReplayCluster,
  one: ControllerCase,
  step: Step,
  index: number,
  quietForMs: number,
): Promise<string | undefined> {
  const { client, clock } = cluster;
  const refused: string[] = [];
  const actions: readonly Action[] = Array.isArray(step.do) ? step.do : [step.do as Action];
  for (const action of actions) {
    const answer = await act(client, clock, action);
    if (answer !== undefined) refused.push(answer);
  }
  if (step.waitedFor !== undefined && !(await waitFor(cluster, step.waitedFor)))
    return `never came true: ${step.waitedFor}`;
  const there = await quiet(cluster, one, step.waitedFor === undefined ? quietForMs : quietMs);
  if (canonical(refused) !== canonical(step.refused ?? []))
    return `refused\n  wanted\n  ${canonical(step.refused ?? [])}\n  there is\n  ${canonical(refused)}`;
  for (const [kind, expected] of Object.entries(step.then)) {
    const subset = (one.unstable ?? []).some((text) => text.startsWith(`${index}:${kind} (`));
    const difference = differenceOf(kind, expected, there[kind] ?? [], subset);
    if (difference !== undefined) return difference;
  }
  return undefined;
}

/** What there is of the case's kinds, once it stays as it is. */
async function quiet(
  { client, clock }: ReplayCluster,
  one: ControllerCase,
  forMs: number,
): Promise<{ readonly [kind: string]: readonly Folded[] }> {
  let before = '';
  let sinceMs = clock.now();
  const endMs = clock.now() + patienceMs;
  for (;;) {
    await clock.advance(pollMs);
    const now = await snapshot(client, one);
    const text = canonical(now);
    if (text !== before) {
      before = text;
      sinceMs = clock.now();
    } else if (clock.now() - sinceMs >= forMs || clock.now() >= endMs) return now;
  }
}

async function snapshot(
  client: KubeClient,
  one: ControllerCase,
): Promise<{ [kind: string]: readonly Folded[] }> {
  const kinds = new Set([...one.kinds, ...one.steps.flatMap(({ then }) => Object.keys(then))]);
  const shown: { [kind: string]: readonly Folded[] } = {};
  for (const kind of kinds) {
    const objects = await listOf(client, kind);
    const own = objects.filter((object) => isOwn(one, kind, object));
    const wanted = new Set(one.steps.flatMap(({ then }) => (then[kind] ?? []).flatMap(Object.keys)));
    shown[kind] = own.map(
      (object) => mask(JSON.parse(JSON.stringify(reduce(kind, object, wanted)))) as Folded,
    );
  }
  return shown;
}

async function listOf(client: KubeClient, kind: string): Promise<readonly KubeObject[]> {
  // What a case shows of a kind that there is not is missed when it is compared.
  if (!resources.some((known) => known.kind === kind)) return [];
  const { ref, home } = kindOf(kind);
  return (await client.list<KubeObject>(ref, home === '' ? {} : { namespace })).items;
}

function isOwn(one: ControllerCase, kind: string, object: KubeObject): boolean {
  const { name } = object.metadata;
  if (isClusterWide(kind))
    return one.steps.some(({ then }) => (then[kind] ?? []).some((shown) => shown['name'] === name));
  if (kind === 'ConfigMap') return name !== 'kube-root-ca.crt';
  if (kind !== 'Event') return true;
  const { source, reportingComponent } = object as KubeObject & {
    source?: { component?: string };
    reportingComponent?: string;
  };
  return (source?.component ?? reportingComponent) !== 'default-scheduler';
}

async function waitFor({ client, clock }: ReplayCluster, predicate: string): Promise<boolean> {
  const get = async (kind: string, name?: string) => {
    const objects = await listOf(client, kind);
    return name === undefined ? objects : objects.find(({ metadata }) => metadata.name === name);
  };
  const context = vm.createContext({ get });
  const endMs = clock.now() + waitMs;
  while (clock.now() < endMs) {
    const holds = await vm.runInContext(`(async () => ${predicate})()`, context).catch(() => false);
    if (holds === true) return true;
    await clock.advance(pollMs);
  }
  return false;
}
