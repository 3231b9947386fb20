import type { CertificateSigningRequest } from '../../../kube/api/certificates-v1.ts';
import type { Namespace, Pod } from '../../../kube/api/core-v1.ts';
import { asKind } from '../../../kube/object.ts';
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
      validate: () => [],
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
      prepare: (draft, old) =>
        onlyChange(draft, old, (from, into) => {
          const { conditions } = asKind<CertificateSigningRequest>(from).status ?? {};
          const status = { ...asKind<CertificateSigningRequest>(old).status };
          if (conditions === undefined) delete status.conditions;
          else status.conditions = conditions;
          asKind<CertificateSigningRequest>(into).status = status;
        }),
      validate: (draft, old) => definition.subresources?.status?.validateUpdate?.(draft, old) ?? [],
    }),
  },
];
