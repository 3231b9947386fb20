import type { Clock } from '../../base/clock.ts';
import { type KubeClient, type ResourceRef, resourceRef } from '../../kube/client.ts';
import { equalJson, type KubeObject } from '../../kube/object.ts';

export interface KubernetesEndpointsOptions {
  readonly client: KubeClient;
  readonly clock: Clock;
  /** The IPv4 addresses of the API servers that answer now; no loopback addresses, which the API refuses. */
  addresses(): readonly string[];
  readonly port: number;
  trouble(error: unknown): void;
}

export interface KubernetesEndpoints {
  /** Looks now: an API server came or went. Never rejects. */
  refresh(): Promise<void>;
  stop(): void;
}

/** As upstream looks at its leases. */
const periodMs = 10_000;
const namespace = 'default';
const name = 'kubernetes';
const endpoints = resourceRef('v1', 'endpoints');
const endpointSlices = resourceRef('discovery.k8s.io/v1', 'endpointslices');

/**
 * Keeps the Endpoints and the EndpointSlice of the `kubernetes` Service: the API servers write them themselves. Mirrors
 * pkg/controlplane/reconcilers.
 */
export function startKubernetesEndpoints(options: KubernetesEndpointsOptions): KubernetesEndpoints {
  const { client, clock, port, trouble } = options;
  let turn: Promise<void> = Promise.resolve();
  const look = async () => {
    const ips = [...new Set(options.addresses())].sort();
    await ensure(client, endpoints, endpointsOf(ips, port), ['subsets']);
    await ensure(client, endpointSlices, sliceOf(ips, port), ['endpoints', 'ports']);
  };
  const refresh = () => {
    turn = turn.then(look).catch(trouble);
    return turn;
  };
  void refresh();
  const stop = clock.every(periodMs, () => void refresh());
  return { refresh, stop };
}

type Loose = KubeObject & { readonly [field: string]: unknown };

async function ensure(
  client: KubeClient,
  ref: ResourceRef,
  wanted: Loose,
  fields: readonly string[],
): Promise<void> {
  const found = await client.find<Loose>(ref, namespace, name);
  const write = { fieldManager: 'kube-apiserver' };
  if (found === undefined) {
    await client.create(ref, namespace, wanted, write);
    return;
  }
  const labels = { ...found.metadata.labels, ...wanted.metadata.labels };
  const same =
    equalJson(labels, found.metadata.labels) &&
    fields.every((field) => equalJson(found[field] ?? null, wanted[field] ?? null));
  if (same) return;
  const changes = Object.fromEntries(fields.map((field) => [field, wanted[field]]));
  await client.update(ref, { ...found, ...changes, metadata: { ...found.metadata, labels } }, write);
}

function endpointsOf(ips: readonly string[], port: number): Loose {
  return {
    apiVersion: 'v1',
    kind: 'Endpoints',
    metadata: { name, namespace, labels: { 'endpointslice.kubernetes.io/skip-mirror': 'true' } },
    ...(ips.length === 0
      ? {}
      : {
          subsets: [
            { addresses: ips.map((ip) => ({ ip })), ports: [{ name: 'https', port, protocol: 'TCP' }] },
          ],
        }),
  };
}

function sliceOf(ips: readonly string[], port: number): Loose {
  return {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: { name, namespace, labels: { 'kubernetes.io/service-name': name } },
    addressType: 'IPv4',
    endpoints: ips.length === 0 ? null : ips.map((ip) => ({ addresses: [ip], conditions: { ready: true } })),
    ports: [{ name: 'https', port, protocol: 'TCP' }],
  };
}
