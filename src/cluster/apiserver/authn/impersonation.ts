import type { ApiRequest, Identity } from '../../../kube/transport.ts';
import { forbiddenError } from '../authz/forbidden.ts';
import type { AuthorizationQuery, Authorizer } from '../contracts.ts';

/** Acting as somebody else. Mirrors apiserver/pkg/endpoints/filters/impersonation.go. */

export type Impersonation =
  /** `requestor` is given when `user` is somebody else. */
  | { readonly user: Identity; readonly requestor?: Identity }
  /** Answered as a plain text with 500: `Internal Server Error: "/path": …`. */
  | { readonly error: string };

const EXTRA = 'impersonate-extra-';

/** Who the request acts as. Throws the 403 of a requestor that may not. */
export function impersonate(request: ApiRequest, requestor: Identity, authorizer: Authorizer): Impersonation {
  const { headers } = request;
  const name = valuesOf(headers['impersonate-user'])[0] ?? '';
  const groups = valuesOf(headers['impersonate-group']);
  const uid = valuesOf(headers['impersonate-uid'])[0] ?? '';
  const extra: { readonly key: string; readonly values: readonly string[] }[] = [];
  for (const header in headers)
    if (header.startsWith(EXTRA))
      extra.push({ key: unescapeKey(header.slice(EXTRA.length)), values: valuesOf(headers[header]) });

  if (name === '') {
    if (groups.length === 0 && uid === '' && extra.length === 0) return { user: requestor };
    const asked = [
      ...groups.map((group) => `{Group  ${group}    }`),
      ...extra.flatMap(({ key, values }) =>
        values.map((value) => `{UserExtra  ${value}  authentication.k8s.io/v1  ${key}}`),
      ),
      ...(uid === '' ? [] : [`{UID  ${uid}  authentication.k8s.io/v1  }`]),
    ];
    return { error: `requested [${asked.join(' ')}] without impersonating a user` };
  }

  const may = (group: string, resource: string, asked: string, namespace = '', subresource = '') => {
    const query: AuthorizationQuery = {
      user: requestor,
      verb: 'impersonate',
      resource: { group, version: 'v1', resource, subresource, namespace, name: asked },
    };
    const decision = authorizer.authorize(query);
    if (!decision.allowed) throw forbiddenError(query, decision.reason);
  };

  const account = serviceAccountOf(name);
  if (account === undefined) may('', 'users', name);
  else may('', 'serviceaccounts', account.name, account.namespace);
  for (const group of groups) may('', 'groups', group);
  for (const { key, values } of extra)
    for (const value of values) may('authentication.k8s.io', 'userextras', value, '', key);
  if (uid !== '') may('authentication.k8s.io', 'uids', uid);

  return {
    requestor,
    user: {
      name,
      ...(uid === '' ? {} : { uid }),
      groups: groupsOf(name, account?.namespace, groups),
      ...(extra.length === 0 ? {} : { extra: extraOf(extra) }),
      via: 'Impersonation',
    },
  };
}

/** `system:serviceaccount:<namespace>:<name>`. Mirrors apiserver/pkg/authentication/serviceaccount.SplitUsername. */
function serviceAccountOf(user: string): { readonly namespace: string; readonly name: string } | undefined {
  const parts = user.split(':');
  if (parts.length !== 4 || parts[0] !== 'system' || parts[1] !== 'serviceaccount') return undefined;
  const [, , namespace = '', name = ''] = parts;
  if (!/^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/.test(namespace) || namespace.length > 63) return undefined;
  if (!/^[a-z0-9]([-.a-z0-9]*[a-z0-9])?$/.test(name) || name.length > 253) return undefined;
  return { namespace, name };
}

function groupsOf(name: string, namespace: string | undefined, asked: readonly string[]): readonly string[] {
  const groups =
    asked.length === 0 && namespace !== undefined
      ? ['system:serviceaccounts', `system:serviceaccounts:${namespace}`]
      : [...asked];
  if (name === 'system:anonymous') {
    if (!groups.includes('system:unauthenticated')) groups.push('system:unauthenticated');
  } else if (!groups.includes('system:authenticated') && !groups.includes('system:unauthenticated')) {
    groups.push('system:authenticated');
  }
  return groups;
}

function extraOf(
  list: readonly { readonly key: string; readonly values: readonly string[] }[],
): NonNullable<Identity['extra']> {
  const extra = new Map<string, string[]>();
  for (const { key, values } of list) extra.set(key, [...(extra.get(key) ?? []), ...values]);
  return Object.fromEntries(extra);
}

function valuesOf(header: string | readonly string[] | undefined): readonly string[] {
  return header === undefined ? [] : typeof header === 'string' ? [header] : header;
}

function unescapeKey(key: string): string {
  try {
    return decodeURIComponent(key.toLowerCase());
  } catch {
    return key.toLowerCase();
  }
}
