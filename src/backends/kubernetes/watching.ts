import type { Clock } from '../../base/clock.ts';
import type { KubeClient, ResourceRef } from '../../kube/client.ts';
import type { KubeObject } from '../../kube/object.ts';

const pauseMs = 1_000;
/** Of one kind in one namespace; the oldest are forgotten first. */
const maxStates = 5_000;
/** A watch that has told nothing for so long has told what it had. */
const quietMs = 150;
const longestCatchUpMs = 4_000;

export interface State {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED';
  readonly object: KubeObject;
}

/** Follows one resource in one namespace from as far back as the cluster remembers, and says when something changes. */
export class Watching {
  readonly #states: State[] = [];
  readonly #caughtUp: Promise<void>;
  readonly #ending = new AbortController();
  readonly #listeners = new Set<() => void>();
  /** The revision from which on nothing is missing. */
  #since = 0;
  #cut = false;

  constructor(client: KubeClient, ref: ResourceRef, namespace: string | undefined, clock: Clock) {
    let heard = () => {};
    this.#caughtUp = new Promise((resolve) => {
      let cancel = clock.after(longestCatchUpMs, resolve);
      heard = () => {
        cancel();
        cancel = clock.after(quietMs, resolve);
      };
    });
    void this.#run(client, ref, namespace, clock, () => heard());
  }

  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Oldest first; undefined: it does not reach back to `revision`. */
  async states(revision: number): Promise<readonly State[] | undefined> {
    await this.#caughtUp;
    return this.#cut || this.#since > revision ? undefined : this.#states;
  }

  stop(): void {
    this.#ending.abort(new Error('closed'));
  }

  async #run(
    client: KubeClient,
    ref: ResourceRef,
    namespace: string | undefined,
    clock: Clock,
    heard: () => void,
  ): Promise<void> {
    const { signal } = this.#ending;
    let from = '1';
    while (!signal.aborted) {
      try {
        const events = client.watch<KubeObject>(ref, {
          namespace,
          resourceVersion: from,
          bookmarks: true,
          signal,
        });
        heard();
        for await (const { type, object } of events) {
          heard();
          if (type === 'ERROR') {
            from = this.#tooOld(object, from);
            break;
          }
          from = object.metadata.resourceVersion ?? from;
          if (type !== 'BOOKMARK') this.#add({ type, object });
        }
      } catch (error) {
        if (signal.aborted) return;
        from = this.#tooOld((error as { status?: unknown }).status, from);
        heard();
      }
      await clock.sleep(from === '1' || this.#states.length > 0 ? pauseMs : 0, signal).catch(() => undefined);
    }
  }

  /** `too old resource version: 1 (3024)` names the oldest there is. */
  #tooOld(status: unknown, from: string): string {
    const { code, message = '' } = (status ?? {}) as { code?: number; message?: string };
    if (code !== 410) return from;
    const oldest = /\((\d+)\)/.exec(message)?.[1];
    if (oldest === undefined) return from;
    if (this.#states.length > 0) this.#cut = true;
    this.#since = Number(oldest);
    return oldest;
  }

  #add(state: State): void {
    this.#states.push(state);
    if (this.#states.length > maxStates) {
      this.#states.shift();
      this.#cut = true;
    }
    for (const listener of this.#listeners) listener();
  }
}
