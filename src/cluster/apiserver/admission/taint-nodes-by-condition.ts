import type { Node } from '../../../kube/api/core-v1.ts';
import { asKind } from '../../../kube/object.ts';
import type { AdmissionPlugin } from '../contracts.ts';
import { creates } from './attributes.ts';

const NOT_READY = 'node.kubernetes.io/not-ready';

/** Nothing is scheduled on a node before it says that it is ready. Mirrors plugin/pkg/admission/nodetaint. */
export const taintNodesByCondition: AdmissionPlugin = {
  name: 'TaintNodesByCondition',
  mutate(request) {
    if (request.object === undefined || !creates(request, '', 'nodes')) return;
    const node = asKind<Node>(request.object);
    const spec = node.spec ?? {};
    node.spec = spec;
    const taints = spec.taints ?? [];
    if (taints.some(({ key, effect }) => key === NOT_READY && effect === 'NoSchedule')) return;
    spec.taints = [...taints, { key: NOT_READY, effect: 'NoSchedule' }];
  },
};
