import type { Clock } from '../../../base/clock.ts';
import { formatGoDuration } from '../../../kube/duration.ts';
import type { RuntimeService } from '../runtime-service.ts';

export const networkPluginText =
  'container runtime network not ready: NetworkReady=false reason:NetworkPluginNotReady message:Network plugin returns error: cni plugin not initialized';

/** How often the runtime is asked how it is, after how long without an answer it counts as down, and as seen by nobody. */
const askMs = 5000;
const collectMs = 60_000;
const downMs = 30_000;
const relistMostMs = 180_000;

export interface RuntimeHealthOptions {
  readonly clock: Clock;
  readonly service: RuntimeService;
  readonly startMs: number;
  /** The service stopped or started this moment; the kubelet does not know yet. */
  readonly onService: () => void;
  /** What is known changed: something is wrong, or no longer. */
  readonly onChange: () => void;
  /** Every minute what is dead is to be removed, and cannot. */
  readonly onFailedCollection: (why: string) => void;
}

/**
 * What a kubelet knows of its runtime and of the network plugin, asked every five seconds; while all is well nobody has to ask.
 * Mirrors pkg/kubelet/runtime.go and updateRuntimeUp.
 */
export class RuntimeHealth {
  readonly #options: RuntimeHealthOptions;
  readonly #stopListening: () => void;
  #cancel: (() => void) | undefined;
  /** When it answered last; undefined while it always does. */
  #heardMs: number | undefined;
  #networked: boolean;
  #stoppedMs: number | undefined;
  #told: string;

  constructor(options: RuntimeHealthOptions) {
    this.#options = options;
    const { service } = options;
    this.#networked = service.networked;
    this.#told = `false ${service.networked}`;
    this.#stopListening = service.onService(() => this.#changed());
    if (!service.serving) this.#changed();
  }

  /** Pods are left alone until it answers. */
  get down(): boolean {
    return this.#heardMs !== undefined && this.#options.clock.now() - this.#heardMs >= downMs;
  }

  get networked(): boolean {
    return this.#networked;
  }

  /** What keeps the Node from being ready, in upstream's order. */
  problems(): readonly string[] {
    const nowMs = this.#options.clock.now();
    const unseenMs = this.#stoppedMs === undefined ? 0 : nowMs - this.#stoppedMs;
    return [
      ...(this.down ? ['container runtime is down'] : []),
      ...(unseenMs < relistMostMs
        ? []
        : [
            `PLEG is not healthy: pleg was last seen active ${formatGoDuration(unseenMs)} ago; threshold is 3m0s`,
          ]),
      ...(this.#networked ? [] : [networkPluginText]),
    ];
  }

  stop(): void {
    this.#stopListening();
    this.#cancel?.();
  }

  #changed(): void {
    const { service, clock, onService } = this.#options;
    if (!service.serving) {
      this.#stoppedMs ??= clock.now();
      this.#heardMs ??= clock.now() - this.#sinceTick();
    } else this.#stoppedMs = undefined;
    onService();
    this.#arm();
  }

  #arm(): void {
    if (this.#cancel !== undefined) return;
    this.#cancel = this.#options.clock.after(askMs - this.#sinceTick(), () => {
      this.#cancel = undefined;
      this.#ask();
    });
  }

  #ask(): void {
    const { service, onChange, onFailedCollection, clock, startMs } = this.#options;
    if (service.serving) {
      this.#heardMs = undefined;
      this.#networked = service.networked;
    } else {
      if ((clock.now() - startMs) % collectMs < askMs) onFailedCollection(service.unreachable);
      this.#arm();
    }
    const known = `${this.down} ${this.#networked}`;
    if (known === this.#told) return;
    this.#told = known;
    onChange();
  }

  #sinceTick(): number {
    const { clock, startMs } = this.#options;
    return (clock.now() - startMs) % askMs;
  }
}
