import type { Node } from '../../../kube/api/core-v1.ts';
import { Action } from '../framework/cluster-event.ts';
import type { StateKey } from '../framework/cycle-state.ts';
import { type NodeMatcher, preferredNodes, requiredNodes } from '../framework/node-selector.ts';
import type { Plugin } from '../framework/plugin.ts';
import { unresolvable } from '../framework/status.ts';
import { normalizeByHighest } from './normalize.ts';

const name = 'NodeAffinity';
const required: StateKey<NodeMatcher> = { name };
const preferred: StateKey<(node: Node) => number> = { name };
const refusal = unresolvable(name, "node(s) didn't match Pod's node affinity/selector");
const conflict = unresolvable(name, 'pod affinity terms conflict');

/** The nodes that a Pod asks for by labels, or by name. */
export const nodeAffinity: Plugin = {
  name,
  weight: 2,
  events: [
    {
      resource: 'Node',
      action: Action.add | Action.nodeLabel,
      hint: (pod, { before, after }) => {
        const matches = requiredNodes(pod) ?? (() => true);
        if (after === undefined || !matches(after)) return false;
        return before === undefined || !matches(before);
      },
    },
  ],
  preFilter(state, { pod }) {
    const matcher = requiredNodes(pod);
    if (matcher === undefined) return 'skip';
    state.write(required, matcher);
    const terms =
      pod.spec?.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms ??
      [];
    if (terms.length === 0) return undefined;
    const named = new Set<string>();
    for (const { matchFields } of terms) {
      let ofTerm: Set<string> | undefined;
      for (const { key, operator, values = [] } of matchFields ?? [])
        if (key === 'metadata.name' && operator === 'In') {
          const others = ofTerm;
          ofTerm = new Set(values.filter((value) => others === undefined || others.has(value)));
        }
      // This term may be met by any node.
      if (ofTerm === undefined) return undefined;
      for (const node of ofTerm) named.add(node);
    }
    return named.size === 0 ? { status: conflict } : { nodes: named };
  },
  filter(state, _pod, { node }) {
    return state.read(required)?.(node) === false ? refusal : undefined;
  },
  preScore(state, { pod }) {
    const terms = pod.spec?.affinity?.nodeAffinity?.preferredDuringSchedulingIgnoredDuringExecution;
    if ((terms ?? undefined) === undefined) return 'skip';
    state.write(preferred, preferredNodes(terms ?? []));
    return undefined;
  },
  score(state, _pod, { node }) {
    return state.read(preferred)?.(node) ?? 0;
  },
  normalize(_state, scores) {
    normalizeByHighest(scores, false);
  },
};
