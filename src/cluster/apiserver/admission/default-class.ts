import type { ObjectMeta } from '../../../kube/api/meta-v1.ts';
import { timeToMs } from '../../../kube/time.ts';

/**
 * The newest of those marked as default, by name among the equally old. Mirrors pkg/volume/util.GetDefaultClass and
 * plugin/pkg/admission/network/defaultingressclass.
 */
export function newestDefault<T extends { readonly metadata?: ObjectMeta | undefined }>(
  objects: readonly T[],
  annotations: readonly string[],
): T | undefined {
  const age = ({ metadata }: T) => timeToMs(metadata?.creationTimestamp);
  const name = ({ metadata }: T) => metadata?.name ?? '';
  return objects
    .filter(({ metadata }) => annotations.some((key) => metadata?.annotations?.[key] === 'true'))
    .sort((a, b) => age(b) - age(a) || (name(a) < name(b) ? -1 : 1))[0];
}
