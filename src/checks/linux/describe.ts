import type { JsonObject } from '../../base/json.ts';
import type { Mount } from './mounts.ts';

/** A mount as authors see it. */
export function describeMount(mount: Mount): JsonObject {
  return {
    punto: mount.point,
    tipo: mount.type,
    raiz: mount.root,
    fuente: mount.source,
    propagacion: mount.propagation,
  };
}
