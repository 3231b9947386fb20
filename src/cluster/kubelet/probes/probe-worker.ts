import type { ContainerStatus, Pod, PodStatus, Probe } from '../../../kube/api/core-v1.ts';
import { timeToMs } from '../../../kube/time.ts';
import type { KubeletContext } from '../context.ts';
import { type AnyContainer, isSidecar, isTerminalPhase, podReference, specOf, uidOf } from '../pods/pod.ts';
import type { ProbeVerdict } from '../runtime/actions.ts';
import { type ProbeOutcome, runProbe } from './run.ts';
import type { ProbeKind, Verdicts } from './verdicts.ts';

export interface ProbeWorkerOptions {
  readonly context: KubeletContext;
  readonly verdicts: Verdicts;
  readonly kind: ProbeKind;
  readonly container: AnyContainer;
  readonly probe: Probe;
  /** The Pod as it is now. */
  readonly pod: () => Pod;
  /** What was last generated for it. */
  readonly status: () => PodStatus | undefined;
  /** It has nothing left to say. */
  readonly onEnd: () => void;
  /** The kubelet started so recently that the probes must not all come at once. */
  readonly spreadMs: number;
}

const initial: { readonly [kind in ProbeKind]: ProbeVerdict } = {
  startup: 'unknown',
  readiness: 'failure',
  liveness: 'success',
};
const titles: { readonly [kind in ProbeKind]: string } = {
  startup: 'Startup',
  readiness: 'Readiness',
  liveness: 'Liveness',
};
const tries = 3;

/** One probe of one container, every period. Mirrors pkg/kubelet/prober/worker.go. */
export class ProbeWorker {
  readonly #options: ProbeWorkerOptions;
  #cancel: () => void = () => undefined;
  #containerId = '';
  #onHold = false;
  #last: ProbeOutcome['kind'] | undefined;
  #run = 0;
  #busy = false;
  #asked = false;
  #stopped = false;

  constructor(options: ProbeWorkerOptions) {
    this.#options = options;
    const { context, spreadMs, probe } = options;
    const periodMs = (probe.periodSeconds ?? 10) * 1000;
    const begin = () => {
      this.#cancel = context.clock.every(periodMs, () => this.trigger());
      this.trigger();
    };
    if (spreadMs > 0) this.#cancel = context.clock.after(context.random.int(periodMs), begin);
    else begin();
  }

  /** A probe now; when one runs, another right after it. */
  trigger(): void {
    if (this.#stopped) return;
    if (this.#busy) {
      this.#asked = true;
      return;
    }
    void this.#loop();
  }

  stop(): void {
    if (this.#stopped) return;
    this.#stopped = true;
    this.#cancel();
    if (this.#containerId !== '') this.#options.verdicts.forget(this.#options.kind, this.#containerId);
  }

  async #loop(): Promise<void> {
    this.#busy = true;
    try {
      do {
        this.#asked = false;
        // Whoever asked is about to say how the container is.
        await Promise.resolve();
        if (this.#stopped) return;
        if (!(await this.#probe())) {
          this.stop();
          this.#options.onEnd();
        }
      } while (this.#asked && !this.#stopped);
    } finally {
      this.#busy = false;
    }
  }

  #set(verdict: ProbeVerdict): void {
    const { verdicts, kind, pod } = this.#options;
    if (!this.#stopped) verdicts.set(kind, uidOf(pod()), this.#containerId, verdict);
  }

  /** False: this probe has nothing left to do. */
  async #probe(): Promise<boolean> {
    const { context, kind, container, probe } = this.#options;
    const pod = this.#options.pod();
    const status = this.#options.status();
    if (status === undefined) return true;
    if (isTerminalPhase(status.phase)) return false;
    const seen = find(status, container.name);
    if (seen?.containerID === undefined) return true;
    const id = seen.containerID.replace(/^.*:\/\//, '');
    if (id !== this.#containerId) {
      if (this.#containerId !== '') this.#options.verdicts.forget(kind, this.#containerId);
      this.#containerId = id;
      this.#set(initial[kind]);
      this.#onHold = false;
    }
    if (this.#onHold) return true;
    const running = seen.state?.running;
    if (running === undefined) {
      this.#set('failure');
      return (
        seen.state?.terminated === undefined || specOf(pod).restartPolicy !== 'Never' || isSidecar(container)
      );
    }
    if (pod.metadata?.deletionTimestamp !== undefined && kind !== 'readiness') {
      this.#set('success');
      return false;
    }
    const aliveSeconds = Math.trunc((context.clock.now() - timeToMs(running.startedAt)) / 1000);
    if (aliveSeconds < (probe.initialDelaySeconds ?? 0)) return true;
    if ((seen.started === true) === (kind === 'startup')) return true;
    const outcome = await this.#attempt(status);
    if (this.#stopped || id !== this.#containerId) return true;
    this.#judge(pod, outcome);
    return true;
  }

  async #attempt(status: PodStatus): Promise<ProbeOutcome> {
    const { context, container, probe } = this.#options;
    let outcome: ProbeOutcome = { kind: 'error', message: '' };
    for (let left = tries; left > 0; left--) {
      outcome = await runProbe(context, container, this.#containerId, status.podIP ?? '', probe);
      if (outcome.kind !== 'error') break;
    }
    return outcome;
  }

  #judge(pod: Pod, outcome: ProbeOutcome): void {
    const { context, kind, container, probe } = this.#options;
    if (outcome.kind === 'success' && outcome.warning !== undefined)
      context.event(
        podReference(pod, container.name),
        'Warning',
        'ProbeWarning',
        `${titles[kind]} probe warning: ${outcome.warning}`,
      );
    if (outcome.kind !== 'success') {
      const how = outcome.kind === 'failure' ? 'failed' : 'errored';
      context.event(
        podReference(pod, container.name),
        'Warning',
        'Unhealthy',
        `${titles[kind]} probe ${how}: ${outcome.message}`,
      );
    }
    if (outcome.kind === 'error') return;
    this.#run = this.#last === outcome.kind ? this.#run + 1 : 1;
    this.#last = outcome.kind;
    const threshold =
      outcome.kind === 'failure' ? (probe.failureThreshold ?? 3) : (probe.successThreshold ?? 1);
    if (this.#run < threshold) return;
    this.#set(outcome.kind);
    if (kind === 'readiness' || outcome.kind === 'success') return;
    this.#onHold = true;
    this.#run = 0;
  }
}

function find(status: PodStatus, name: string): ContainerStatus | undefined {
  const all = [...(status.containerStatuses ?? []), ...(status.initContainerStatuses ?? [])];
  return all.find((one) => one.name === name && one.containerID !== undefined);
}
