import type { KubeObject } from '../../kube/object.ts';
import { apiVersionOf } from '../../kube/object.ts';
import { StatusError } from '../../kube/status.ts';
import type { ApiRequest, ApiResponse } from '../../kube/transport.ts';
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
  handle: (request: ApiRequest) => Promise<ApiResponse>,
): Promise<void> {
  for (const object of objects) {
    const url = collectionUrl(object, catalog);
    if (url === undefined) continue;
    const response = await handle({
      method: 'POST',
      url: `${url}?fieldManager=kube-apiserver`,
      headers: {},
      body: { kind: 'object', object },
      signal: new AbortController().signal,
    });
    if (response.status === 201 || response.status === 409 || response.body.kind !== 'object') continue;
    throw new StatusError(response.body.object as ConstructorParameters<typeof StatusError>[0]);
  }
}

function collectionUrl(object: KubeObject, catalog: ResourceCatalog): string | undefined {
  const endpoint = catalog
    .all()
    .find((one) => apiVersionOf(one) === object.apiVersion && one.kind === object.kind);
  if (endpoint === undefined) return undefined;
  const root =
    endpoint.group === '' ? `/api/${endpoint.version}` : `/apis/${endpoint.group}/${endpoint.version}`;
  const { namespace = 'default' } = object.metadata;
  return `${root}${endpoint.namespaced ? `/namespaces/${namespace}` : ''}/${endpoint.plural}`;
}
