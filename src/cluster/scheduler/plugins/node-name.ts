import { Action } from '../framework/cluster-event.ts';
import type { Plugin } from '../framework/plugin.ts';
import { unresolvable } from '../framework/status.ts';

const name = 'NodeName';
const refusal = unresolvable(name, "node(s) didn't match the requested node name");

/** A Pod that already names its node. */
export const nodeName: Plugin = {
  name,
  events: [{ resource: 'Node', action: Action.add }],
  filter(_state, { pod }, node) {
    const wanted = pod.spec?.nodeName ?? '';
    return wanted === '' || wanted === node.name ? undefined : refusal;
  },
};
