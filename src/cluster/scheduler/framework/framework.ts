import type { Pod } from '../../../kube/api/core-v1.ts';
import type { CycleState, StateKey } from './cycle-state.ts';
import type { NodeCounter, NodeInfo } from './node-info.ts';
import type { Plugin } from './plugin.ts';
import type { PodInfo } from './pod-info.ts';
import type { Snapshot } from './snapshot.ts';
import { failed, isRejected, type Status, unresolvable } from './status.ts';

/** Who is promised a place on a node once its victims are gone. */
export interface Nominated {
  nominatedTo(node: string): readonly PodInfo[];
}

export interface PreFilterOutcome {
  readonly status: Status | undefined;
  /** Only these nodes come into question; undefined: all. */
  readonly nodes: ReadonlySet<string> | undefined;
  /** Who narrowed the nodes. */
  readonly narrowedBy: readonly string[];
}

/** Who has something to say about this Pod. */
interface Active {
  /** In order. */
  readonly filters: readonly Plugin[];
  /** Those whose data follows Pods that are added and removed in trials. */
  readonly followers: readonly Plugin[];
}

const active: StateKey<Active> = { name: 'active plugins' };
const nobody: readonly Plugin[] = [];

/** What one plugin made of the nodes that were left: its own numbers, and those brought to 0..100. */
export interface PluginScores {
  readonly plugin: string;
  readonly weight: number;
  readonly raw: readonly number[];
  readonly scores: readonly number[];
}

/** Runs the plugins, in their order, at each extension point. Mirrors pkg/scheduler/framework/runtime. */
export class Framework {
  readonly plugins: readonly Plugin[];
  readonly #nominated: Nominated;

  constructor(plugins: readonly Plugin[], nominated: Nominated) {
    this.plugins = plugins;
    this.#nominated = nominated;
  }

  preEnqueue(pod: Pod): Status | undefined {
    for (const plugin of this.plugins) {
      const status = plugin.preEnqueue?.(pod);
      if (status !== undefined) return status;
    }
    return undefined;
  }

  preFilter(state: CycleState, pod: PodInfo, snapshot: Snapshot): PreFilterOutcome {
    const skipped = new Set<Plugin>();
    const narrowedBy: string[] = [];
    let nodes: ReadonlySet<string> | undefined;
    let refused: Status | undefined;
    const no = (status: Status): PreFilterOutcome => ({ status, nodes: undefined, narrowedBy: [] });
    for (const plugin of this.plugins) {
      if (plugin.preFilter === undefined) continue;
      const result = guarded(plugin, () => plugin.preFilter?.(state, pod, snapshot));
      if (result === undefined) continue;
      if (result === 'skip') skipped.add(plugin);
      else if ('status' in result) {
        if (result.status.code === 'Error')
          return no(
            failed(plugin.name, `running PreFilter plugin "${plugin.name}": ${textOf(result.status)}`),
          );
        if (result.status.code === 'UnschedulableAndUnresolvable') return no(result.status);
        refused = result.status;
      } else {
        narrowedBy.push(plugin.name);
        const others = nodes;
        nodes =
          others === undefined ? result.nodes : new Set([...result.nodes].filter((name) => others.has(name)));
        if (nodes.size > 0) continue;
        const names = `[${[...narrowedBy].sort().join(' ')}]`;
        return no(
          unresolvable(
            plugin.name,
            narrowedBy.length === 1
              ? `node(s) didn't satisfy plugin ${plugin.name}`
              : `node(s) didn't satisfy plugin(s) ${names} simultaneously`,
          ),
        );
      }
    }
    const left = this.plugins.filter((plugin) => !skipped.has(plugin));
    state.write(active, {
      filters: left.filter(({ filter }) => filter !== undefined),
      followers: left.filter(({ podAdded }) => podAdded !== undefined),
    });
    return { status: refused, nodes, narrowedBy };
  }

  filter(state: CycleState, pod: PodInfo, node: NodeInfo): Status | undefined {
    for (const plugin of state.read(active)?.filters ?? nobody) {
      const status = plugin.filter?.(state, pod, node);
      if (status === undefined) continue;
      if (isRejected(status)) return status;
      return failed(plugin.name, `running "${plugin.name}" filter plugin: ${textOf(status)}`);
    }
    return undefined;
  }

  /**
   * The node must take the Pod both with those that are promised a place there before it, and without them: they may
   * never come. Mirrors RunFilterPluginsWithNominatedPods.
   */
  filterWithNominated(state: CycleState, pod: PodInfo, node: NodeInfo): Status | undefined {
    const promised = this.#nominated
      .nominatedTo(node.name)
      .filter((other) => other.priority >= pod.priority && other.uid !== pod.uid);
    if (promised.length === 0) return this.filter(state, pod, node);
    const trial = state.clone();
    const crowded = node.clone();
    for (const other of promised) this.addPod(trial, pod, other, crowded);
    return this.filter(trial, pod, crowded) ?? this.filter(state, pod, node);
  }

  /** In a trial: `other` comes to the node. */
  addPod(state: CycleState, pod: PodInfo, other: PodInfo, node: NodeCounter): void {
    node.addPod(other);
    for (const plugin of state.read(active)?.followers ?? nobody) plugin.podAdded?.(state, pod, other, node);
  }

  /** In a trial: `other` leaves the node. */
  removePod(state: CycleState, pod: PodInfo, other: PodInfo, node: NodeCounter): void {
    node.removePod(other);
    for (const plugin of state.read(active)?.followers ?? nobody)
      plugin.podRemoved?.(state, pod, other, node);
  }

  /** One entry per plugin that has an opinion; scores in the order of `nodes`. Throws when a plugin cannot tell. */
  score(
    state: CycleState,
    pod: PodInfo,
    nodes: readonly NodeInfo[],
    snapshot: Snapshot,
  ): readonly PluginScores[] {
    const results: PluginScores[] = [];
    const scoring = this.plugins.filter(
      (plugin) => plugin.preScore?.(state, pod, nodes, snapshot) !== 'skip' && plugin.score !== undefined,
    );
    for (const plugin of scoring) {
      const raw = nodes.map((node) => plugin.score?.(state, pod, node, snapshot) ?? 0);
      let scores = raw;
      if (plugin.normalize !== undefined) {
        scores = [...raw];
        plugin.normalize(state, scores, nodes);
      }
      results.push({ plugin: plugin.name, weight: plugin.weight ?? 1, raw, scores });
    }
    return results;
  }

  /** Sets aside what the Pod takes; all or nothing. */
  reserve(state: CycleState, pod: PodInfo, node: string): Status | undefined {
    for (const plugin of this.plugins) {
      const status = plugin.reserve?.(state, pod, node);
      if (status === undefined) continue;
      this.unreserve(state, pod, node);
      return status;
    }
    return undefined;
  }

  unreserve(state: CycleState, pod: PodInfo, node: string): void {
    for (const plugin of this.plugins.toReversed()) plugin.unreserve?.(state, pod, node);
  }

  async preBind(state: CycleState, pod: PodInfo, node: string, signal: AbortSignal): Promise<void> {
    for (const plugin of this.plugins) {
      try {
        await plugin.preBind?.(state, pod, node, signal);
      } catch (error) {
        throw new Error(`running PreBind plugin "${plugin.name}": ${textOf(failed(plugin.name, error))}`);
      }
    }
  }
}

const textOf = ({ reasons }: Status): string => reasons.join(', ');

function guarded<T>(plugin: Plugin, run: () => T): T | { readonly status: Status } {
  try {
    return run();
  } catch (error) {
    return { status: failed(plugin.name, error) };
  }
}
