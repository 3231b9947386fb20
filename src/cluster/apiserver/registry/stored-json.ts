import type { Dict, KubeObject, MutableJson } from '../../../kube/object.ts';
import { asDict } from '../../../kube/object.ts';

/**
 * How objects lie in the store: compact JSON in upstream's order of keys, without resourceVersion, with a line feed before
 * `"metadata"` and another after `uid`. JSON texts have no line feeds of their own, so both places are found without
 * parsing: list items are printed without what precedes the first, and resourceVersion goes where the second is.
 */
const lineFeed = 0x0a;
const beforeVersion = ['name', 'generateName', 'namespace', 'selfLink', 'uid'] as const;

/** `object` in canonical form; its resourceVersion is left out. */
export function encodeStored(object: KubeObject): Buffer {
  const { kind, apiVersion, metadata, ...others } = asDict(object);
  const head: Dict = {};
  const tail: Dict = {};
  const meta = (metadata ?? {}) as Dict;
  for (const key of beforeVersion) if (meta[key] !== undefined) head[key] = meta[key];
  for (const key of Object.keys(meta))
    if (key !== 'resourceVersion' && meta[key] !== undefined && !Object.hasOwn(head, key))
      tail[key] = meta[key] as MutableJson;
  const before = JSON.stringify(head).slice(1, -1);
  const after = JSON.stringify(tail).slice(1, -1);
  const rest = JSON.stringify(others).slice(1, -1);
  return Buffer.from(
    `{"kind":${JSON.stringify(kind)},"apiVersion":${JSON.stringify(apiVersion)},\n"metadata":{${before}\n` +
      `${after === '' ? '' : `,${after}`}}${rest === '' ? '' : `,${rest}`}}`,
  );
}

export interface Printed {
  /** The whole object and a line feed. */
  readonly bytes: Buffer;
  /** Where `"metadata"` begins. */
  readonly metadataAt: number;
}

/** What is sent for a stored value. `revision` 0: without resourceVersion (dry run). */
export function printStored(value: Uint8Array, revision: number): Printed {
  const first = value.indexOf(lineFeed);
  const second = value.indexOf(lineFeed, first + 1);
  const version = revision === 0 ? '' : `,"resourceVersion":"${revision}"`;
  const bytes = Buffer.allocUnsafe(value.length + version.length - 1);
  bytes.set(value.subarray(0, first), 0);
  bytes.set(value.subarray(first + 1, second), first);
  bytes.write(version, second - 1, 'latin1');
  bytes.set(value.subarray(second + 1), second - 1 + version.length);
  bytes[bytes.length - 1] = lineFeed;
  return { bytes, metadataAt: first };
}
