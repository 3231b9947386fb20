import type { Clock } from '../../../base/clock.ts';
import type { Random } from '../../../base/random.ts';
import type { Informer } from '../../../kube/informer.ts';
import { type HttpRequest, type HttpResponse, NetworkError } from '../contract.ts';
import type { Router } from '../router.ts';
import { EvenChance } from '../rules/even-chance.ts';
import { endpointName } from '../rules/service-ports.ts';
import type { ServiceTable, StoredService } from '../rules/service-table.ts';
import type { Caller, Traffic } from '../traffic.ts';
import type { IngressRoutes, IngressTarget } from './routes.ts';

/** nginx's proxy_read_timeout. */
const answerMs = 60_000;

const pages: ReadonlyMap<number, string> = new Map([
  [404, '404 Not Found'],
  [502, '502 Bad Gateway'],
  [503, '503 Service Temporarily Unavailable'],
  [504, '504 Gateway Time-out'],
]);

/**
 * How the controller asks a Service: straight at a ready endpoint, as nginx does. 404 nobody's; 503 no such Service, port or ready
 * endpoint; 502 it refuses or breaks off; 504 it does not answer.
 */
export function createForward(parts: {
  readonly table: ServiceTable;
  readonly services: Informer<StoredService>;
  readonly router: Router;
  readonly traffic: Traffic;
  readonly caller: Caller;
  readonly clock: Clock;
  readonly random: Random;
}): (request: HttpRequest, routes: IngressRoutes, signal: AbortSignal) => Promise<HttpResponse> {
  const chance = new EvenChance(parts.random);
  const choose = ({ namespace, service, port }: IngressTarget) => {
    const known = parts.services.get(namespace, service);
    const asked = known?.spec?.ports?.find((one) => one.name === port || one.port === port);
    if (asked === undefined) return undefined;
    const name = asked.name ? `${namespace}/${service}:${asked.name}` : `${namespace}/${service}`;
    const found = parts.table
      .current()
      .services.get(`${namespace}/${service}`)
      ?.find((one) => one.name === name);
    const ready = found?.endpoints.filter((endpoint) => endpoint.ready) ?? [];
    return ready[chance.pick(name, ready.map(endpointName))];
  };
  return async (request, routes, signal) => {
    const host = request.headers['host'] ?? '';
    const target = routes.match(host, request.path);
    if (target === undefined) return page(404);
    const endpoint = choose(target);
    if (endpoint === undefined) return page(503);
    const late = new AbortController();
    const cancel = parts.clock.after(answerMs, () =>
      late.abort(new NetworkError('ETIMEDOUT', endpointName(endpoint))),
    );
    const abort = () => late.abort(signal.reason);
    signal.addEventListener('abort', abort, { once: true });
    try {
      return await parts.traffic.http(
        parts.caller,
        endpoint.ip,
        endpoint.port,
        forwarded(request),
        late.signal,
      );
    } catch (error) {
      return page(error instanceof NetworkError && error.code === 'ETIMEDOUT' ? 504 : 502);
    } finally {
      cancel();
      signal.removeEventListener('abort', abort);
    }
  };
}

function forwarded(request: HttpRequest): HttpRequest {
  const client = request.peerIp ?? '';
  const host = request.headers['host'] ?? '';
  return {
    ...request,
    headers: {
      ...request.headers,
      'x-real-ip': client,
      'x-forwarded-for': client,
      'x-forwarded-host': host,
      'x-forwarded-port': host.match(/:(\d+)$/)?.[1] ?? '80',
      'x-forwarded-proto': 'http',
      'x-forwarded-scheme': 'http',
      'x-scheme': 'http',
    },
  };
}

function page(status: number): HttpResponse {
  const title = pages.get(status) ?? String(status);
  const body = `<html>\r\n<head><title>${title}</title></head>\r\n<body>\r\n<center><h1>${title}</h1></center>\r\n<hr><center>curso</center>\r\n</body>\r\n</html>\r\n`;
  return { status, headers: { 'content-type': 'text/html' }, body: Buffer.from(body) };
}
