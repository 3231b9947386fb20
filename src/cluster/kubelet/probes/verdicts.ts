import type { ProbeVerdict } from '../runtime/actions.ts';

export type ProbeKind = 'startup' | 'readiness' | 'liveness';

/** What the probes of a node last said, by container. Mirrors pkg/kubelet/prober/results. */
export class Verdicts {
  readonly #results: { readonly [kind in ProbeKind]: Map<string, ProbeVerdict> } = {
    startup: new Map(),
    readiness: new Map(),
    liveness: new Map(),
  };
  readonly #onChange: (kind: ProbeKind, podUid: string, containerId: string, verdict: ProbeVerdict) => void;

  constructor(
    onChange: (kind: ProbeKind, podUid: string, containerId: string, verdict: ProbeVerdict) => void,
  ) {
    this.#onChange = onChange;
  }

  get(kind: ProbeKind, containerId: string): ProbeVerdict | undefined {
    return this.#results[kind].get(containerId);
  }

  set(kind: ProbeKind, podUid: string, containerId: string, verdict: ProbeVerdict): void {
    if (this.#results[kind].get(containerId) === verdict) return;
    this.#results[kind].set(containerId, verdict);
    this.#onChange(kind, podUid, containerId, verdict);
  }

  forget(kind: ProbeKind, containerId: string): void {
    this.#results[kind].delete(containerId);
  }
}
