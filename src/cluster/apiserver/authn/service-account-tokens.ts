import { createHash, createPublicKey, type KeyObject, sign, verify } from 'node:crypto';
import type { Clock } from '../../../base/clock.ts';

/** Tokens of ServiceAccounts: JWTs signed with the cluster's key. Mirrors pkg/serviceaccount/{jwt,claims,legacy}.go. */

export const ISSUER = 'https://kubernetes.default.svc';
const LEGACY_ISSUER = 'kubernetes/serviceaccount';
const maxTokenBytes = 16 * 1024;

export interface ObjectRef {
  readonly name: string;
  readonly uid: string;
}

/** What a token says, once its signature has been checked. Times in seconds since the epoch. */
export interface TokenClaims {
  readonly namespace: string;
  readonly serviceAccount: ObjectRef;
  readonly audiences: readonly string[];
  readonly pod?: ObjectRef;
  readonly node?: ObjectRef;
  /** A Secret's uid is '' in a legacy token. */
  readonly secret?: ObjectRef;
  readonly id?: string;
  readonly notBefore?: number;
  /** Undefined: a legacy token, which does not expire. */
  readonly expires?: number;
}

export interface TokenSpec {
  readonly namespace: string;
  readonly serviceAccount: ObjectRef;
  readonly audiences: readonly string[];
  readonly lifetimeSeconds: number;
  readonly pod?: ObjectRef;
  readonly node?: ObjectRef;
  readonly secret?: ObjectRef;
  /** A UUID. */
  readonly id: string;
  /** The holder should renew it after so many seconds, long before it expires. */
  readonly warnAfterSeconds?: number;
}

export interface TokenSigner {
  /** The key's name in the JWT header and in the published key set. */
  readonly keyId: string;
  readonly algorithm: 'RS256' | 'ES256';
  issue(spec: TokenSpec): { readonly token: string; readonly issuedAt: number };
  /** The content of a Secret of type kubernetes.io/service-account-token. */
  issueLegacy(namespace: string, account: ObjectRef, secretName: string): string;
  /** Undefined: not one of ours, or tampered with. Expiry is not looked at. */
  read(token: string): TokenClaims | undefined;
  /** RFC 7517, for /openid/v1/jwks. */
  jwks(): { readonly keys: readonly { readonly [name: string]: unknown }[] };
}

/** `privateKey`: RSA, or EC on P-256. */
export function createTokenSigner(privateKey: KeyObject, clock: Clock): TokenSigner {
  const publicKey = createPublicKey(privateKey);
  const algorithm = privateKey.asymmetricKeyType === 'rsa' ? 'RS256' : 'ES256';
  const keyId = createHash('sha256')
    .update(publicKey.export({ type: 'spki', format: 'der' }))
    .digest('base64url');
  const header = encode({ alg: algorithm, kid: keyId });
  const make = (payload: object): string => {
    const signed = `${header}.${encode(payload)}`;
    const signature = sign('sha256', Buffer.from(signed), { key: privateKey, dsaEncoding: 'ieee-p1363' });
    return `${signed}.${signature.toString('base64url')}`;
  };
  const seconds = () => Math.floor(clock.now() / 1000);
  const known = new Map<string, TokenClaims>();

  return {
    keyId,
    algorithm,
    issue(spec) {
      const now = seconds();
      const { namespace, serviceAccount, pod, node, secret, warnAfterSeconds } = spec;
      const token = make({
        aud: spec.audiences,
        exp: now + spec.lifetimeSeconds,
        iat: now,
        iss: ISSUER,
        jti: spec.id,
        'kubernetes.io': {
          namespace,
          ...(node === undefined ? {} : { node }),
          ...(pod === undefined ? {} : { pod }),
          ...(secret === undefined ? {} : { secret }),
          serviceaccount: serviceAccount,
          ...(warnAfterSeconds === undefined ? {} : { warnafter: now + warnAfterSeconds }),
        },
        nbf: now,
        sub: subject(namespace, serviceAccount.name),
      });
      return { token, issuedAt: now };
    },
    issueLegacy: (namespace, account, secretName) =>
      make({
        iss: LEGACY_ISSUER,
        'kubernetes.io/serviceaccount/namespace': namespace,
        'kubernetes.io/serviceaccount/secret.name': secretName,
        'kubernetes.io/serviceaccount/service-account.name': account.name,
        'kubernetes.io/serviceaccount/service-account.uid': account.uid,
        sub: subject(namespace, account.name),
      }),
    read(token) {
      const cached = known.get(token);
      if (cached !== undefined) return cached;
      const claims = readToken(token, algorithm, publicKey);
      if (claims === undefined) return undefined;
      if (known.size >= 500) known.clear();
      known.set(token, claims);
      return claims;
    },
    jwks: () => ({
      keys: [{ use: 'sig', kid: keyId, alg: algorithm, ...publicKey.export({ format: 'jwk' }) }],
    }),
  };
}

