import type { Ingress, IngressBackend } from '../../../kube/api/networking-v1.ts';

/** Where a request goes: a port of a Service. */
export interface IngressTarget {
  readonly namespace: string;
  readonly service: string;
  /** A name or a number. */
  readonly port: string | number;
}

interface PathRoute {
  readonly path: string;
  readonly exact: boolean;
  readonly target: IngressTarget | undefined;
}

/** Who answers which host and path. Built once for many requests. */
export interface IngressRoutes {
  /** `host` with or without a port. Undefined: nobody. */
  match(host: string, path: string): IngressTarget | undefined;
}

/**
 * The rules of several Ingresses together, the oldest first when two claim one path. Hosts: the exact one, then `*.domain` for
 * one label more, then rules without a host; a host that has rules does not fall through to those without. Paths: Exact, then
 * the longest Prefix by elements, which is also what ImplementationSpecific means here; then the default backend.
 */
export function ingressRoutes(ingresses: readonly Ingress[]): IngressRoutes {
  const hosts = new Map<string, PathRoute[]>();
  let fallback: IngressTarget | undefined;
  const oldestFirst = [...ingresses].sort((a, b) => compare(ageKey(a), ageKey(b)));
  for (const { metadata, spec } of oldestFirst) {
    const namespace = metadata?.namespace ?? '';
    const ownDefault = targetOf(namespace, spec?.defaultBackend);
    fallback ??= ownDefault;
    for (const { host, http } of spec?.rules ?? []) {
      const routes = hosts.get((host ?? '').toLowerCase()) ?? [];
      hosts.set((host ?? '').toLowerCase(), routes);
      for (const { path, pathType, backend } of http?.paths ?? [])
        routes.push({
          path: path || '/',
          exact: pathType === 'Exact',
          target: targetOf(namespace, backend),
        });
      // What no path of this host takes goes to the Ingress's own default.
      if (ownDefault !== undefined) routes.push({ path: '/', exact: false, target: ownDefault });
    }
  }
  for (const routes of hosts.values()) routes.sort(mostSpecificFirst);
  return {
    match(host, path) {
      const name = host.replace(/:\d+$/, '').replace(/\.$/, '').toLowerCase();
      const wildcard = `*${name.slice(Math.max(0, name.indexOf('.')))}`;
      const routes =
        hosts.get(name) ?? (name.includes('.') ? hosts.get(wildcard) : undefined) ?? hosts.get('');
      const bare = path.split(/[?#]/, 1)[0] ?? '/';
      const found = routes?.find((route) => (route.exact ? route.path === bare : isUnder(bare, route.path)));
      return found === undefined ? fallback : found.target;
    },
  };
}

/** By elements: `/a` is a prefix of `/a` and `/a/b`, not of `/ab`; a final slash does not matter. */
function isUnder(path: string, prefix: string): boolean {
  const bare = prefix.endsWith('/') ? prefix.slice(0, -1) : prefix;
  return path === bare || path.startsWith(`${bare}/`);
}

function mostSpecificFirst(a: PathRoute, b: PathRoute): number {
  if (a.exact !== b.exact) return a.exact ? -1 : 1;
  return b.path.length - a.path.length;
}

function targetOf(namespace: string, backend: IngressBackend | undefined): IngressTarget | undefined {
  const service = backend?.service;
  const port = service?.port?.name ?? service?.port?.number;
  return service === undefined || port === undefined ? undefined : { namespace, service: service.name, port };
}

const ageKey = ({ metadata }: Ingress): string =>
  `${metadata?.creationTimestamp ?? ''} ${metadata?.namespace ?? ''}/${metadata?.name ?? ''}`;

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
