import { failure, type StatusError } from '../../../kube/status.ts';

export type Conversion = 'Table' | 'PartialObjectMetadata' | 'PartialObjectMetadataList';

/** How an answer is to be written. */
export interface AnswerForm {
  readonly media: 'json' | 'yaml';
  readonly pretty: boolean;
  readonly as?: Conversion;
  /** `meta.k8s.io/v1` or `meta.k8s.io/v1beta1`, with `as`. */
  readonly metaVersion?: string;
}

export const plainJson: AnswerForm = { media: 'json', pretty: false };
const conversions = new Set<string>(['Table', 'PartialObjectMetadata', 'PartialObjectMetadataList']);
const maxKnown = 500;
const known = new Map<string, AnswerForm | undefined>();

/**
 * Mirrors apiserver/pkg/endpoints/handlers/negotiation. The server writes JSON and YAML, so a client that accepts protobuf
 * only is refused. Throws a 406.
 */
export function negotiate(accept: string | undefined): AnswerForm {
  if (accept === undefined || accept === '' || accept === 'application/json') return plainJson;
  if (!known.has(accept)) {
    if (known.size >= maxKnown) known.clear();
    known.set(accept, choose(accept));
  }
  const form = known.get(accept);
  if (form === undefined) throw notAcceptable();
  return form;
}

/** For what has no other form than its own (discovery): a Table cannot be had. Throws a 406. */
export function negotiatePlain(accept: string | undefined): AnswerForm {
  if (accept === undefined || accept === '' || accept === 'application/json') return plainJson;
  const form = choose(accept, false);
  if (form === undefined) throw notAcceptable();
  return form;
}

export function notAcceptable(
  message = 'only the following media types are accepted: application/json, application/yaml, application/vnd.kubernetes.protobuf',
): StatusError {
  return failure(406, 'NotAcceptable', message);
}

interface Clause {
  readonly type: string;
  readonly quality: number;
  readonly parameters: ReadonlyMap<string, string>;
}

function choose(accept: string, converts = true): AnswerForm | undefined {
  const clauses = accept.split(',').map(readClause);
  clauses.sort((a, b) => b.quality - a.quality);
  for (const { type, parameters } of clauses) {
    const media = mediaOf(type);
    if (media === undefined) continue;
    const pretty = parameters.get('pretty') === '1';
    const stream = parameters.get('stream') ?? '';
    if (stream !== '' && stream !== 'watch') continue;
    if ((parameters.get('sv') ?? '') !== '') continue;
    const as = parameters.get('as');
    const group = parameters.get('g');
    const version = parameters.get('v');
    if (as === undefined && group === undefined && version === undefined) return { media, pretty };
    if (group !== 'meta.k8s.io' || (version !== 'v1' && version !== 'v1beta1')) continue;
    if (!converts || as === undefined || !conversions.has(as)) continue;
    return { media, pretty, as: as as Conversion, metaVersion: `meta.k8s.io/${version}` };
  }
  return undefined;
}

/** `application/*` is refused by the real server too. */
function mediaOf(type: string): AnswerForm['media'] | undefined {
  if (type === '*/*' || type === 'application/json') return 'json';
  return type === 'application/yaml' ? 'yaml' : undefined;
}

function readClause(text: string): Clause {
  const [type = '', ...rest] = text.split(';');
  const parameters = new Map<string, string>();
  let quality = 1;
  for (const parameter of rest) {
    const at = parameter.indexOf('=');
    const name = (at < 0 ? parameter : parameter.slice(0, at)).trim();
    const value = at < 0 ? '' : parameter.slice(at + 1).trim();
    if (name === 'q') {
      const given = Number(value);
      quality = Number.isFinite(given) ? given : 1;
    } else parameters.set(name, value);
  }
  return { type: type.trim(), quality, parameters };
}
