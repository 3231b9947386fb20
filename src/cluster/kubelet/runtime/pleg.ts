import type { Clock } from '../../../base/clock.ts';
import type { Runtime, SandboxStatus } from '../runtime.ts';
import { nothingRuns, type PodRuntime, podRuntimeOf } from './pod-runtime.ts';

export interface PlegOptions {
  readonly clock: Clock;
  readonly runtime: Runtime;
  /** When the first look is, ms; the others follow every `relistMs`. */
  readonly startMs: number;
  readonly relistMs: number;
  /** Whether the runtime can be asked at all. */
  readonly serving: () => boolean;
  /** Nothing is done for Pods for the time being. */
  readonly held: () => boolean;
  /** A container of the Pod started or ended, or its sandbox did. `died`: names of containers that ended. */
  readonly onEvent: (uid: string, died: readonly string[]) => void;
}

/**
 * What the runtime did, looked at once a second, and only while something may have changed: between two looks the kubelet
 * knows no more than upstream's would. Mirrors pkg/kubelet/pleg/generic.go with its cache.
 */
export class Pleg {
  readonly #options: PlegOptions;
  readonly #cache = new Map<string, PodRuntime>();
  readonly #dirty = new Set<string>();
  readonly #waiting = new Map<string, (() => void)[]>();
  #cancelTick: (() => void) | undefined;
  #stopListening: () => void;
  #stopped = false;
  /** Since the runtime no longer answers, ms. */
  #blindMs: number | undefined;

  constructor(options: PlegOptions) {
    this.#options = options;
    if (options.serving()) this.#rememberAll();
    else this.#blindMs = options.clock.now();
    this.#stopListening = options.runtime.onChange((uid) => {
      this.#dirty.add(uid);
      this.#arm();
    });
    this.#look(false);
  }

  /** As seen at the last look. */
  get(uid: string): PodRuntime {
    return this.#cache.get(uid) ?? nothingRuns;
  }

  uids(): readonly string[] {
    return [...this.#cache.keys()];
  }

  /** As it is now; the cache has it too from here on. */
  refresh(uid: string): PodRuntime {
    const runtime = podRuntimeOf(
      this.#options.runtime.sandboxes().filter(({ config }) => config.uid === uid),
    );
    this.#store(uid, runtime);
    return runtime;
  }

  /** Resolves when there was a look later than `atMs`, at once when there was one already. */
  async newerThan(uid: string, atMs: number): Promise<PodRuntime> {
    if (this.#stopped) return this.get(uid);
    if (this.#options.held() || (atMs > 0 && this.lastLookMs() <= atMs)) {
      await new Promise<void>((resolve) => {
        const others = this.#waiting.get(uid);
        if (others === undefined) this.#waiting.set(uid, [resolve]);
        else others.push(resolve);
        this.#arm();
      });
    }
    return this.get(uid);
  }

  /** When the kubelet looked last, had it looked every second. */
  lastLookMs(): number {
    const { clock, startMs, relistMs } = this.#options;
    const nowMs = this.#blindMs ?? clock.now();
    return startMs + Math.floor((nowMs - startMs) / relistMs) * relistMs;
  }

  /** ms until the next look. */
  untilNextMs(): number {
    const { clock, relistMs, startMs } = this.#options;
    return relistMs - ((clock.now() - startMs) % relistMs);
  }

  /** The runtime stopped answering, or answers again: then everything is looked at. */
  serviceChanged(): void {
    if (!this.#options.serving()) this.#blindMs ??= this.#options.clock.now();
    else if (this.#blindMs !== undefined) {
      this.#blindMs = undefined;
      this.#rememberAll();
      this.#look(true);
    }
  }

  /** Pods may be worked on again. */
  release(): void {
    this.#arm();
  }

  stop(): void {
    this.#stopped = true;
    this.#stopListening();
    this.#cancelTick?.();
    for (const waiting of this.#waiting.values()) for (const resolve of waiting) resolve();
    this.#waiting.clear();
  }

  #arm(): void {
    if (this.#cancelTick !== undefined || this.#stopped) return;
    this.#cancelTick = this.#options.clock.after(this.untilNextMs(), () => {
      this.#cancelTick = undefined;
      this.#look(true);
    });
  }

  #rememberAll(): void {
    for (const { config } of this.#options.runtime.sandboxes()) this.#dirty.add(config.uid);
  }

  #look(tell: boolean): void {
    if (this.#blindMs !== undefined) return;
    const told: [string, readonly string[]][] = [];
    if (this.#dirty.size > 0) {
      const byPod = new Map<string, SandboxStatus[]>();
      for (const uid of this.#dirty) byPod.set(uid, []);
      this.#dirty.clear();
      for (const sandbox of this.#options.runtime.sandboxes()) byPod.get(sandbox.config.uid)?.push(sandbox);
      for (const [uid, sandboxes] of byPod) {
        const before = this.get(uid);
        const after = podRuntimeOf(sandboxes);
        this.#store(uid, after);
        const died = tell ? eventsOf(before, after) : undefined;
        if (died !== undefined) told.push([uid, died]);
      }
    }
    const held = this.#options.held();
    const waiting = held ? [] : [...this.#waiting.values()];
    if (!held) this.#waiting.clear();
    for (const [uid, died] of told) this.#options.onEvent(uid, died);
    for (const resolves of waiting) for (const resolve of resolves) resolve();
    if (this.#dirty.size > 0) this.#arm();
  }

  #store(uid: string, runtime: PodRuntime): void {
    if (runtime.sandboxes.length === 0) this.#cache.delete(uid);
    else this.#cache.set(uid, runtime);
  }
}

/** Names of the containers that ended; undefined when nothing happened that matters. Removals do not. */
function eventsOf(before: PodRuntime, after: PodRuntime): readonly string[] | undefined {
  const died: string[] = [];
  let happened = false;
  const was = new Map(before.containers.map((container) => [container.id, container.state]));
  for (const { id, state, config } of after.containers) {
    const old = was.get(id);
    if (old === state) continue;
    if (state === 'exited') died.push(config.name);
    if (state !== 'created') happened = true;
  }
  const stood = new Map(before.sandboxes.map((sandbox) => [sandbox.id, sandbox.state]));
  for (const { id, state } of after.sandboxes) if (stood.get(id) !== state) happened = true;
  return happened ? died : undefined;
}
