import type { RunningCluster } from './control/contract.ts';
import { type ClusterOptions, ClusterRefused } from './options.ts';

/** Starts every member and the balancer; resolves when the API answers. Rejects with `PortTaken` or `ClusterRefused`. */
export function startCluster(_options: ClusterOptions): Promise<RunningCluster> {
  return Promise.reject(new ClusterRefused('El clúster integrado todavía no está.', ''));
}
