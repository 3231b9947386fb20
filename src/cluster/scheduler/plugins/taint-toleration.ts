import type { Node, Toleration } from '../../../kube/api/core-v1.ts';
import { Action } from '../framework/cluster-event.ts';
import type { StateKey } from '../framework/cycle-state.ts';
import type { Plugin } from '../framework/plugin.ts';
import { unresolvable } from '../framework/status.ts';
import { someTolerates, untoleratedTaint } from '../framework/taints.ts';
import { normalizeByHighest } from './normalize.ts';

const name = 'TaintToleration';
const preferences: StateKey<readonly Toleration[]> = { name };

/** Taints keep Pods away that do not tolerate them; of PreferNoSchedule ones, the fewer the better. */
export const taintToleration: Plugin = {
  name,
  weight: 3,
  events: [
    {
      resource: 'Node',
      action: Action.add | Action.nodeTaint,
      hint: (pod, { before, after }) => {
        const { tolerations } = pod.spec ?? {};
        const refused = (node: Node) => untoleratedTaint(node.spec?.taints, tolerations) !== undefined;
        return after !== undefined && !refused(after) && (before === undefined || refused(before));
      },
    },
    {
      resource: 'Pod',
      action: Action.podTolerations,
      hint: (pod, { after }) => pod.metadata?.uid === after?.metadata.uid,
    },
  ],
  filter(_state, { pod }, { node }) {
    const taint = untoleratedTaint(node.spec?.taints, pod.spec?.tolerations);
    if (taint === undefined) return undefined;
    return unresolvable(name, `node(s) had untolerated taint {${taint.key}: ${taint.value ?? ''}}`);
  },
  preScore(state, { pod }) {
    const all = pod.spec?.tolerations ?? [];
    state.write(
      preferences,
      all.filter(({ effect = '' }) => effect === '' || effect === 'PreferNoSchedule'),
    );
    return undefined;
  },
  score(state, _pod, { node }) {
    const tolerations = state.read(preferences);
    let intolerable = 0;
    for (const taint of node.spec?.taints ?? [])
      if (taint.effect === 'PreferNoSchedule' && !someTolerates(tolerations, taint)) intolerable++;
    return intolerable;
  },
  normalize(_state, scores) {
    normalizeByHighest(scores, true);
  },
};
