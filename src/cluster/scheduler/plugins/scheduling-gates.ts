import { Action } from '../framework/cluster-event.ts';
import type { Plugin } from '../framework/plugin.ts';
import { unresolvable } from '../framework/status.ts';

const name = 'SchedulingGates';

/** A Pod with gates is not tried until the last one is taken away. */
export const schedulingGates: Plugin = {
  name,
  events: [
    {
      resource: 'Pod',
      action: Action.podGatesEliminated,
      hint: (pod, { after }) => pod.metadata?.uid === after?.metadata.uid,
    },
  ],
  preEnqueue(pod) {
    const gates = (pod.spec?.schedulingGates ?? []).map((gate) => gate.name);
    if (gates.length === 0) return undefined;
    return unresolvable(name, `waiting for scheduling gates: [${gates.join(' ')}]`);
  },
};
