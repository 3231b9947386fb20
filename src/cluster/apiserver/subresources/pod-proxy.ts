import type { Pod } from '../../../kube/api/core-v1.ts';
import { badRequest, notFound } from '../../../kube/status.ts';
import type { SubresourcePlugin } from '../contracts.ts';
import type { ConnectDeps } from './connect-deps.ts';
import { portNumber, proxyPlugin, splitName } from './http-proxy.ts';

/** Mirrors pod.ResourceLocation: the named port, or the first that a container says it has. */
export function podProxy({ nodes }: ConnectDeps): SubresourcePlugin {
  return proxyPlugin('pods', 'PodProxyOptions', ({ info }, { reader }) => {
    const id = splitName(info.name);
    if (id === undefined) throw badRequest(`invalid pod request ${JSON.stringify(info.name)}`);
    const pod = reader.get('', 'pods', info.namespace, id.name) as unknown as Pod | undefined;
    if (pod === undefined) throw notFound({ group: '', resource: 'pods' }, id.name);
    const first = pod.spec?.containers?.find(({ ports }) => (ports ?? []).length > 0)?.ports?.[0]
      ?.containerPort;
    const port = portNumber(id.port === '' && first !== undefined ? String(first) : id.port, id.scheme);
    const ip = pod.status?.podIPs?.[0]?.ip ?? pod.status?.podIP ?? '';
    if (ip === '') throw badRequest('address not allowed');
    return { host: `${ip}:${port}`, send: (request, signal) => nodes.http(ip, port, request, signal) };
  });
}
