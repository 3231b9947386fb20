import type { Node, Pod, Taint } from '../../../kube/api/core-v1.ts';
import { Action } from '../framework/cluster-event.ts';
import type { Plugin } from '../framework/plugin.ts';
import { unresolvable } from '../framework/status.ts';
import { someTolerates } from '../framework/taints.ts';

const name = 'NodeUnschedulable';
const refusal = unresolvable(name, 'node(s) were unschedulable');
const cordoned: Taint = { key: 'node.kubernetes.io/unschedulable', effect: 'NoSchedule' };

/** Cordoned nodes take only those that tolerate it. */
export const nodeUnschedulable: Plugin = {
  name,
  events: [
    {
      resource: 'Node',
      action: Action.add | Action.nodeTaint,
      hint: (_pod, { before, after }) => {
        const was = (before as Node | undefined)?.spec?.unschedulable === true;
        return (after as Node | undefined)?.spec?.unschedulable !== true && (before === undefined || was);
      },
    },
    {
      resource: 'Pod',
      action: Action.podTolerations,
      hint: (pod, { after }) =>
        pod.metadata?.uid === after?.metadata.uid &&
        someTolerates((after as Pod | undefined)?.spec?.tolerations, cordoned),
    },
  ],
  filter(_state, { pod }, { node }) {
    if (node.spec?.unschedulable !== true) return undefined;
    return someTolerates(pod.spec?.tolerations, cordoned) ? undefined : refusal;
  },
};
