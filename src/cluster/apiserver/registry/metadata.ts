import type { Random } from '../../../base/random.ts';
import type { ObjectMeta, OwnerReference } from '../../../kube/api/meta-v1.ts';
import type { KubeObject } from '../../../kube/object.ts';

/** Upstream's `rand.String`: no vowels and nothing that looks like another, so that no words come out. */
const alphabet = 'bcdfghjklmnpqrstvwxz2456789';
const suffixLength = 5;
const maxGeneratedPrefix = 63 - suffixLength;

export function generateName(prefix: string, random: Random): string {
  let suffix = '';
  for (let i = 0; i < suffixLength; i++) suffix += alphabet.charAt(random.int(alphabet.length));
  return prefix.slice(0, maxGeneratedPrefix) + suffix;
}

/** A version 4 UUID. */
export function newUid(random: Random): string {
  const word = (bits: number) =>
    random
      .int(2 ** bits)
      .toString(16)
      .padStart(bits / 4, '0');
  const variant = (8 + random.int(4)).toString(16);
  // Joined, it is one piece of memory; what a template makes are many that are never put together.
  const [a, b, c, d, e, f] = [word(32), word(16), word(12), word(12), word(16), word(32)];
  return [a, '-', b, '-4', c, '-', variant, d, '-', e, f].join('');
}

/** Mirrors WipeObjectMetaSystemFields and FillObjectMetaSystemFields. */
export function fillSystemFields(meta: ObjectMeta, now: string, random: Random): void {
  delete meta.deletionTimestamp;
  delete meta.deletionGracePeriodSeconds;
  delete meta.selfLink;
  meta.creationTimestamp = now;
  meta.uid = newUid(random);
}

/** Mirrors handlers.dedupOwnerReferences: equal references are kept once. Answers the uids that came twice. */
export function dedupOwners(object: KubeObject): readonly string[] {
  const owners = object.metadata.ownerReferences;
  if (owners === undefined || owners.length < 2) return [];
  const seen = new Set<string>();
  const twice: string[] = [];
  const kept: OwnerReference[] = [];
  for (const owner of owners) {
    const { apiVersion, kind, name, uid, controller, blockOwnerDeletion } = owner;
    const key = JSON.stringify([apiVersion, kind, name, uid, controller, blockOwnerDeletion]);
    if (seen.has(key)) twice.push(uid);
    else {
      seen.add(key);
      kept.push(owner);
    }
  }
  if (twice.length > 0) object.metadata.ownerReferences = kept;
  return twice;
}
