import type { Node } from '../../../kube/api/core-v1.ts';
import { badRequest } from '../../../kube/status.ts';
import type { ObjectReader, SubresourcePlugin } from '../contracts.ts';
import type { KubeletApi, ProxyRequest, ProxyResponse } from '../node-access.ts';
import type { ConnectDeps } from './connect-deps.ts';
import { portNumber, proxyPlugin, splitName } from './http-proxy.ts';
import { resourceMetrics, statsSummary } from './kubelet-stats.ts';
import { kubeletOn } from './pod-location.ts';

/** Mirrors node.ResourceLocation: the kubelet's own server, unless another port is named. */
export function nodeProxy({ nodes }: ConnectDeps): SubresourcePlugin {
  return proxyPlugin('nodes', 'NodeProxyOptions', ({ info }, { reader }) => {
    const id = splitName(info.name);
    if (id === undefined) throw badRequest(`invalid node request ${JSON.stringify(info.name)}`);
    const { name } = id;
    const { url, kubelet } = kubeletOn(name, reader, nodes);
    const host = url.slice('https://'.length);
    const own = Number(host.slice(host.lastIndexOf(':') + 1));
    const port = id.port === '' ? own : portNumber(id.port, id.scheme);
    const ip = host.slice(0, host.lastIndexOf(':'));
    if (port !== own)
      return { host: `${ip}:${port}`, send: (request, signal) => nodes.http(ip, port, request, signal) };
    return {
      host,
      async send(request) {
        if (typeof kubelet === 'string') throw new Error(kubelet);
        return answer(request, name, kubelet, reader);
      },
    };
  });
}

/** What the kubelet's server says of itself. Mirrors pkg/kubelet/server. */
function answer(
  request: ProxyRequest,
  node: string,
  kubelet: KubeletApi,
  reader: ObjectReader,
): ProxyResponse {
  const path = request.path.replace(/\?.*$/s, '').replace(/(.)\/$/, '$1');
  if (request.method !== 'GET' && request.method !== 'HEAD') return text(405, '405: Method Not Allowed');
  switch (path) {
    case '/healthz':
    case '/healthz/log':
    case '/healthz/ping':
    case '/healthz/syncloop':
      return text(200, 'ok');
    case '/pods':
    case '/runningpods':
      return json(podsOn(node, reader));
    case '/stats/summary':
      return json(
        statsSummary(kubelet.stats(), reader.get('', 'nodes', '', node) as unknown as Node | undefined),
      );
    case '/metrics/resource':
      return text(200, resourceMetrics(kubelet.stats()), 'text/plain; version=0.0.4; charset=utf-8');
    case '/configz':
      return json({
        kubeletconfig: kubelet.configuration?.() ?? {
          kind: 'KubeletConfiguration',
          apiVersion: 'kubelet.config.k8s.io/v1beta1',
        },
      });
    default:
      return text(404, '404 page not found\n');
  }
}

function podsOn(node: string, reader: ObjectReader): unknown {
  const pods = reader.list('', 'pods') as readonly { readonly spec?: { readonly nodeName?: string } }[];
  return {
    kind: 'PodList',
    apiVersion: 'v1',
    metadata: {},
    items: pods.filter(({ spec }) => spec?.nodeName === node),
  };
}

function text(status: number, body: string, type = 'text/plain; charset=utf-8'): ProxyResponse {
  return { status, headers: { 'content-type': type }, body: Buffer.from(body) };
}

function json(value: unknown): ProxyResponse {
  return {
    status: 200,
    headers: { 'content-type': 'application/json' },
    body: Buffer.from(JSON.stringify(value)),
  };
}
