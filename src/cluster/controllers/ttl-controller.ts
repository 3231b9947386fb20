import type { Node } from '../../kube/api/core-v1.ts';
import type { KubeObject } from '../../kube/object.ts';
import { type Controller, ignoring, isNotFound, startLoop } from './controller.ts';
import { nodes } from './refs.ts';

const annotation = 'node.alpha.kubernetes.io/ttl';

/** From how many nodes on and up to how many; they overlap so that one node more or less does not flap. */
const steps = [
  { from: 0, to: 100, seconds: 0 },
  { from: 90, to: 500, seconds: 15 },
  { from: 450, to: 1000, seconds: 30 },
  { from: 900, to: 2000, seconds: 60 },
  { from: 1800, to: Number.POSITIVE_INFINITY, seconds: 300 },
] as const;

/** Tells each kubelet for how long it may remember Secrets and ConfigMaps. Mirrors pkg/controller/ttl. */
export const ttlController: Controller = {
  name: 'ttl-controller',
  account: 'ttl-controller',
  start(context) {
    const known = context.informer<Node & KubeObject>(nodes);
    let count = 0;
    let step = 0;
    const move = (by: number) => {
      count += by;
      const { from, to } = steps[step] ?? steps[0];
      if (count > to) step += 1;
      else if (count < from) step -= 1;
    };
    const loop = startLoop(
      context,
      this.name,
      async (name) => {
        const wanted = String(steps[step]?.seconds ?? 0);
        const node = known.get('', name);
        if (node === undefined || node.metadata.annotations?.[annotation] === wanted) return;
        const patch = { metadata: { annotations: { [annotation]: wanted } } };
        await ignoring(isNotFound, context.client.patch(nodes, '', name, 'strategic', patch));
      },
      { ready: [known] },
    );
    known.onChange((after, before) => {
      if (after === undefined) move(-1);
      else if (before === undefined) move(1);
      // With every update of a node, as upstream: a kubelet writes often enough for all to learn of another size.
      if (after !== undefined) loop.queue.add(after.metadata.name ?? '');
    });
    return loop;
  },
};
