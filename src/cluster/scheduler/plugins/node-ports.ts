import type { Pod } from '../../../kube/api/core-v1.ts';
import { Action } from '../framework/cluster-event.ts';
import { hostPortsOf, portsConflict, takePorts, type UsedPorts } from '../framework/host-ports.ts';
import type { Plugin } from '../framework/plugin.ts';
import { unschedulable } from '../framework/status.ts';

const name = 'NodePorts';
const refusal = unschedulable(name, "node(s) didn't have free ports for the requested pod ports");

/** Host ports are had by one Pod of a node. */
export const nodePorts: Plugin = {
  name,
  events: [
    {
      resource: 'Pod',
      action: Action.delete,
      hint: (pod, { before }) => {
        const gone = before as Pod | undefined;
        if ((gone?.spec?.nodeName ?? '') === '' || gone?.spec === undefined || pod.spec === undefined)
          return false;
        const freed: UsedPorts = new Map();
        takePorts(freed, hostPortsOf(gone.spec));
        return portsConflict(freed, hostPortsOf(pod.spec));
      },
    },
    { resource: 'Node', action: Action.add },
  ],
  preFilter: (_state, { needs }) => (needs.ports.length === 0 ? 'skip' : undefined),
  filter: (_state, { needs }, { usedPorts }) => (portsConflict(usedPorts, needs.ports) ? refusal : undefined),
};
