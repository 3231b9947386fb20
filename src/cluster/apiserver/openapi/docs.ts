import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';

/** What one type and its fields are for. Written by dev/kube-docs.mjs. */
export interface TypeDocs {
  readonly description?: string;
  readonly fields: { readonly [name: string]: string };
  /** Values of the fields (or of the items of their lists) that take no others. */
  readonly enums?: { readonly [name: string]: readonly string[] };
}

/** By Go type, `core/v1.PodSpec`. */
export type KubeDocs = { readonly [goType: string]: TypeDocs };

/** `dist/kube-docs.json.gz`, unpacked. Throws on a broken file. */
function parseKubeDocs(compressed: Uint8Array): KubeDocs {
  return JSON.parse(gunzipSync(compressed).toString('utf8')) as KubeDocs;
}

/** Reads the file when it is first needed. Without it, or with a broken one, everything is served without descriptions. */
export function lazyKubeDocs(file: string): () => KubeDocs {
  let docs: KubeDocs | undefined;
  return () => {
    try {
      docs ??= parseKubeDocs(readFileSync(file));
    } catch {
      docs = {};
    }
    return docs;
  };
}

export function docsOf(docs: KubeDocs, goType: string): TypeDocs {
  return Object.hasOwn(docs, goType) ? (docs[goType] ?? { fields: {} }) : { fields: {} };
}

export function fieldText(docs: TypeDocs, name: string): string | undefined {
  return Object.hasOwn(docs.fields, name) ? docs.fields[name] : undefined;
}

export function fieldEnum(docs: TypeDocs, name: string): readonly string[] | undefined {
  return docs.enums !== undefined && Object.hasOwn(docs.enums, name) ? docs.enums[name] : undefined;
}
