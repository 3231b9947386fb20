import type { OwnerReference } from '../../../kube/api/meta-v1.ts';
import type { KubeObject } from '../../../kube/object.ts';
import { ownerReference } from '../pods/owner.ts';
import type { Pod } from '../pods/pod-state.ts';
import { type Claim, isInRange, type StatefulSet } from './identity.ts';

/**
 * Who should own a claim, so that it goes with the Pod when the set shrinks, or with the set when that is deleted. Mirrors
 * isClaimOwnerUpToDate and updateClaimOwnerRefForSetAndPod of pkg/controller/statefulset. Undefined: nothing to change.
 */
export function wantedOwners(
  claim: Claim,
  set: StatefulSet,
  pod: Pod,
): readonly OwnerReference[] | undefined {
  const owners = claim.metadata.ownerReferences ?? [];
  // Of a set or Pod that was there before: the garbage collector will see to it.
  if (hasStaleOwner(claim, set) || hasStaleOwner(claim, pod)) return undefined;
  const others = owners.filter((owner) => !isOwner(owner, set) && !isOwner(owner, pod));
  if (hasForeignController(owners, set, pod)) return others.length === owners.length ? undefined : others;
  const { whenDeleted, whenScaled } = set.spec?.persistentVolumeClaimRetentionPolicy ?? {};
  const scaledDown = !isInRange(set, pod);
  const wanted: KubeObject[] = [];
  if (whenScaled === 'Delete' && scaledDown) wanted.push(pod);
  else if (whenDeleted === 'Delete') wanted.push(set);
  const has = (owner: KubeObject) => owners.some(({ uid }) => uid === owner.metadata.uid);
  const loose = owners.some(
    (owner) => (isOwner(owner, set) || isOwner(owner, pod)) && owner.controller !== true,
  );
  if (!loose && [set, pod].every((owner) => has(owner) === wanted.includes(owner))) return undefined;
  return [...others, ...wanted.map(ownerReference)];
}

/** Its claims hang on a Pod of that name that is no longer there: a new one must wait until they are gone. */
export function isStale(claim: Claim, set: StatefulSet, pod: Pod): boolean {
  if (set.spec?.persistentVolumeClaimRetentionPolicy?.whenScaled !== 'Delete') return false;
  return hasStaleOwner(claim, pod);
}

const matches = (reference: OwnerReference, owner: KubeObject): boolean =>
  reference.apiVersion === owner.apiVersion &&
  reference.kind === owner.kind &&
  reference.name === owner.metadata.name;

function isOwner(reference: OwnerReference, owner: KubeObject): boolean {
  return matches(reference, owner) && reference.uid === owner.metadata.uid;
}

function hasStaleOwner(claim: Claim, owner: KubeObject): boolean {
  const reference = claim.metadata.ownerReferences?.find((one) => matches(one, owner));
  return reference !== undefined && reference.uid !== owner.metadata.uid;
}

function hasForeignController(owners: readonly OwnerReference[], set: StatefulSet, pod: Pod): boolean {
  return owners.some((owner) => owner.controller === true && !isOwner(owner, set) && !isOwner(owner, pod));
}
