import type { HealthOptions } from './health.ts';
import type { ZoneOptions } from './zones.ts';

export interface NodeLifecycleOptions extends HealthOptions, ZoneOptions {
  /** How often it looks at all nodes. */
  readonly monitorPeriodMs: number;
}

/** kube-controller-manager's defaults. */
export const usual: NodeLifecycleOptions = {
  monitorPeriodMs: 5000,
  gracePeriodMs: 50_000,
  startupGracePeriodMs: 60_000,
  evictionRate: 0.1,
  secondaryEvictionRate: 0.01,
  largeClusterThreshold: 50,
  unhealthyThreshold: 0.55,
};
