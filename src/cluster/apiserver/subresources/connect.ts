import { systemClock } from '../../../base/clock.ts';
import type { SubresourcePlugin } from '../contracts.ts';
import { noNodes } from '../node-access.ts';
import type { ConnectDeps } from './connect-deps.ts';
import { nodeProxy } from './node-proxy.ts';
import { podAttach, podExec } from './pod-command.ts';
import { podLog } from './pod-log.ts';
import { podPortForward } from './pod-port-forward.ts';
import { podProxy } from './pod-proxy.ts';
import { serviceProxy } from './service-proxy.ts';

/** Subresources that pass a request on to a node, a Pod or a Service. Mirrors registry/core/{pod,node,service}. */
export function connectSubresources(
  deps: ConnectDeps = { nodes: noNodes, clock: systemClock, wire: systemClock },
): readonly SubresourcePlugin[] {
  return [
    podAttach(deps),
    podExec(deps),
    podLog(deps),
    podPortForward(deps),
    podProxy(deps),
    serviceProxy(deps),
    nodeProxy(deps),
  ];
}
