import type { Namespace } from '../../../kube/api/core-v1.ts';
import { asKind, type KubeObject } from '../../../kube/object.ts';
import { forbidden, notFound, StatusError } from '../../../kube/status.ts';
import type { AdmissionPlugin, AdmissionRequest } from '../contracts.ts';
import { refusal } from './attributes.ts';

const IMMORTAL = new Set(['default', 'kube-system', 'kube-public']);
const NAMESPACES = { group: '', resource: 'namespaces' } as const;

/**
 * No writes into a namespace that is missing or ending; some namespaces never end. `sync` waits until everything
 * acknowledged elsewhere can be read here: another member may know the namespace already. Mirrors plugin/namespace/lifecycle.
 */
export const namespaceLifecycle = (sync: () => Promise<void>): AdmissionPlugin => ({
  name: 'NamespaceLifecycle',
  mutate(request, reader) {
    const { operation, info, namespace } = request;
    if (operation === 'CONNECT') return;
    const isNamespace = info.group === '' && info.resource === 'namespaces';
    if (isNamespace) {
      if (operation === 'DELETE' && IMMORTAL.has(request.name))
        throw forbidden(NAMESPACES, request.name, 'this namespace may not be deleted');
      return;
    }
    if (namespace === '' || operation === 'DELETE' || isAccessReview(request)) return;
    const found = reader.get<KubeObject>('', 'namespaces', '', namespace);
    if (found !== undefined) return refuseEnding(request, found);
    return sync().then(() => {
      const late = reader.get<KubeObject>('', 'namespaces', '', namespace);
      if (late === undefined) throw notFound(NAMESPACES, namespace);
      refuseEnding(request, late);
    });
  },
});

function refuseEnding(request: AdmissionRequest, found: KubeObject): void {
  const { operation, namespace } = request;
  if (operation !== 'CREATE' || asKind<Namespace>(found).status?.phase !== 'Terminating') return;
  const why = `unable to create new content in namespace ${namespace} because it is being terminated`;
  const { status } = refusal(request, why);
  const cause = {
    reason: 'NamespaceTerminating',
    message: `namespace ${namespace} is being terminated`,
    field: 'metadata.namespace',
  };
  throw new StatusError({ ...status, details: { ...status.details, causes: [cause] } });
}

/** Telling about the namespace would tell too much. */
function isAccessReview({ info }: AdmissionRequest): boolean {
  return info.group === 'authorization.k8s.io' && info.resource === 'localsubjectaccessreviews';
}
