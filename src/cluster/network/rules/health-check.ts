import type { VirtualServer } from '../contract.ts';
import type { ServicePort } from './service-ports.ts';

/**
 * What kube-proxy answers on `healthCheckNodePort`, for balancers in front of the nodes: whether this one has an endpoint of its
 * own. Mirrors pkg/proxy/healthcheck.
 */
export function healthCheck(ports: readonly ServicePort[], node: string): VirtualServer {
  const [first] = ports;
  const here = ports.flatMap(({ endpoints }) =>
    endpoints.filter((endpoint) => endpoint.ready && endpoint.node === node).map(({ ip }) => ip),
  );
  const count = new Set(here).size;
  const body = {
    service: { namespace: first?.namespace ?? '', name: first?.service ?? '' },
    localEndpoints: count,
    serviceProxyHealthy: true,
  };
  return {
    kind: 'http',
    handle: () => ({
      status: count > 0 ? 200 : 503,
      headers: {
        'content-type': 'application/json',
        'x-content-type-options': 'nosniff',
        'x-load-balancing-endpoint-weight': String(count),
      },
      body: Buffer.from(JSON.stringify(body, null, '\t')),
    }),
  };
}
