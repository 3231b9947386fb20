import type { NodeSpec } from './kubelet/node/spec.ts';

const zones = ['zona-a', 'zona-b', 'zona-c'] as const;
const addressesPerBlock = 200;
/** Of a learner's node: enough for a course, little enough to run out of. */
export const usualSize = { cpuMilli: 4_000, memoryBytes: 8 * 1024 ** 3 };

/** `nodo-1`, `nodo-2`…, spread over three zones, as a learner's cluster has them. */
export function nodeSpecs(count: number): readonly (NodeSpec & typeof usualSize)[] {
  return Array.from({ length: count }, (_, at) => ({
    ...usualSize,
    name: `nodo-${at + 1}`,
    ip: `192.168.${Math.floor(at / addressesPerBlock)}.${11 + (at % addressesPerBlock)}`,
    region: 'panaderia',
    zone: zones[at % zones.length] ?? zones[0],
  }));
}
