import type { Pod } from '../../../kube/api/core-v1.ts';
import type { KubeletContext } from '../context.ts';
import type { ImageManager } from '../images/image-manager.ts';
import type { Verdicts } from '../probes/verdicts.ts';
import type { Pleg } from '../runtime/pleg.ts';
import type { StatusManager } from '../status/status-manager.ts';
import type { Backoff } from './backoff.ts';

/** What the Pods of one kubelet share. */
export interface PodServices {
  readonly context: KubeletContext;
  readonly pleg: Pleg;
  readonly statuses: StatusManager;
  readonly images: ImageManager;
  readonly backoff: Backoff;
  readonly verdicts: Verdicts;
  /** When this kubelet started, ms. */
  readonly startedMs: number;
  /** Tells the Pod when not. */
  networkReady(pod: Pod): boolean;
  /** Mirrors of static Pods. */
  beforeSync(pod: Pod): void;
  checkPullSecrets(pod: Pod): void;
  onFinished(pod: Pod): void;
}
