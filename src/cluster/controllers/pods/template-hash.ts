import type { PodTemplateSpec } from '../../../kube/api/core-v1.ts';
import { goPrint } from '../../../kube/schema/go-print.ts';
import type { BuiltinSchemas } from '../../../kube/schema/load.ts';

/** Upstream's alphabet for generated names: no vowels, nothing that looks like another. */
const alphabet = 'bcdfghjklmnpqrstvwxz2456789';
const prime = 0x01000193;
const offsetBasis = 0x811c9dc5;
const encoder = new TextEncoder();

/** FNV-1 of 32 bits, as Go's hash/fnv New32. */
export function fnv32(...parts: readonly (Uint8Array | string)[]): number {
  let hash = offsetBasis;
  for (const part of parts)
    for (const byte of typeof part === 'string' ? encoder.encode(part) : part)
      hash = Math.imul(hash, prime) ^ byte;
  return hash >>> 0;
}

/** FNV-1a of 32 bits. */
function fnv32a(...parts: readonly (Uint8Array | string)[]): number {
  let hash = offsetBasis;
  for (const part of parts)
    for (const byte of typeof part === 'string' ? encoder.encode(part) : part)
      hash = Math.imul(hash ^ byte, prime);
  return hash >>> 0;
}

/** A number in letters that make no words. Mirrors rand.SafeEncodeString. */
export function safeEncode(number: number): string {
  return [...String(number)].map((digit) => alphabet.charAt(digit.charCodeAt(0) % alphabet.length)).join('');
}

/**
 * What tells one Pod template from another, in names and labels: the same letters as upstream. Mirrors ComputeHash of
 * pkg/controller; where nobody knows the types, of the template's JSON.
 */
export function templateHash(
  template: PodTemplateSpec | undefined,
  collisionCount: number | undefined,
  schemas: BuiltinSchemas | undefined,
): string {
  const struct = schemas?.structOf('core/v1.PodTemplateSpec');
  const text =
    schemas === undefined || struct === undefined
      ? sortedJson(template ?? {})
      : goPrint(schemas, struct, template ?? {});
  const parts: (Uint8Array | string)[] = [text];
  if (collisionCount !== undefined) {
    const count = new Uint8Array(8);
    new DataView(count.buffer).setUint32(0, collisionCount, true);
    parts.push(count);
  }
  return safeEncode(fnv32a(...parts));
}

/** JSON whose keys are in order, as Go writes maps. */
export function sortedJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(sortedJson).join(',')}]`;
  if (value === null || typeof value !== 'object') return JSON.stringify(value) ?? 'null';
  const entries = Object.entries(value).filter(([, item]) => item !== undefined);
  entries.sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${entries.map(([key, item]) => `${JSON.stringify(key)}:${sortedJson(item)}`).join(',')}}`;
}
