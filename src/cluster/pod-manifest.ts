import type { Pod } from '../kube/api/core-v1.ts';
import { defaultPod } from '../kube/defaults/pod.ts';
import { nameIsDNSSubdomain } from '../kube/names.ts';
import { asKind, cloneJson } from '../kube/object.ts';
import { decodeBody } from '../kube/schema/decode.ts';
import type { SchemaSource } from '../kube/schema/schema.ts';
import { StatusError } from '../kube/status.ts';
import { validateObjectMeta } from '../kube/validation/metadata.ts';
import { validatePodCreate } from '../kube/validation/pod/pod.ts';

export interface ReadManifest {
  readonly pod: Pod | undefined;
  /** Spanish with upstream's words inside; also of a Pod that can be used, when something in it does not count. */
  readonly why: string | undefined;
  /** Counted from 1, where it can be told. */
  readonly line: number | undefined;
}

const expected = { group: '', version: 'v1', kind: 'Pod' };
const utf8 = new TextEncoder();

/** A Pod from a file of a node, in YAML or JSON, read and judged as the API would. Mirrors pkg/kubelet/config/common.go. */
export function podManifest(text: string, schemas: SchemaSource): ReadManifest {
  const refused = (why: string, line = lineOf(why, text)): ReadManifest => ({ pod: undefined, why, line });
  if (text.trim() === '') return refused('está vacío.');
  try {
    const bytes = utf8.encode(text);
    const { object, warnings } = decodeBody({
      bytes,
      contentType: 'application/yaml',
      expected,
      schemas,
      fieldValidation: 'Warn',
    });
    const pod = asKind<Pod>(object);
    const first = problemOf(pod);
    if (first !== undefined) return refused(`no vale como Pod: ${first}`);
    const [warning] = warnings;
    if (warning === undefined) return { pod, why: undefined, line: undefined };
    return { pod, why: `no cuenta todo lo que dice: ${warning}`, line: lineOf(warning, text) };
  } catch (error) {
    if (!(error instanceof StatusError)) throw error;
    return refused(`no se puede leer como Pod: ${error.message}`);
  }
}

/** The first error that the API would tell of it. */
function problemOf(manifest: Pod): string | undefined {
  const pod = cloneJson(manifest);
  pod.metadata ??= {};
  pod.metadata.namespace ||= 'default';
  if (!pod.metadata.name) return 'metadata.name: Required value';
  defaultPod(pod);
  const [error] = [...validateObjectMeta(pod.metadata, true, nameIsDNSSubdomain), ...validatePodCreate(pod)];
  if (error !== undefined) return `${error.field}: ${error.body}`;
  // A static Pod is there before the API: it can name nothing of it.
  if (pod.spec?.serviceAccountName)
    return 'spec.serviceAccountName: a static pod may not reference service accounts';
  return undefined;
}

/** What the text itself says (`line 4`), or where the last field that it names is first written. */
function lineOf(why: string, text: string): number | undefined {
  const said = /\bline (\d+)/.exec(why)?.[1];
  if (said !== undefined) return Number(said);
  const fieldPath = /(?:field "|Pod: )([A-Za-z][\w.[\]-]*)/.exec(why)?.[1];
  const keys = fieldPath?.replace(/\[[^\]]*\]/g, '').split('.') ?? [];
  const lines = text.split('\n');
  for (const key of keys.reverse()) {
    const at = lines.findIndex((line) => writes(line, key));
    if (at >= 0) return at + 1;
  }
  return undefined;
}

const writes = (line: string, key: string) =>
  [`${key}:`, `"${key}":`, `'${key}':`].some((written) => line.replace(/^[\s{-]+/, '').startsWith(written));
