import type { Volume as ApiVolume, Pod } from '../../../kube/api/core-v1.ts';
import type { KubeletContext } from '../context.ts';
import { podReference, specOf } from '../pods/pod.ts';
import { ClaimError, type MountedVolume, setUpVolume, type VolumeParts } from './sources.ts';

/** How often the kubelet looks whether all is mounted, and how long it waits (pkg/kubelet/volumemanager). */
const pollMs = 300;
const waitMs = 123_000;
/** nestedpendingoperations' back-off. */
const firstRetryMs = 500;
const lastRetryMs = 122_000;

/** The volumes of one Pod: mounted until they are, each with its own back-off, whatever the Pod's worker does. */
export class PodVolumes {
  readonly #parts: VolumeParts;
  readonly #mounted = new Map<string, MountedVolume>();
  readonly #started = new Set<string>();
  readonly #cancels = new Set<() => void>();
  /** Why those of claims cannot be tried. */
  readonly #unprocessed = new Map<string, string>();
  #closed = false;
  #settled = false;

  constructor(parts: VolumeParts) {
    this.#parts = parts;
  }

  /** Of the kubelet that runs now. */
  get #context(): KubeletContext {
    return this.#parts.context;
  }

  get(name: string): MountedVolume | undefined {
    return this.#mounted.get(name);
  }

  mounted(): IterableIterator<[string, MountedVolume]> {
    return this.#mounted.entries();
  }

  /**
   * Resolves with whether every volume that a container mounts is there; false after two minutes, or when the signal aborts. What
   * was there already is written anew from what the API has now.
   */
  async ready(pod: Pod, signal: AbortSignal): Promise<boolean> {
    const wanted = wantedVolumes(pod);
    await this.#refresh(wanted);
    for (const source of wanted) this.#begin(source);
    const all = () => wanted.every(({ name }) => this.#mounted.has(name));
    if (wanted.length === 0 || (this.#settled && all())) return true;
    // Nobody notices a new mount before the second look.
    const stepMs = Math.min(pollMs, this.#context.relistMs);
    for (let waitedMs = 0; waitedMs <= waitMs; waitedMs += stepMs) {
      await this.#context.clock.sleep(stepMs, signal).catch(() => undefined);
      if (this.#closed || signal.aborted) return false;
      if (this.#unprocessed.size > 0) {
        this.#tellUnprocessed(wanted);
        return false;
      }
      if (!all()) continue;
      this.#settled = true;
      return true;
    }
    return false;
  }

  /** The Pod is over: what was its own goes. */
  close(): void {
    this.#closed = true;
    for (const cancel of this.#cancels) cancel();
    this.#cancels.clear();
    for (const { volume, owned } of this.#mounted.values()) if (owned) volume.remove();
    this.#mounted.clear();
  }

  #begin(source: ApiVolume): void {
    if (this.#started.has(source.name)) return;
    this.#started.add(source.name);
    void this.#attempt(source, firstRetryMs);
  }

  async #attempt(source: ApiVolume, nextRetryMs: number): Promise<void> {
    try {
      const mounted = await setUpVolume(source, this.#parts);
      if (this.#closed) {
        if (mounted.owned) mounted.volume.remove();
      } else this.#mounted.set(source.name, mounted);
    } catch (error) {
      if (this.#closed) return;
      const message = error instanceof Error ? error.message : String(error);
      if (error instanceof ClaimError) {
        this.#started.delete(source.name);
        this.#unprocessed.set(source.name, message);
        return;
      }
      this.#context.event(
        podReference(this.#parts.pod()),
        'Warning',
        'FailedMount',
        `MountVolume.SetUp failed for volume "${source.name}" : ${message}`,
      );
      const cancel = this.#context.clock.after(nextRetryMs, () => {
        this.#cancels.delete(cancel);
        void this.#attempt(source, Math.min(lastRetryMs, nextRetryMs * 2));
      });
      this.#cancels.add(cancel);
    }
  }

  /** Mirrors what WaitForAttachAndMount says of errors of the desired state. */
  #tellUnprocessed(wanted: readonly ApiVolume[]): void {
    const listed = (names: readonly string[]) => `[${[...names].sort().join(' ')}]`;
    const unmounted = wanted.filter(({ name }) => !this.#mounted.has(name)).map(({ name }) => name);
    this.#context.event(
      podReference(this.#parts.pod()),
      'Warning',
      'FailedMount',
      `Unable to attach or mount volumes: unmounted volumes=${listed(unmounted)}, unattached volumes=[], failed to process volumes=${listed([...this.#unprocessed.keys()])}: ${[...this.#unprocessed.values()].join('; ')}`,
    );
    this.#unprocessed.clear();
  }

  async #refresh(wanted: readonly ApiVolume[]): Promise<void> {
    for (const { name } of wanted) {
      try {
        await this.#mounted.get(name)?.refresh?.();
      } catch (error) {
        const message = error instanceof Error ? error.message : String(error);
        this.#context.event(
          podReference(this.#parts.pod()),
          'Warning',
          'FailedMount',
          `MountVolume.SetUp failed for volume "${name}" : ${message}`,
        );
      }
    }
  }
}

/** Those that some container mounts. */
function wantedVolumes(pod: Pod): readonly ApiVolume[] {
  const { volumes = [], containers, initContainers = [] } = specOf(pod);
  if (volumes.length === 0) return [];
  const used = new Set(
    [...containers, ...initContainers].flatMap(({ volumeMounts = [] }) =>
      volumeMounts.map(({ name }) => name),
    ),
  );
  return volumes.filter(({ name }) => used.has(name));
}
