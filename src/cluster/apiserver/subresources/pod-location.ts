import type { Node, Pod } from '../../../kube/api/core-v1.ts';
import { badRequest, notFound, plainFailure, StatusError } from '../../../kube/status.ts';
import type { ObjectReader, RequestContext } from '../contracts.ts';
import type { KubeletApi, NodeAccess, PodRef } from '../node-access.ts';

/** The Pod that the request names. */
export function podOf({ info }: RequestContext, reader: ObjectReader): Pod {
  const pod = reader.get('', 'pods', info.namespace, info.name);
  if (pod === undefined) throw notFound({ group: '', resource: 'pods' }, info.name);
  return pod as unknown as Pod;
}

/** Throws upstream's 400 when the container is not named and there are several, or is not there. Mirrors validateContainer. */
export function containerOf({ metadata, spec }: Pod, asked: string): string {
  const names = (list: readonly { readonly name?: string }[] | undefined) =>
    (list ?? []).map(({ name }) => name ?? '');
  const containers = names(spec?.containers);
  const all = [...names(spec?.initContainers), ...containers, ...names(spec?.ephemeralContainers)];
  const pod = metadata?.name ?? '';
  if (asked !== '') {
    if (all.includes(asked)) return asked;
    throw badRequest(`container ${asked} is not valid for pod ${pod}`);
  }
  const [only] = containers;
  if (containers.length === 1 && only !== undefined) return only;
  throw badRequest(
    `a container name must be specified for pod ${pod}${only === undefined ? '' : `, choose one of: [${all.join(' ')}]`}`,
  );
}

export function refOf({ metadata }: Pod): PodRef {
  return { namespace: metadata?.namespace ?? '', name: metadata?.name ?? '', uid: metadata?.uid ?? '' };
}

/** Where the kubelet of a node is, as errors name it, and how to reach it when it can be reached. */
export interface KubeletLocation {
  /** `https://10.0.0.7:10250` */
  readonly url: string;
  /** Or what dialling it gives: `dial tcp 10.0.0.7:10250: connect: connection refused`. */
  readonly kubelet: KubeletApi | string;
}

/** Of the node that a Pod is bound to. Throws when there is none. Mirrors NodeConnectionInfoGetter. */
export function kubeletOf(pod: Pod, reader: ObjectReader, nodes: NodeAccess): KubeletLocation {
  const name = pod.spec?.nodeName ?? '';
  if (name === '') throw badRequest(`pod ${pod.metadata?.name ?? ''} does not have a host assigned`);
  return kubeletOn(name, reader, nodes);
}

/** Throws 404 when there is no such node. */
export function kubeletOn(name: string, reader: ObjectReader, nodes: NodeAccess): KubeletLocation {
  const node = reader.get('', 'nodes', '', name) as unknown as Node | undefined;
  if (node === undefined) throw notFound({ group: '', resource: 'nodes' }, name);
  const addresses = node.status?.addresses ?? [];
  const wanted = ['Hostname', 'InternalDNS', 'InternalIP', 'ExternalDNS', 'ExternalIP'];
  const preferred =
    addresses.find(({ type }) => type === 'InternalIP') ??
    addresses.find(({ type }) => wanted.includes(type));
  if (preferred === undefined)
    throw plainFailure(
      `no preferred addresses found; known addresses: [${addresses.map(({ type }) => type).join(' ')}]`,
    );
  const url = `https://${preferred.address}:${node.status?.daemonEndpoints?.kubeletEndpoint?.Port ?? 10250}`;
  try {
    return { url, kubelet: nodes.kubelet(name) };
  } catch (error) {
    if (error instanceof StatusError) return { url, kubelet: error.status.message ?? error.message };
    throw error;
  }
}