function subject(namespace: string, name: string): string {
  return `system:serviceaccount:${namespace}:${name}`;
}

function encode(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}

function readToken(token: string, algorithm: string, key: KeyObject): TokenClaims | undefined {
  if (token.length > maxTokenBytes) return undefined;
  const parts = token.split('.');
  const [head = '', body = '', signature = ''] = parts;
  // Node reads past what is not base64url: each token is to have one spelling.
  if (parts.length !== 3 || !/^[\w.-]+$/.test(token)) return undefined;
  // The algorithm is ours to say, not the token's: it is compared, never obeyed.
  if (decode(head)?.['alg'] !== algorithm) return undefined;
  const signed = Buffer.from(`${head}.${body}`);
  const given = Buffer.from(signature, 'base64url');
  if (!verify('sha256', signed, { key, dsaEncoding: 'ieee-p1363' }, given)) return undefined;
  const payload = decode(body);
  if (payload?.['iss'] === ISSUER) return boundClaims(payload);
  if (payload?.['iss'] === LEGACY_ISSUER) return legacyClaims(payload);
  return undefined;
}

type Payload = { readonly [key: string]: unknown };

function decode(part: string): Payload | undefined {
  try {
    const value: unknown = JSON.parse(Buffer.from(part, 'base64url').toString('utf8'));
    return isPayload(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function isPayload(value: unknown): value is Payload {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

function refOf(value: unknown): ObjectRef | undefined {
  return isPayload(value) ? { name: textOf(value['name']), uid: textOf(value['uid']) } : undefined;
}

function boundClaims(payload: Payload): TokenClaims | undefined {
  const own = payload['kubernetes.io'];
  const account = isPayload(own) ? refOf(own['serviceaccount']) : undefined;
  const expires = payload['exp'];
  if (!isPayload(own) || account === undefined || typeof expires !== 'number') return undefined;
  const namespace = textOf(own['namespace']);
  if (payload['sub'] !== subject(namespace, account.name)) return undefined;
  const pod = refOf(own['pod']);
  const node = refOf(own['node']);
  const secret = refOf(own['secret']);
  const aud = payload['aud'];
  return {
    namespace,
    serviceAccount: account,
    audiences: (Array.isArray(aud) ? aud : [aud]).filter((item) => typeof item === 'string'),
    expires,
    ...(typeof payload['nbf'] === 'number' ? { notBefore: payload['nbf'] } : {}),
    ...(typeof payload['jti'] === 'string' ? { id: payload['jti'] } : {}),
    ...(pod === undefined ? {} : { pod }),
    ...(node === undefined ? {} : { node }),
    ...(secret === undefined ? {} : { secret }),
  };
}

function legacyClaims(payload: Payload): TokenClaims | undefined {
  const claim = (name: string) => textOf(payload[`kubernetes.io/serviceaccount/${name}`]);
  const namespace = claim('namespace');
  const account = { name: claim('service-account.name'), uid: claim('service-account.uid') };
  if (payload['sub'] !== subject(namespace, account.name)) return undefined;
  return {
    namespace,
    serviceAccount: account,
    audiences: [ISSUER],
    secret: { name: claim('secret.name'), uid: '' },
  };
}
