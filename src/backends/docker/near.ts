import { editDistance } from '../../base/text.ts';

/**
 * Names among `existing` that somebody may have written meaning `wanted`: same name with another tag, the same random
 * ending with another prefix (or the reverse), or a few letters away. At most 5, nearest first.
 */
export function nearNames(wanted: string, existing: readonly string[]): readonly string[] {
  const scored = [...new Set(existing)]
    .filter((name) => name !== wanted && !name.includes('<none>'))
    .map((name) => ({ name, distance: nearness(wanted, name) }))
    .filter(({ distance }) => distance !== undefined)
    .sort((left, right) => (left.distance ?? 0) - (right.distance ?? 0) || (left.name < right.name ? -1 : 1));
  return scored.slice(0, 5).map(({ name }) => name);
}

/** Small is near; `undefined` is "something else". */
function nearness(wanted: string, name: string): number | undefined {
  const left = parts(wanted);
  const right = parts(name);
  if (left.repository === right.repository) return 0.5; // only the tag differs
  if (left.tag !== '' && left.tag === right.tag && left.tag !== 'latest') return 0.75;
  // Names of an attempt are prefix-token: `pan-7f3c`. The token alone is already telling.
  const token = /-([0-9a-f]{4,}|\d{3,})$/.exec(wanted)?.[1];
  if (token !== undefined && name.includes(token)) return 0.9;
  const distance = editDistance(wanted.toLowerCase(), name.toLowerCase());
  const allowed = Math.max(1, Math.floor(wanted.length / 4));
  return distance <= allowed ? distance : undefined;
}

function parts(reference: string): { repository: string; tag: string } {
  const colon = reference.lastIndexOf(':');
  if (colon <= reference.lastIndexOf('/')) return { repository: reference, tag: '' };
  return { repository: reference.slice(0, colon), tag: reference.slice(colon + 1) };
}
