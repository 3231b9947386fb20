import type { Container, PodSpec } from '../../api/core-v1.ts';

export interface PlacedContainer {
  readonly container: Container;
  /** `spec.initContainers[0]` */
  readonly path: string;
}

/** Init containers, containers and ephemeral ones, in upstream's order (VisitContainersWithPath). */
export function placedContainers(spec: PodSpec | undefined, path: string): PlacedContainer[] {
  const placed: PlacedContainer[] = [];
  for (const list of ['initContainers', 'containers', 'ephemeralContainers'] as const)
    for (const [i, container] of (spec?.[list] ?? []).entries())
      placed.push({ container, path: path === '' ? `${list}[${i}]` : `${path}.${list}[${i}]` });
  return placed;
}

export function allContainers(spec: PodSpec | undefined): Container[] {
  return placedContainers(spec, '').map(({ container }) => container);
}
