import type { CertificateSigningRequest } from '../../../kube/api/certificates-v1.ts';
import type { Namespace, Pod } from '../../../kube/api/core-v1.ts';
import { type FieldError, forbiddenField, goQuote } from '../../../kube/field-error.ts';
import { asKind } from '../../../kube/object.ts';
import { prepareApproval } from '../../../kube/resources/certificate-signing-request.ts';
import { validateNamespaceFinalize } from '../../../kube/resources/namespace.ts';
import { validateEphemeralContainersUpdate } from '../../../kube/validation/pod/pod.ts';
import { type ObjectSubresource, onlyChange } from '../registry/update-rules.ts';

/** Subresources that are the object itself under rules of their own. */
export const objectSubresources: readonly ObjectSubresource[] = [
  {
    group: '',
    resource: 'namespaces',
    name: 'finalize',
    verbs: ['update'],
    rulesOf: () => ({
      allowUnconditional: true,
      prepare: (draft, old) =>
        onlyChange(draft, old, (from, into) => {
          const finalizers = asKind<Namespace>(from).spec?.finalizers;
          asKind<Namespace>(into).spec = finalizers === undefined ? {} : { finalizers };
        }),
      validate: validateNamespaceFinalize,
    }),
  },
  {
    group: '',
    resource: 'pods',
    name: 'ephemeralcontainers',
    verbs: ['get', 'patch', 'update'],
    rulesOf: () => ({
      allowUnconditional: true,
      prepare: (draft, old) =>
        onlyChange(draft, old, (from, into) => {
          const { ephemeralContainers: _, ...spec } = asKind<Pod>(old).spec ?? { containers: [] };
          const sent = asKind<Pod>(from).spec?.ephemeralContainers;
          asKind<Pod>(into).spec = { ...spec, ...(sent === undefined ? {} : { ephemeralContainers: sent }) };
        }),
      validate: (draft, old) => validateEphemeralContainersUpdate(asKind<Pod>(draft), asKind<Pod>(old)),
    }),
  },
  {
    group: 'certificates.k8s.io',
    resource: 'certificatesigningrequests',
    name: 'approval',
    verbs: ['get', 'patch', 'update'],
    rulesOf: (definition) => ({
      allowUnconditional: true,
      prepare: (draft, old, { now }) => prepareApproval(draft, old, now),
      validate: (draft, old) => [
        ...removedDecisions(asKind<CertificateSigningRequest>(draft), asKind<CertificateSigningRequest>(old)),
        ...(definition.subresources?.status?.validateUpdate?.(draft, old) ?? []),
      ],
    }),
  },
];

/** What was decided once stays decided. */
function removedDecisions(
  request: CertificateSigningRequest,
  old: CertificateSigningRequest,
): readonly FieldError[] {
  const has = ({ status }: CertificateSigningRequest, type: string) =>
    status?.conditions?.some((condition) => condition.type === type) === true;
  return ['Approved', 'Denied', 'Failed']
    .filter((type) => has(old, type) && !has(request, type))
    .map((type) =>
      forbiddenField('status.conditions', `updates may not remove a condition of type ${goQuote(type)}`),
    );
}
