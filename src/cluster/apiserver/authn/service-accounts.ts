import type { Clock } from '../../../base/clock.ts';
import type { Secret } from '../../../kube/api/core-v1.ts';
import { asKind, type KubeObject } from '../../../kube/object.ts';
import { timeToMs } from '../../../kube/time.ts';
import type { Identity } from '../../../kube/transport.ts';
import type { ObjectReader } from '../contracts.ts';
import { ISSUER, type ObjectRef, type TokenClaims, type TokenSigner } from './service-account-tokens.ts';

const EXTRA = 'authentication.kubernetes.io/';
/** An object on its way out still vouches for its tokens so long. */
const leewayMs = 60_000;

export type TokenVerdict =
  | { readonly known: true; readonly identity: Identity; readonly audiences: readonly string[] }
  /** `problem`: upstream's text, '' when the token is none of ours. `perhapsLater`: something that it speaks of is not there. */
  | { readonly known: false; readonly problem: string; readonly perhapsLater: boolean };

const no = (problem: string): TokenVerdict => ({ known: false, problem, perhapsLater: false });
const notYet = (problem: string): TokenVerdict => ({ known: false, problem, perhapsLater: true });

/**
 * Who a ServiceAccount token speaks for, at this moment: not expired, for one of `audiences`, and everything that it is
 * bound to still there. Mirrors pkg/serviceaccount/claims.go (Validate) and legacy.go.
 */
export function verifyServiceAccountToken(
  token: string,
  audiences: readonly string[],
  signer: TokenSigner,
  reader: ObjectReader,
  clock: Clock,
): TokenVerdict {
  const claims = signer.read(token);
  if (claims === undefined) return no('');
  const now = clock.now();
  if (claims.expires !== undefined && claims.expires * 1000 <= now)
    return no('service account token has expired');
  if (claims.notBefore !== undefined && claims.notBefore * 1000 > now + 10_000)
    return no('service account token is not valid yet');
  const wanted = audiences.filter((audience) => claims.audiences.includes(audience));
  if (wanted.length === 0)
    return no(
      `token audiences ${list(claims.audiences)} is invalid for the target audiences ${list(audiences)}`,
    );

  const { namespace, serviceAccount } = claims;
  const stands = (resource: string, place: string, ref: ObjectRef): boolean => {
    const object = reader.get<KubeObject>('', resource, place, ref.name);
    return object !== undefined && object.metadata.uid === ref.uid && !isGone(object, now);
  };
  const account = reader.get<KubeObject>('', 'serviceaccounts', namespace, serviceAccount.name);
  if (account === undefined) return notYet(`serviceaccounts "${serviceAccount.name}" not found`);
  if (isGone(account, now)) return no(`service account ${namespace}/${serviceAccount.name} has been deleted`);
  if (account.metadata.uid !== serviceAccount.uid)
    return no(`service account UID (${account.metadata.uid}) does not match claim (${serviceAccount.uid})`);
  const { secret, pod, node } = claims;
  if (secret !== undefined) {
    if (claims.expires === undefined) {
      const problem = legacyProblem(token, namespace, secret.name, reader);
      if (problem !== '') return notYet(problem);
    } else if (!stands('secrets', namespace, secret))
      return notYet('service account token has been invalidated');
  }
  if (pod !== undefined && !stands('pods', namespace, pod))
    return notYet('service account token has been invalidated');
  if (node !== undefined && pod === undefined && !stands('nodes', '', node))
    return notYet('service account token has been invalidated');
  return { known: true, identity: identityOf(claims), audiences: wanted };
}

const list = (items: readonly string[]): string => `[${items.map((item) => JSON.stringify(item)).join(' ')}]`;

function isGone(object: KubeObject, now: number): boolean {
  const deleted = object.metadata.deletionTimestamp;
  return deleted !== undefined && deleted !== null && timeToMs(deleted) + leewayMs < now;
}

function legacyProblem(token: string, namespace: string, name: string, reader: ObjectReader): string {
  const found = reader.get<KubeObject>('', 'secrets', namespace, name);
  const secret = found && asKind<Secret>(found);
  if (secret === undefined || secret.metadata?.deletionTimestamp != null) return 'Token has been invalidated';
  const kept = Buffer.from(secret.data?.['token'] ?? '', 'base64').toString('utf8');
  return kept === token ? '' : "Token does not match server's copy";
}

/** `system:serviceaccount:<namespace>:<name>`, without system:authenticated. */
function identityOf(claims: TokenClaims): Identity {
  const { namespace, serviceAccount, id, pod, node } = claims;
  const extra: { [key: string]: readonly string[] } = {};
  if (id !== undefined) extra[`${EXTRA}credential-id`] = [`JTI=${id}`];
  if (node !== undefined) {
    extra[`${EXTRA}node-name`] = [node.name];
    extra[`${EXTRA}node-uid`] = [node.uid];
  }
  if (pod !== undefined) {
    extra[`${EXTRA}pod-name`] = [pod.name];
    extra[`${EXTRA}pod-uid`] = [pod.uid];
  }
  return {
    name: `system:serviceaccount:${namespace}:${serviceAccount.name}`,
    uid: serviceAccount.uid,
    groups: ['system:serviceaccounts', `system:serviceaccounts:${namespace}`],
    ...(Object.keys(extra).length === 0 ? {} : { extra }),
    via: 'ServiceAccount',
  };
}

export const apiAudiences: readonly string[] = [ISSUER];
