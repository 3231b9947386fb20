import type { Listers } from '../framework/listers.ts';
import type { Plugin } from '../framework/plugin.ts';
import type { BindContext } from '../volumes/bind-volumes.ts';
import { balancedAllocation } from './balanced-allocation.ts';
import { imageLocality } from './image-locality.ts';
import { interPodAffinity } from './inter-pod-affinity.ts';
import { nodeAffinity } from './node-affinity.ts';
import { nodeName } from './node-name.ts';
import { nodePorts } from './node-ports.ts';
import { nodeResourcesFit } from './node-resources-fit.ts';
import { nodeUnschedulable } from './node-unschedulable.ts';
import { nodeVolumeLimits } from './node-volume-limits.ts';
import { podTopologySpread } from './pod-topology-spread.ts';
import { schedulingGates } from './scheduling-gates.ts';
import { taintToleration } from './taint-toleration.ts';
import { volumeBinding } from './volume-binding.ts';
import { volumeRestrictions } from './volume-restrictions.ts';
import { volumeZone } from './volume-zone.ts';

/**
 * In upstream's order (apis/config/v1/default_plugins.go): the first that refuses a node tells why. PrioritySort is the
 * order of the queue, DefaultPreemption and DefaultBinder are the only ones of their kind: they are called by name.
 */
export function defaultPlugins(listers: Listers, volumes: BindContext): readonly Plugin[] {
  return [
    schedulingGates,
    nodeUnschedulable,
    nodeName,
    taintToleration,
    nodeAffinity,
    nodePorts,
    nodeResourcesFit,
    volumeRestrictions(listers.claims),
    nodeVolumeLimits(listers),
    volumeBinding(volumes, listers),
    volumeZone(listers),
    podTopologySpread(listers),
    interPodAffinity(listers.namespaces),
    balancedAllocation,
    imageLocality,
  ];
}
