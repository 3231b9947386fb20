import type { DownwardAPIVolumeFile, KeyToPath, Pod } from '../../../kube/api/core-v1.ts';
import type { KubeletContext } from '../context.ts';
import { MissingError } from '../objects.ts';
import { namespaceOf } from '../pods/pod.ts';
import { fieldValue, type PodAddresses, resourceValue } from '../runtime/downward.ts';

/** What is written into a volume. Texts stay the strings that they are: what many Pods mount is in memory once. */
export type Payload = Map<string, { readonly bytes: Uint8Array | string; readonly mode: number }>;

interface Keyed {
  readonly items?: readonly KeyToPath[] | undefined;
  readonly optional?: boolean | undefined;
}

/** Mirrors pkg/volume/configmap. Rejects in upstream's words. */
export async function configMapPayload(
  context: KubeletContext,
  pod: Pod,
  name: string,
  keyed: Keyed,
  mode: number,
): Promise<Payload> {
  const found = await missingIsEmpty(keyed, context.objects.configMap(namespaceOf(pod), name));
  const files = new Map<string, Uint8Array | string>(Object.entries(found?.data ?? {}));
  for (const [key, base64] of Object.entries(found?.binaryData ?? {}))
    files.set(key, Buffer.from(base64, 'base64'));
  return selected(files, keyed, mode, (key) => `configmap references non-existent config key: ${key}`);
}

/** Mirrors pkg/volume/secret. */
export async function secretPayload(
  context: KubeletContext,
  pod: Pod,
  name: string,
  keyed: Keyed,
  mode: number,
): Promise<Payload> {
  const found = await missingIsEmpty(keyed, context.objects.secret(namespaceOf(pod), name));
  const files = new Map<string, Uint8Array>();
  for (const [key, base64] of Object.entries(found?.data ?? {}))
    files.set(key, Buffer.from(base64, 'base64'));
  return selected(files, keyed, mode, (key) => `references non-existent secret key: ${key}`);
}

/** Mirrors pkg/volume/downwardapi. */
export function downwardPayload(
  context: KubeletContext,
  pod: Pod,
  items: readonly DownwardAPIVolumeFile[],
  mode: number,
  addresses: PodAddresses,
): Payload {
  const payload: Payload = new Map();
  for (const item of items) {
    const text =
      item.fieldRef === undefined
        ? item.resourceFieldRef === undefined
          ? ''
          : resourceValue(item.resourceFieldRef, pod, undefined, context.settings)
        : fieldValue(item.fieldRef.fieldPath, pod, addresses);
    payload.set(item.path, { bytes: text, mode: item.mode ?? mode });
  }
  return payload;
}

function selected(
  files: ReadonlyMap<string, Uint8Array | string>,
  { items, optional }: Keyed,
  mode: number,
  missing: (key: string) => string,
): Payload {
  const payload: Payload = new Map();
  if (items === undefined || items.length === 0) {
    for (const [key, bytes] of files) payload.set(key, { bytes, mode });
    return payload;
  }
  for (const item of items) {
    const bytes = files.get(item.key);
    if (bytes !== undefined) payload.set(item.path, { bytes, mode: item.mode ?? mode });
    else if (optional !== true) throw new Error(missing(item.key));
  }
  return payload;
}

async function missingIsEmpty<T>({ optional }: Keyed, call: Promise<T>): Promise<T | undefined> {
  try {
    return await call;
  } catch (error) {
    if (optional === true && error instanceof MissingError) return undefined;
    throw error;
  }
}
