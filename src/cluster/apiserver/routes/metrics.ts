import type { ApiResponse } from '../../../kube/transport.ts';
import type { Store } from '../../store/store.ts';
import type { RequestMetrics } from '../chain/request-metrics.ts';
import type { HealthCheck, Route } from '../contracts.ts';
import type { ResourceCatalog } from '../registry/catalog.ts';
import { resultOf } from './health.ts';

/** `/metrics` in the Prometheus text format. */
export function metricsRoute(parts: {
  readonly metrics: RequestMetrics;
  readonly store: Store;
  readonly catalog: ResourceCatalog;
  readonly watchers: () => number;
}): Route {
  const { metrics, store, catalog, watchers } = parts;
  return {
    path: '/metrics',
    handle: () => {
      const lines = [
        ...metrics.lines(),
        ...gauge('etcd_server_revision', 'The newest revision applied at this member.', store.revision),
        ...gauge(
          'etcd_compacted_revision',
          'The revision up to which history is forgotten.',
          store.compactedRevision,
        ),
        ...gauge('apiserver_longrunning_requests', 'Watches open now.', watchers()),
        '# HELP apiserver_storage_objects Number of stored objects at the time of last check split by kind.',
        '# TYPE apiserver_storage_objects gauge',
        ...catalog.storages().map(({ resource: { group, resource }, prefix }) => {
          const name = group === '' ? resource : `${resource}.${group}`;
          return `apiserver_storage_objects{resource="${name}"} ${store.count(prefix)}`;
        }),
      ];
      return text(lines);
    },
  };
}

function gauge(name: string, help: string, value: number): string[] {
  return [`# HELP ${name} ${help}`, `# TYPE ${name} gauge`, `${name} ${value}`];
}

/** `/metrics/slis`: each health check as a number. */
export function slisRoute(checks: readonly HealthCheck[]): Route {
  const name = 'kubernetes_healthcheck';
  return {
    path: '/metrics/slis',
    async handle() {
      const lines = [
        `# HELP ${name} This metric records the result of a single healthcheck.`,
        `# TYPE ${name} gauge`,
      ];
      for (const check of checks) {
        const well = (await resultOf(check)) === undefined;
        for (const type of check.on)
          lines.push(`${name}{name="${check.name}",type="${type}"} ${well ? 1 : 0}`);
      }
      return text(lines);
    },
  };
}

function text(lines: readonly string[]): ApiResponse {
  return {
    status: 200,
    headers: { 'content-type': 'text/plain; version=0.0.4; charset=utf-8' },
    body: { kind: 'bytes', bytes: `${lines.join('\n')}\n` },
  };
}
