import { setMaxListeners } from 'node:events';
import type { Clock } from '../../base/clock.ts';
import type { Random } from '../../base/random.ts';
import type { ResourceDefinition } from '../../kube/resources/definition.ts';
import type { SchemaSource } from '../../kube/schema/schema.ts';
import type { Identity, Transport } from '../../kube/transport.ts';
import type { Store } from '../store/store.ts';
import { createMissing, standardObjects } from './bootstrap.ts';
import { createAuditor } from './chain/auditor.ts';
import { createHandler } from './chain/handler.ts';
import { RequestMetrics } from './chain/request-metrics.ts';
import { componentStatus, componentStatusWarning } from './component-status.ts';
import type {
  Authorizer,
  Catalog,
  HealthCheck,
  ObjectReader,
  Route,
  ServerHost,
  ServerParts,
} from './contracts.ts';
import { followCustomResources } from './custom-resources/follow.ts';
import type { Runtime, WriteHook } from './registry/call.ts';
import { ResourceCatalog } from './registry/catalog.ts';
import { createFollow, createReader } from './registry/reader.ts';
import { serviceAllocation } from './registry/service-allocation.ts';
import { indexRoute, type VersionInfo, versionRoute } from './routes/basic.ts';
import { healthRoutes } from './routes/health.ts';
import { metricsRoute, slisRoute } from './routes/metrics.ts';
import { startHookChecks } from './routes/start-hooks.ts';
import { bindingResource, bindingSubresource } from './subresources/binding.ts';
import { connectSubresources } from './subresources/connect.ts';
import { evictionSubresource } from './subresources/eviction.ts';
import { objectSubresources } from './subresources/object-rules.ts';

export interface ApiServerDeps {
  readonly store: Store;
  readonly schemas: SchemaSource;
  readonly resources: readonly ResourceDefinition[];
  readonly clock: Clock;
  readonly random: Random;
  readonly version: VersionInfo;
  /** Makes what is plugged in, given what the server offers. */
  readonly parts?: (host: ServerHost) => ServerParts;
  /** Seconds after which a request that is no watch is given up (504). Default 60. */
  readonly requestTimeoutSeconds?: number;
  /** Requests that are no watches, at the same time; more get 429. Default 600. */
  readonly maxInFlight?: number;
}

export interface ApiServer {
  /** Never rejects: every failure is a `Status`. */
  readonly handle: Transport;
  readonly catalog: Catalog;
  readonly reader: ObjectReader;
  readonly host: ServerHost;
  /** Creates what must exist from the first second; idempotent. The store must be writable. */
  start(): Promise<void>;
  /** Ends the watches and timers. The store is its owner's. */
  close(): void;
}

const anything: Authorizer = { authorize: () => ({ allowed: true, reason: '' }) };
const self: Identity = { name: 'system:apiserver', groups: ['system:masters'], via: 'InProcess' };

/** The API server over one member's store. Mirrors apiserver/pkg/server (generic API server) and kube-apiserver's install. */
export function createApiServer(deps: ApiServerDeps): ApiServer {
  const { store, schemas, clock, random } = deps;
  const catalog = new ResourceCatalog(schemas, objectSubresources);
  const reader = createReader(store, catalog);
  const host: ServerHost = {
    store,
    schemas,
    clock,
    random,
    reader,
    catalog,
    follow: createFollow(store, catalog),
  };
  // Resources first: what is plugged in may follow their objects from the start.
  const installAll = () => {
    for (const definition of deps.resources) catalog.install(definition);
    catalog.install(componentStatus, { warningOf: () => componentStatusWarning });
  };
  installAll();
  const parts = deps.parts?.(host) ?? {};
  const plugged = parts.subresources ?? [];
  const taken = new Set(plugged.map(({ group, resource, name }) => `${group}/${resource}/${name}`));
  const own = [bindingSubresource(clock), evictionSubresource(clock), ...connectSubresources()];
  catalog.addPlugins([
    ...plugged,
    ...own.filter(({ group, resource, name }) => !taken.has(`${group}/${resource}/${name}`)),
  ]);
  installAll();
  const computed = parts.computed ?? [];
  for (const { definition } of computed) catalog.install(definition);
  for (const virtual of [bindingResource(reader, clock), ...(parts.virtuals ?? [])])
    catalog.addVirtual(virtual);

  const closing = new AbortController();
  // Every watch listens to it; Node would take eleven for a leak.
  setMaxListeners(0, closing.signal);
  const hooks = new Map<string, WriteHook>([['/services', serviceAllocation]]);
  const runtime: Runtime = {
    store,
    schemas,
    clock,
    random,
    catalog,
    reader,
    hooks,
    computed: new Map(
      computed.map((one) => [`${one.definition.group}/${one.definition.plural}`, one] as const),
    ),
    closing: closing.signal,
    load: { watches: 0 },
    admission: parts.admission ?? [],
    authorizer: parts.authorizer ?? anything,
  };
  let started = false;
  const metrics = new RequestMetrics();
  const checks = [
    ...ownChecks(store),
    ...startHookChecks(() => started),
    ...(parts.checks ?? []),
    shutdownCheck(closing.signal),
  ];
  const routes: readonly Route[] = [
    ...(parts.routes ?? []),
    versionRoute(deps.version),
    ...healthRoutes(checks),
    slisRoute(checks),
    metricsRoute({ metrics, store, catalog, watchers: () => runtime.load.watches }),
    indexRoute(() => routes),
  ];
  const common = { runtime, routes, timeoutMs: 1000 * (deps.requestTimeoutSeconds ?? 60) };
  const handle = createHandler({
    ...common,
    authenticators: parts.authenticators ?? [],
    auditor: createAuditor(parts.audit, metrics, clock, random),
    maxInFlight: deps.maxInFlight ?? 600,
  });
  const asItself = createHandler({
    ...common,
    runtime: { ...runtime, authorizer: anything },
    authenticators: [{ authenticate: () => self }],
    auditor: { record: () => {} },
    maxInFlight: Number.POSITIVE_INFINITY,
  });
  const unfollow = followCustomResources(host, asItself, closing.signal);
  return {
    handle,
    catalog,
    reader,
    host,
    async start() {
      await createMissing([...standardObjects(), ...(parts.bootstrap ?? [])], catalog, reader, asItself);
      started = true;
    },
    close() {
      unfollow();
      closing.abort();
    },
  };
}

function ownChecks(store: Store): readonly HealthCheck[] {
  const everywhere = ['healthz', 'livez', 'readyz'] as const;
  const synced = async () => {
    await store.sync();
    return undefined;
  };
  return [
    { name: 'ping', on: everywhere, check: () => undefined },
    { name: 'log', on: everywhere, check: () => undefined },
    { name: 'etcd', on: ['healthz', 'livez'], check: synced },
    { name: 'informer-sync', on: ['readyz'], check: synced },
  ];
}

/** A server that is about to end is not ready. */
function shutdownCheck(closing: AbortSignal): HealthCheck {
  return {
    name: 'shutdown',
    on: ['readyz'],
    check: () => (closing.aborted ? 'process is shutting down' : undefined),
  };
}
