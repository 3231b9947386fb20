import type { Clock } from '../../../base/clock.ts';
import type { Random } from '../../../base/random.ts';
import type { BoundObjectReference, TokenRequest } from '../../../kube/api/authentication-v1.ts';
import type { Pod } from '../../../kube/api/core-v1.ts';
import { type FieldError, invalid, invalidObject } from '../../../kube/field-error.ts';
import { asKind, type KubeObject } from '../../../kube/object.ts';
import { badRequest, conflict, notFound } from '../../../kube/status.ts';
import { formatTime } from '../../../kube/time.ts';
import type { ObjectReader, SubresourcePlugin } from '../contracts.ts';
import { newUid } from '../registry/metadata.ts';
import type { ObjectRef, TokenSigner } from './service-account-tokens.ts';
import { apiAudiences } from './service-accounts.ts';

/** `POST …/serviceaccounts/<name>/token`. Mirrors pkg/registry/core/serviceaccount/storage/token.go. */

const GROUP = 'authentication.k8s.io';
const KIND = { group: GROUP, version: 'v1', kind: 'TokenRequest' } as const;
const defaultSeconds = 3600;
const leastSeconds = 10 * 60;
const mostSeconds = 2 ** 32;
/** What the ServiceAccount admission plugin asks for: such tokens live on for a year, for clients that do not renew. */
const projectedSeconds = 3607;
const extendedSeconds = 365 * 24 * 60 * 60;

const BINDABLE = new Map([
  ['Pod', 'pods'],
  ['Node', 'nodes'],
  ['Secret', 'secrets'],
]);

interface Bound {
  readonly pod?: ObjectRef;
  readonly node?: ObjectRef;
  readonly secret?: ObjectRef;
}

/** `sync` waits until everything acknowledged elsewhere can be read here: the account may be a moment old. */
export function tokenSubresource(
  signer: TokenSigner,
  clock: Clock,
  random: Random,
  sync: () => Promise<void>,
): SubresourcePlugin {
  return {
    group: '',
    resource: 'serviceaccounts',
    name: 'token',
    kind: KIND,
    verbs: ['create'],
    async handle(context, api) {
      const { namespace, pathName: name } = context.info;
      const object = api.decode(context, KIND);
      const given = asKind<TokenRequest>(object);
      matchesUrl('name', given.metadata?.name ?? '', name, name);
      matchesUrl('namespace', given.metadata?.namespace ?? '', namespace, name);
      await sync();
      const account = api.reader.get<KubeObject>('', 'serviceaccounts', namespace, name);
      if (account === undefined) throw notFound({ group: '', resource: 'serviceaccounts' }, name);

      const audiences = (given.spec?.audiences ?? []).length === 0 ? apiAudiences : given.spec.audiences;
      const seconds = given.spec?.expirationSeconds ?? defaultSeconds;
      const request: TokenRequest = {
        ...given,
        metadata: { name, namespace, creationTimestamp: formatTime(clock.now()) },
        spec: { ...given.spec, audiences: [...audiences], expirationSeconds: seconds },
      };
      const errors = secondsErrors(seconds);
      if (errors.length > 0) throw invalidObject(GROUP, 'TokenRequest', '', errors);
      await api.admit(context, request as KubeObject, undefined);

      const reference = request.spec.boundObjectRef ?? undefined;
      const bound = reference === undefined ? {} : resolve(reference, namespace, name, api.reader);
      const extended =
        bound.pod !== undefined &&
        seconds === projectedSeconds &&
        audiences.every((audience) => apiAudiences.includes(audience));
      const id = newUid(random);
      const { token, issuedAt } = signer.issue({
        namespace,
        serviceAccount: { name, uid: account.metadata.uid ?? '' },
        audiences,
        lifetimeSeconds: extended ? extendedSeconds : seconds,
        ...(extended ? { warnAfterSeconds: seconds } : {}),
        ...bound,
        id,
      });
      context.annotate('authentication.kubernetes.io/issued-credential-id', `JTI=${id}`);
      const status = { token, expirationTimestamp: formatTime((issuedAt + seconds) * 1000) };
      return api.respond(context, 201, { ...request, status } as KubeObject);
    },
  };
}

function matchesUrl(part: 'name' | 'namespace', given: string, wanted: string, name: string): void {
  if (given === '' || given === wanted) return;
  throw invalidObject(GROUP, 'TokenRequest', name, [
    invalid(`metadata.${part}`, given, `must match the service account ${part} if specified`),
  ]);
}

/** Mirrors pkg/apis/authentication/validation. */
function secondsErrors(seconds: number): readonly FieldError[] {
  const field = 'spec.expirationSeconds';
  if (seconds < leastSeconds)
    return [invalid(field, seconds, 'may not specify a duration less than 10 minutes')];
  if (seconds > mostSeconds)
    return [invalid(field, seconds, 'may not specify a duration larger than 2^32 seconds')];
  return [];
}

function resolve(ref: BoundObjectReference, namespace: string, account: string, reader: ObjectReader): Bound {
  const slash = (ref.apiVersion ?? '').indexOf('/');
  const group = slash < 0 ? '' : (ref.apiVersion ?? '').slice(0, slash);
  const version = (ref.apiVersion ?? '').slice(slash + 1);
  const place = group === '' ? BINDABLE.get(ref.kind ?? '') : undefined;
  if (place === undefined)
    throw badRequest(`cannot bind token to object of type ${group}/${version}, Kind=${ref.kind ?? ''}`);
  const name = ref.name ?? '';
  const object = reader.get<KubeObject>('', place, place === 'nodes' ? '' : namespace, name);
  if (object === undefined) throw notFound({ group: '', resource: place }, name);
  const uid = object.metadata.uid ?? '';
  const pod = place === 'pods' ? asKind<Pod>(object) : undefined;
  if (pod !== undefined && pod.spec?.serviceAccountName !== account)
    throw badRequest(
      `cannot bind token for serviceaccount ${JSON.stringify(account)} to pod running with different serviceaccount name.`,
    );
  if ((ref.uid ?? '') !== '' && ref.uid !== uid)
    throw conflict(
      { group, resource: ref.kind ?? '' },
      name,
      `the UID in the bound object reference (${ref.uid}) does not match the UID in record. The object might have been deleted and then recreated`,
    );
  if (place === 'secrets') return { secret: { name, uid } };
  if (place === 'nodes') return { node: { name, uid } };
  return { pod: { name, uid }, ...nodeOf(pod?.spec?.nodeName ?? '', reader) };
}

function nodeOf(name: string, reader: ObjectReader): Bound {
  if (name === '') return {};
  const uid = reader.get<KubeObject>('', 'nodes', '', name)?.metadata.uid ?? '';
  return { node: { name, uid } };
}
