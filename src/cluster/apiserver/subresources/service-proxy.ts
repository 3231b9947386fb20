import type { Endpoints, Service } from '../../../kube/api/core-v1.ts';
import { badRequest, failure, notFound, type StatusError } from '../../../kube/status.ts';
import type { ObjectReader, SubresourcePlugin } from '../contracts.ts';
import type { ConnectDeps } from './connect-deps.ts';
import { proxyPlugin, splitName } from './http-proxy.ts';

/** Mirrors service.ResourceLocation: to one of the endpoints that are ready, past the Service's own address. */
export function serviceProxy({ nodes }: ConnectDeps): SubresourcePlugin {
  let turn = 0;
  return proxyPlugin('services', 'ServiceProxyOptions', ({ info }, { reader }) => {
    const id = splitName(info.name);
    if (id === undefined) throw badRequest(`invalid service request ${JSON.stringify(info.name)}`);
    const wanted = portName(reader, info.namespace, id.name, id.port);
    const endpoints = reader.get('', 'endpoints', info.namespace, id.name) as unknown as
      | Endpoints
      | undefined;
    if (endpoints === undefined) throw notFound({ group: '', resource: 'endpoints' }, id.name);
    const places = (endpoints.subsets ?? []).flatMap(({ addresses = [], ports = [] }) =>
      ports
        .filter(({ name = '' }) => name === wanted)
        .flatMap(({ port }) => addresses.map(({ ip }) => ({ ip, port: port ?? 0 }))),
    );
    turn += 1;
    const place = places[turn % places.length];
    if (place === undefined) {
      const asked = (endpoints.subsets ?? []).length === 0 ? id.name : info.name;
      throw unavailable(`no endpoints available for service ${JSON.stringify(asked)}`);
    }
    const { ip, port } = place;
    return { host: `${ip}:${port}`, send: (request, signal) => nodes.http(ip, port, request, signal) };
  });
}

/** A number is looked up among the Service's ports; endpoints know only their names. */
function portName(reader: ObjectReader, namespace: string, name: string, port: string): string {
  if (!/^\d+$/.test(port)) return port;
  const service = reader.get('', 'services', namespace, name) as unknown as Service | undefined;
  if (service === undefined) throw notFound({ group: '', resource: 'services' }, name);
  const found = service.spec?.ports?.find((one) => one.port === Number(port));
  if (found === undefined)
    throw unavailable(`no service port ${Number(port)} found for service ${JSON.stringify(name)}`);
  return found.name ?? '';
}

function unavailable(message: string): StatusError {
  return failure(503, 'ServiceUnavailable', message);
}
