import { goQuote } from '../../../kube/field-error.ts';
import { badRequest, StatusError } from '../../../kube/status.ts';

export interface ContinueToken {
  /** Undefined: whatever is there now, as after an expired token. */
  readonly revision: number | undefined;
  /** The last key that was given, without the collection's prefix. */
  readonly after: string;
}

const version = 'meta.k8s.io/v1';

/** Mirrors apiserver/pkg/storage/continue.go. `revision` -1: an inconsistent continuation. */
export function encodeContinue(revision: number, after: string): string {
  return Buffer.from(JSON.stringify({ v: version, rv: revision, start: `${after}\u0000` })).toString(
    'base64url',
  );
}

/** Throws the 400 that says what is wrong with the token. */
export function decodeContinue(token: string): ContinueToken {
  const refuse = (why: string) => badRequest(`invalid continue token: continue key is not valid: ${why}`);
  const bad = /[^A-Za-z0-9_-]/.exec(token);
  if (bad !== null || token.length % 4 === 1)
    throw refuse(`illegal base64 data at input byte ${bad?.index ?? Math.max(0, token.length - 1)}`);
  const bytes = Buffer.from(token, 'base64url');
  let read: unknown;
  try {
    read = JSON.parse(bytes.toString());
  } catch {
    throw refuse(`invalid character ${firstCharacter(bytes)} looking for beginning of value`);
  }
  const { v, rv, start } = (read ?? {}) as { v?: unknown; rv?: unknown; start?: unknown };
  if (v !== version)
    throw refuse(`server does not recognize this encoded version ${typeof v === 'string' ? v : ''}`);
  if (typeof rv === 'number' && !Number.isSafeInteger(rv))
    throw refuse(`json: cannot unmarshal number ${rv} into Go struct field continueToken.rv of type int64`);
  if (rv === 0 || typeof rv !== 'number')
    throw refuse(`incorrect encoded start resourceVersion (version ${version})`);
  if (typeof start !== 'string' || start === '') throw refuse(`encoded start key empty (version ${version})`);
  const key = start.replace(/\u0000$/, '');
  if (key.split('/').some((part) => part === '..' || part === '.')) throw refuse(key);
  return { revision: rv < 0 ? undefined : rv, after: key };
}

function firstCharacter(bytes: Uint8Array): string {
  const code = bytes[0] ?? 0;
  if (code >= 0x20 && code < 0x7f) return goQuote(String.fromCharCode(code)).replace(/^"|"$/g, "'");
  return `'\\u${code.toString(16).padStart(4, '0')}'`;
}

const tooOld =
  'The provided continue parameter is too old to display a consistent list result. You can start a new list without the ' +
  'continue parameter, or use the continue token in this response to retrieve the remainder of the results. Continuing ' +
  'with the provided token results in an inconsistent list - objects that were created, modified, or deleted between the ' +
  'time the first chunk was returned and now may show up in the list.';

/** 410 with a token to go on from the same place, as things are now. */
export function expiredContinue(after: string): StatusError {
  return new StatusError({
    kind: 'Status',
    apiVersion: 'v1',
    metadata: { continue: encodeContinue(-1, after) },
    status: 'Failure',
    message: tooOld,
    reason: 'Expired',
    code: 410,
  });
}
