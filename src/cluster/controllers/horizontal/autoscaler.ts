import type {
  HorizontalPodAutoscaler,
  HorizontalPodAutoscalerCondition,
} from '../../../kube/api/autoscaling-v2.ts';
import type { KubeObject } from '../../../kube/object.ts';
import { formatTime } from '../../../kube/time.ts';

export type Autoscaler = HorizontalPodAutoscaler & KubeObject;

export type ConditionType = 'AbleToScale' | 'ScalingActive' | 'ScalingLimited';

/** Conditions of one look at an autoscaler: what is set stays in its place, and keeps its time while its status does. */
export class Conditions {
  readonly #nowMs: number;
  #list: HorizontalPodAutoscalerCondition[];

  constructor(before: readonly HorizontalPodAutoscalerCondition[] | null | undefined, nowMs: number) {
    this.#list = [...(before ?? [])];
    this.#nowMs = nowMs;
  }

  get list(): HorizontalPodAutoscalerCondition[] {
    return this.#list;
  }

  set(type: ConditionType, holds: boolean, reason: string, message: string): void {
    const status = holds ? 'True' : 'False';
    const before = this.#list.find((one) => one.type === type);
    const lastTransitionTime =
      before?.status === status && before.lastTransitionTime !== undefined
        ? before.lastTransitionTime
        : formatTime(this.#nowMs);
    const condition = { type, status, lastTransitionTime, reason, message };
    this.#list =
      before === undefined
        ? [...this.#list, condition]
        : this.#list.map((one) => (one === before ? condition : one));
  }
}
