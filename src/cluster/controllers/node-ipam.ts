import type { Node } from '../../kube/api/core-v1.ts';
import { createEventRecorder } from '../../kube/event-recorder.ts';
import type { KubeObject } from '../../kube/object.ts';
import { type Controller, ignoring, isNotFound, startLoop } from './controller.ts';
import { NodeRanges } from './node-ranges.ts';
import { nodes } from './refs.ts';

export interface NodeIpamOptions {
  /** Where the Pods of all nodes have their addresses; the next one is used when one is full. */
  readonly ranges: readonly string[];
  /** The prefix of each node's range. */
  readonly mask: number;
}

/** The first is kubeadm's custom and enough for 256 nodes; the second holds 16,384 more. */
const usual: NodeIpamOptions = { ranges: ['10.244.0.0/16', '10.128.0.0/10'], mask: 24 };

/** Gives each node the range of its Pods' addresses. Mirrors pkg/controller/nodeipam with its RangeAllocator. */
export function nodeIpamWith(options: NodeIpamOptions): Controller {
  return {
    name: 'node-ipam-controller',
    account: 'node-controller',
    start(context) {
      const { client, clock } = context;
      const ranges = new NodeRanges(options.ranges, options.mask);
      const recorder = createEventRecorder({ client, clock, component: 'cidrAllocator' });
      const known = context.informer<Node & KubeObject>(nodes);
      const loop = startLoop(
        context,
        this.name,
        async (name) => {
          const node = known.get('', name);
          if (node === undefined) {
            ranges.release(name);
            return;
          }
          const given = node.spec?.podCIDRs?.[0];
          if (given !== undefined) {
            ranges.occupy(name, given);
            return;
          }
          const range = ranges.take(name);
          if (range === undefined) {
            tell(node, 'CIDRNotAvailable');
            throw new Error(
              'failed to allocate cidr from cluster cidr: CIDR allocation failed; there are no remaining CIDRs left to allocate',
            );
          }
          const patch = { spec: { podCIDR: range, podCIDRs: [range] } };
          await ignoring(isNotFound, client.patch(nodes, '', name, 'strategic', patch));
        },
        // One disk write for many nodes; what each gets is decided in the order in which they came.
        { workers: 30, ready: [known] },
      );
      const tell = ({ metadata: { name = '', uid } }: Node & KubeObject, status: string) =>
        recorder.event(
          { apiVersion: 'v1', kind: 'Node', name, ...(uid === undefined ? {} : { uid }) },
          'Normal',
          status,
          `Node ${name} status is now: ${status}`,
        );
      known.onChange((after, before) => {
        const name = (after ?? before)?.metadata.name ?? '';
        const given = after?.spec?.podCIDRs?.[0];
        // Before anything is dealt out: what others have is taken.
        if (given !== undefined) ranges.occupy(name, given);
        else loop.queue.add(name);
      });
      return loop;
    },
  };
}

export const nodeIpamController = nodeIpamWith(usual);
