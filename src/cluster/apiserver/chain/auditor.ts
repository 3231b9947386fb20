import type { Clock } from '../../../base/clock.ts';
import type { Random } from '../../../base/random.ts';
import type { Status } from '../../../kube/status.ts';
import { formatMicroTime } from '../../../kube/time.ts';
import type { ApiResponse } from '../../../kube/transport.ts';
import type { AuditSink } from '../audit/event.ts';
import { newUid } from '../registry/metadata.ts';
import { type Exchange, headerOf } from './exchange.ts';
import type { RequestMetrics } from './request-metrics.ts';

export interface Auditor {
  record(exchange: Exchange, response: ApiResponse, startedMs: number): void;
}

/** Tells the audit and the metrics of each answered request. */
export function createAuditor(
  sink: AuditSink | undefined,
  metrics: RequestMetrics,
  clock: Clock,
  random: Random,
): Auditor {
  return {
    record(exchange, response, startedMs) {
      const { info, request, user, requestor } = exchange;
      const latencyMs = clock.now() - startedMs;
      metrics.observe(exchange, response.status, latencyMs);
      if (sink === undefined) return;
      const status = statusOf(response);
      const command = headerOf(request, 'kubectl-command');
      const session = headerOf(request, 'kubectl-session');
      const written = writtenMeta(exchange, response);
      sink.record({
        auditID: newUid(random),
        receivedAt: formatMicroTime(startedMs),
        latencyMs,
        user: user.name,
        groups: user.groups,
        ...(requestor === undefined ? {} : { impersonatedBy: requestor.name }),
        verb: info.verb,
        url: request.url,
        group: info.group,
        version: info.version,
        resource: info.resource,
        subresource: info.subresource,
        namespace: info.namespace,
        // What was created has its name in the answer only.
        name: info.name === '' ? (written?.name ?? '') : info.name,
        code: response.status,
        ...(status?.reason === undefined ? {} : { reason: status.reason }),
        userAgent: headerOf(request, 'user-agent'),
        ...(command === '' ? {} : { kubectlCommand: command }),
        ...(session === '' ? {} : { kubectlSession: session }),
        dryRun: info.query.getAll('dryRun').includes('All'),
        annotations: exchange.annotations,
        ...(written?.resourceVersion === undefined ? {} : { resourceVersion: written.resourceVersion }),
      });
    },
  };
}

function statusOf({ status, body }: ApiResponse): Status | undefined {
  return status >= 400 && body.kind === 'object' ? (body.object as Status) : undefined;
}

const writes = new Set(['create', 'update', 'patch', 'delete']);

function writtenMeta({ info }: Exchange, { status, body }: ApiResponse): WrittenMeta | undefined {
  if (status >= 300 || !writes.has(info.verb) || body.kind !== 'object') return undefined;
  return (body.object as { readonly metadata?: WrittenMeta } | undefined)?.metadata;
}

interface WrittenMeta {
  readonly name?: string;
  readonly resourceVersion?: string;
}
