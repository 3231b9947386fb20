import { goQuote } from '../../../kube/field-error.ts';
import { forbidden, type StatusError } from '../../../kube/status.ts';
import type { Identity } from '../../../kube/transport.ts';
import type { AuthorizationQuery, RequestInfo } from '../contracts.ts';

/** What the authorizer is asked about a request. */
export function queryOf(user: Identity, info: RequestInfo): AuthorizationQuery {
  if (!info.isResourceRequest) return { user, verb: info.verb, path: info.path };
  const { group, version, resource, subresource, namespace, name } = info;
  return { user, verb: info.verb, resource: { group, version, resource, subresource, namespace, name } };
}

const ENTITIES: { readonly [c: string]: string } = { '&': '&amp;', '<': '&lt;', '>': '&gt;' };

/** The 403 of a request that nobody allows. Mirrors apiserver's responsewriters.ForbiddenStatusError. */
export function forbiddenError(query: AuthorizationQuery, reason: string): StatusError {
  const what = describe(query).replace(/[&<>]/g, (c) => ENTITIES[c] ?? c);
  const { resource } = query;
  return forbidden(
    { group: resource?.group ?? '', resource: resource?.resource ?? '' },
    resource?.name ?? '',
    reason === '' ? what : `${what}: ${reason}`,
  );
}

function describe({ user, verb, resource, path }: AuthorizationQuery): string {
  const who = `User ${goQuote(user.name)} cannot ${verb}`;
  if (resource === undefined) return `${who} path ${goQuote(path ?? '')}`;
  const { group, subresource, namespace } = resource;
  const name = subresource === '' ? resource.resource : `${resource.resource}/${subresource}`;
  const place = namespace === '' ? 'at the cluster scope' : `in the namespace ${goQuote(namespace)}`;
  return `${who} resource ${goQuote(name)} in API group ${goQuote(group)} ${place}`;
}
