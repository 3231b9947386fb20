import type { Clock } from '../../../base/clock.ts';
import type { NodeAccess } from '../node-access.ts';

/** What the subresources need that lead to nodes. */
export interface ConnectDeps {
  readonly nodes: NodeAccess;
  /** The cluster's: for `sinceSeconds`. */
  readonly clock: Clock;
  /** The clients': idle connections end by it, however fast the cluster's time goes. */
  readonly wire: Clock;
}
