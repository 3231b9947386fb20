import type { Pod, PodStatus } from '../../../kube/api/core-v1.ts';
import type { KubeletContext } from '../context.ts';
import { containersOf, initContainersOf, isSidecar } from '../pods/pod.ts';
import type { ProbeState } from '../status/pod-status.ts';
import { ProbeWorker } from './probe-worker.ts';
import type { ProbeKind, Verdicts } from './verdicts.ts';

const kinds = ['startup', 'readiness', 'liveness'] as const;
const fields = {
  startup: 'startupProbe',
  readiness: 'readinessProbe',
  liveness: 'livenessProbe',
} as const;

/** The probes of one Pod. Mirrors pkg/kubelet/prober/prober_manager.go. */
export class PodProbes implements ProbeState {
  readonly #workers = new Map<string, ProbeWorker>();
  readonly #verdicts: Verdicts;

  constructor(verdicts: Verdicts) {
    this.#verdicts = verdicts;
  }

  /** Begins those of the containers that have none yet. */
  add(
    context: KubeletContext,
    pod: () => Pod,
    status: () => PodStatus | undefined,
    kubeletStartedMs: number,
  ): void {
    const now = pod();
    for (const container of [...containersOf(now), ...initContainersOf(now).filter(isSidecar)]) {
      for (const kind of kinds) {
        const probe = container[fields[kind]];
        const key = `${kind}/${container.name}`;
        if (probe === undefined || this.#workers.has(key)) continue;
        const spreadMs = kubeletStartedMs + (probe.periodSeconds ?? 10) * 1000 - context.clock.now();
        const worker = new ProbeWorker({
          context,
          verdicts: this.#verdicts,
          kind,
          container,
          probe,
          pod,
          status,
          spreadMs,
          onEnd: () => this.#workers.delete(key),
        });
        this.#workers.set(key, worker);
      }
    }
  }

  started(containerId: string, name: string): boolean {
    const verdict = this.#verdicts.get('startup', containerId);
    if (verdict !== undefined) return verdict === 'success';
    return !this.#workers.has(`startup/${name}`);
  }

  ready(containerId: string, name: string): boolean {
    if (this.#verdicts.get('readiness', containerId) === 'success') return true;
    const worker = this.#workers.get(`readiness/${name}`);
    worker?.trigger();
    return worker === undefined;
  }

  /** The Pod ends: what would restart its containers stops first. */
  stopKillers(): void {
    this.#stop(['startup', 'liveness']);
  }

  stop(): void {
    this.#stop(kinds);
  }

  #stop(which: readonly ProbeKind[]): void {
    for (const [key, worker] of this.#workers) {
      if (!which.some((kind) => key.startsWith(`${kind}/`))) continue;
      worker.stop();
      this.#workers.delete(key);
    }
  }
}
