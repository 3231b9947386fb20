import { scaledValue } from '../../../kube/int-or-string.ts';
import { isPodAvailable, isPodReady, isTerminating, type Pod } from '../pods/pod-state.ts';
import { byAge, type DaemonSet, isUpdated, revisionLabel } from './daemon-pods.ts';
import type { Fit, Node } from './node-fit.ts';

/** What is to be done. */
export interface Plan {
  /** Nodes that need a Pod. */
  readonly create: string[];
  readonly remove: Pod[];
}

export interface Scene {
  readonly set: DaemonSet;
  readonly nodes: readonly Node[];
  readonly podsOn: ReadonlyMap<string, readonly Pod[]>;
  /** Of the current revision. */
  readonly hash: string;
  readonly nowMs: number;
  suits(node: Node): Fit;
}

const available = ({ set, nowMs }: Scene, pod: Pod) =>
  isPodAvailable(pod, set.spec?.minReadySeconds ?? 0, nowMs);

const desiredOf = (scene: Scene): number => scene.nodes.filter((node) => scene.suits(node).run).length;

const surgeOf = (set: DaemonSet, total: number): number => {
  const { type, rollingUpdate } = set.spec?.updateStrategy ?? {};
  return type === 'RollingUpdate' ? scaledValue(rollingUpdate?.maxSurge, total, true) : 0;
};

/** More than `maxSurge: 0` or `0%`. */
function allowsSurge(set: DaemonSet): boolean {
  return surgeOf(set, 100) > 0;
}

/**
 * Where Pods are missing and which should not be there. `onFailed` says whether a failed one may go now. Mirrors manage and
 * podsShouldBeOnNode of pkg/controller/daemon.
 */
export function placementPlan(scene: Scene, onFinished: (pod: Pod, node: string) => boolean): Plan {
  const plan: Plan = { create: [], remove: [] };
  const known = new Set<string>();
  for (const node of scene.nodes) {
    const name = node.metadata.name ?? '';
    known.add(name);
    const { run, stay } = scene.suits(node);
    const pods = scene.podsOn.get(name);
    if (run && pods === undefined) plan.create.push(name);
    else if (stay) keepOne(scene, plan, name, run, pods ?? [], onFinished);
    else plan.remove.push(...(pods ?? []).filter((pod) => !isTerminating(pod)));
  }
  // Nobody else would delete what waits for a node that is gone.
  for (const [name, pods] of scene.podsOn)
    if (!known.has(name)) plan.remove.push(...pods.filter(({ spec }) => (spec?.nodeName ?? '') === ''));
  return plan;
}

function keepOne(
  scene: Scene,
  plan: Plan,
  node: string,
  run: boolean,
  pods: readonly Pod[],
  onFinished: (pod: Pod, node: string) => boolean,
): void {
  const running: Pod[] = [];
  for (const pod of pods) {
    if (isTerminating(pod)) continue;
    const { phase } = pod.status ?? {};
    if (phase !== 'Failed' && phase !== 'Succeeded') running.push(pod);
    else if (onFinished(pod, node)) plan.remove.push(pod);
  }
  running.sort(byAge);
  if (!allowsSurge(scene.set)) {
    plan.remove.push(...running.slice(1));
    return;
  }
  if (running.length === 0 && run) plan.create.push(node);
  if (running.length <= 1) return;
  const isNew = (pod: Pod) => pod.metadata.labels?.[revisionLabel] === scene.hash;
  const newest = running.find(isNew);
  const oldest = running.find((pod) => !isNew(pod));
  plan.remove.push(...running.filter((pod) => pod !== newest && pod !== oldest));
  if (newest !== undefined && oldest !== undefined && (!isPodReady(oldest) || available(scene, newest)))
    plan.remove.push(oldest);
}

/** How a new template goes round the nodes. Mirrors rollingUpdate of pkg/controller/daemon/update.go. */
export function rollingPlan(scene: Scene): Plan {
  const { set } = scene;
  const desired = desiredOf(scene);
  const surge = surgeOf(set, desired);
  const missing = scaledValue(set.spec?.updateStrategy?.rollingUpdate?.maxUnavailable, desired, true);
  const stuck = desired > 0 && surge === 0 && missing === 0;
  const podsOn = new Map(scene.podsOn);
  for (const node of scene.nodes) {
    const name = node.metadata.name ?? '';
    if (scene.suits(node).run && !podsOn.has(name)) podsOn.set(name, []);
  }
  return surge === 0
    ? replacing({ ...scene, podsOn }, stuck ? 1 : missing)
    : surging({ ...scene, podsOn }, surge, desired);
}

interface Pair {
  readonly fresh: Pod | undefined;
  readonly old: Pod | undefined;
}

/** Undefined: more than one of a kind, which placement has to tidy up first. */
function pairOf({ set, hash }: Scene, pods: readonly Pod[]): Pair | undefined {
  const staying = pods.filter((pod) => !isTerminating(pod));
  const fresh = staying.filter((pod) => isUpdated(set, pod, hash));
  const old = staying.filter((pod) => !isUpdated(set, pod, hash));
  return fresh.length > 1 || old.length > 1 ? undefined : { fresh: fresh[0], old: old[0] };
}

function replacing(scene: Scene, maxUnavailable: number): Plan {
  let unavailable = 0;
  const broken: Pod[] = [];
  const candidates: Pod[] = [];
  for (const pods of scene.podsOn.values()) {
    const pair = pairOf(scene, pods);
    if (pair === undefined) unavailable += 1;
    else if ((pair.fresh === undefined) === (pair.old === undefined)) unavailable += 1;
    else if (pair.fresh !== undefined) unavailable += available(scene, pair.fresh) ? 0 : 1;
    else if (pair.old !== undefined && !available(scene, pair.old)) {
      broken.push(pair.old);
      unavailable += 1;
    } else if (pair.old !== undefined && unavailable < maxUnavailable) candidates.push(pair.old);
  }
  const room = Math.max(0, maxUnavailable - unavailable);
  return { create: [], remove: [...broken, ...candidates.slice(0, room)] };
}

function surging(scene: Scene, maxSurge: number, desired: number): Plan {
  const fits = new Map(scene.nodes.map((node) => [node.metadata.name ?? '', scene.suits(node).run]));
  let surged = 0;
  let availableCount = 0;
  const plan: Plan = { create: [], remove: [] };
  const candidates: string[] = [];
  const outOfPlace: Pod[] = [];
  for (const [node, pods] of scene.podsOn) {
    const pair = pairOf(scene, pods);
    if (pair === undefined) {
      surged += 1;
      continue;
    }
    const { fresh, old } = pair;
    const serving = old ?? fresh;
    if (serving !== undefined && available(scene, serving)) availableCount += 1;
    if (old === undefined) continue;
    if (fresh !== undefined) {
      if (available(scene, fresh)) plan.remove.push(old);
      else surged += 1;
    } else if (available(scene, old)) {
      if (fits.get(node) !== true) outOfPlace.push(old);
      else if (surged < maxSurge) candidates.push(node);
    } else if (fits.get(node) === true) plan.create.push(node);
    else plan.remove.push(old);
  }
  plan.remove.push(...outOfPlace.slice(0, Math.max(0, availableCount - desired)));
  plan.create.push(...candidates.slice(0, Math.max(0, maxSurge - surged)));
  return plan;
}
