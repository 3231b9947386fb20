import type { KubeObject } from '../../kube/object.ts';
import { apiVersionOf } from '../../kube/object.ts';
import { StatusError } from '../../kube/status.ts';
import type { ApiRequest, ApiResponse } from '../../kube/transport.ts';
import type { InstalledResource, ObjectReader } from './contracts.ts';
import type { ResourceCatalog } from './registry/catalog.ts';

const namespaces = ['default', 'kube-system', 'kube-public', 'kube-node-lease'];

/** What exists from the first second, in order. The `kubernetes` Service takes the first address of the range. */
export function standardObjects(): readonly KubeObject[] {
  return [
    ...namespaces.map((name) => ({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } })),
    {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: {
        name: 'kubernetes',
        namespace: 'default',
        labels: { component: 'apiserver', provider: 'kubernetes' },
      },
      spec: {
        type: 'ClusterIP',
        clusterIP: '10.0.0.1',
        ipFamilyPolicy: 'SingleStack',
        sessionAffinity: 'None',
        ports: [{ name: 'https', port: 443, protocol: 'TCP', targetPort: 6443 }],
      },
    } as KubeObject,
  ];
}

/** Creates each object that is not there yet, through the handler, so that defaults and checks are the usual ones. */
export async function createMissing(
  objects: readonly KubeObject[],
  catalog: ResourceCatalog,
  reader: ObjectReader,
  handle: (request: ApiRequest) => Promise<ApiResponse>,
): Promise<void> {
  const create = async (object: KubeObject): Promise<void> => {
    const endpoint = catalog
      .all()
      .find((one) => apiVersionOf(one) === object.apiVersion && one.kind === object.kind);
    if (endpoint === undefined) return;
    // Looked up first: every later start finds them all, and a Service's own address would count as taken.
    const namespace = endpoint.namespaced ? (object.metadata.namespace ?? 'default') : '';
    const name = object.metadata.name ?? '';
    if (reader.get(endpoint.group, endpoint.plural, namespace, name) !== undefined) return;
    const response = await handle({
      method: 'POST',
      url: `${collectionUrl(endpoint, namespace)}?fieldManager=kube-apiserver`,
      headers: {},
      body: { kind: 'object', object },
      signal: new AbortController().signal,
    });
    if (response.status === 201 || response.status === 409 || response.body.kind !== 'object') return;
    throw new StatusError(response.body.object as ConstructorParameters<typeof StatusError>[0]);
  };
  // Those of a kind go together, so that the store writes them together: a hundred syncs of a disk are a slow start.
  for (let from = 0; from < objects.length; ) {
    let to = from + 1;
    while (to < objects.length && objects[to]?.kind === objects[from]?.kind) to += 1;
    await Promise.all(objects.slice(from, to).map(create));
    from = to;
  }
}

function collectionUrl({ group, version, plural }: InstalledResource, namespace: string): string {
  const root = group === '' ? `/api/${version}` : `/apis/${group}/${version}`;
  return `${root}${namespace === '' ? '' : `/namespaces/${namespace}`}/${plural}`;
}
