import { seededRandom } from '../../../src/base/random.ts';
import {
  clusterDnsIp,
  type HttpRequest,
  type HttpResponse,
  type NetworkInterface,
  type NetworkPod,
  type VirtualServer,
} from '../../../src/cluster/network/contract.ts';
import {
  type ClusterNetwork,
  type ClusterNetworkOptions,
  createClusterNetwork,
} from '../../../src/cluster/network/index.ts';
import type { KubeClient } from '../../../src/kube/client.ts';
import { createClient } from '../../../src/kube/create-client.ts';
import { settle, testServer } from '../../helpers/apiServer.ts';
import type { FakeClock } from '../../helpers/fakeClock.ts';

/** A network over an API server in memory, with three nodes and a namespace `shop`. */
export interface World {
  readonly network: ClusterNetwork;
  readonly clock: FakeClock;
  readonly client: KubeClient;
  readonly troubles: string[];
  /** Creates or replaces; the network has heard of it afterwards. */
  apply(path: string, ...objects: unknown[]): Promise<void>;
  remove(path: string): Promise<void>;
  /** Attaches a Pod, with its object, to `nodo-1`… */
  pod(name: string, options?: PodOptions): Promise<TestPod>;
  close(): Promise<void>;
}

export interface PodOptions {
  readonly node?: string;
  readonly namespace?: string;
  readonly labels?: { readonly [key: string]: string };
  readonly ports?: readonly {
    readonly name?: string;
    readonly containerPort: number;
    readonly protocol?: string;
  }[];
  readonly network?: Partial<NetworkPod>;
  /** Serves its own name there. */
  readonly serve?: number;
}

export interface TestPod {
  readonly name: string;
  readonly ip: string;
  readonly net: NetworkInterface;
  readonly node: string;
}

export const services = (namespace = 'shop') => `/api/v1/namespaces/${namespace}/services`;
export const slices = (namespace = 'shop') =>
  `/apis/discovery.k8s.io/v1/namespaces/${namespace}/endpointslices`;
export const policies = (namespace = 'shop') =>
  `/apis/networking.k8s.io/v1/namespaces/${namespace}/networkpolicies`;

export async function createWorld(options: Partial<ClusterNetworkOptions> = {}): Promise<World> {
  const server = await testServer();
  const client = createClient((request) => server.server.handle(request), { userAgent: 'test' });
  const { clock } = server;
  const apply = async (path: string, ...objects: unknown[]) => {
    for (const object of objects) {
      const { name } = (object as { metadata: { name: string } }).metadata;
      const before = await server.send('GET', `${path}/${name}`);
      const answer =
        before.code === 404
          ? await server.send('POST', path, { body: object })
          : await server.send('PUT', `${path}/${name}`, {
              body: {
                ...(object as object),
                metadata: {
                  ...(object as { metadata: object }).metadata,
                  resourceVersion: before.body.metadata.resourceVersion,
                },
              },
            });
      if (answer.code > 299) throw new Error(answer.text);
    }
    await settle();
  };
  await apply('/api/v1/nodes', node(1), node(2), node(3));
  for (const n of [1, 2, 3])
    await server.send('PATCH', `/api/v1/nodes/nodo-${n}/status`, {
      body: { status: { addresses: [{ type: 'InternalIP', address: `192.168.0.1${n}` }] } },
      headers: { 'content-type': 'application/merge-patch+json' },
    });
  await apply('/api/v1/namespaces', namespace('shop'), namespace('other'));
  const troubles: string[] = [];
  const network = createClusterNetwork({
    client,
    clock,
    random: seededRandom(3),
    realPorts: false,
    trouble: (what, error) => troubles.push(`${what}: ${String(error)}`),
    ...options,
  });
  await network.synced;
  return {
    network,
    clock,
    client,
    troubles,
    apply,
    async remove(path) {
      await server.send('DELETE', path);
      await settle();
    },
    async pod(name, given = {}) {
      const { node = 'nodo-1', namespace: space = 'shop', labels = {}, ports = [] } = given;
      await apply(`/api/v1/namespaces/${space}/pods`, {
        apiVersion: 'v1',
        kind: 'Pod',
        metadata: { name, labels },
        spec: { nodeName: node, containers: [{ name: 'c', image: 'nginx', ports }] },
      });
      const net = network.attach({
        node,
        namespace: space,
        name,
        uid: `uid-${name}`,
        resolver: {
          nameservers: [clusterDnsIp],
          searches: [`${space}.svc.cluster.local`, 'svc.cluster.local', 'cluster.local'],
          ndots: 5,
        },
        ...given.network,
      });
      if (given.serve !== undefined) net.listen(given.serve, saying(name));
      return { name, ip: net.ip, net, node };
    },
    close: () => network.close(),
  };
}

const namespace = (name: string) => ({
  apiVersion: 'v1',
  kind: 'Namespace',
  metadata: { name, labels: { team: name } },
});

const node = (n: number) => ({
  apiVersion: 'v1',
  kind: 'Node',
  metadata: { name: `nodo-${n}`, labels: { 'topology.kubernetes.io/zone': `zona-${n}` } },
  spec: { podCIDR: `10.244.${n}.0/24`, podCIDRs: [`10.244.${n}.0/24`] },
});

/** Answers with a text and with who asked. */
export const saying = (text: string): VirtualServer => ({
  kind: 'http',
  handle: (request) => ({
    status: 200,
    headers: { 'content-type': 'text/plain', 'x-peer': request.peerIp ?? '' },
    body: Buffer.from(text),
  }),
});

export const get = (path = '/', host = 'h'): HttpRequest => ({ method: 'GET', path, headers: { host } });

export const textOf = (response: HttpResponse): string => Buffer.from(response.body).toString();

/** What the other side says, or the code of the error. */
export async function ask(from: NetworkInterface, host: string, port: number): Promise<string> {
  try {
    return textOf(await from.http(host, port, get()));
  } catch (error) {
    return (error as { code?: string }).code ?? String(error);
  }
}

export interface SliceEndpoint {
  readonly pod: TestPod;
  readonly ready?: boolean;
  readonly serving?: boolean;
  readonly terminating?: boolean;
  readonly zones?: readonly string[];
  readonly hostname?: string;
}

export const service = (name: string, spec: object = {}) => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name },
  spec: { selector: { app: name }, ports: [{ port: 80, targetPort: 8080 }], ...spec },
});

export const slice = (
  of: string,
  endpoints: readonly SliceEndpoint[],
  ports: readonly object[] = [{ port: 8080, protocol: 'TCP', name: '' }],
) => ({
  apiVersion: 'discovery.k8s.io/v1',
  kind: 'EndpointSlice',
  metadata: { name: `${of}-1`, labels: { 'kubernetes.io/service-name': of } },
  addressType: 'IPv4',
  endpoints: endpoints.map(({ pod, ready = true, serving, terminating = false, zones, hostname }) => ({
    addresses: [pod.ip],
    conditions: { ready, serving: serving ?? ready, terminating },
    nodeName: pod.node,
    ...(hostname === undefined ? {} : { hostname }),
    ...(zones === undefined ? {} : { hints: { forZones: zones.map((name) => ({ name })) } }),
  })),
  ports,
});
