import type { CertificateSigningRequest } from '../api/certificates-v1.ts';
import { asKind, type KubeObject } from '../object.ts';
import { certificateSigningRequestTable } from '../printers/policy.ts';
import { validateConditions, validateSigningRequest } from '../validation/certificate-signing-request.ts';
import type { ResourceDefinition } from './definition.ts';

const decisions: ReadonlySet<string> = new Set(['Approved', 'Denied']);

/** Conditions without times get them. `now` is RFC 3339. */
function stampConditions(
  request: CertificateSigningRequest,
  old: CertificateSigningRequest,
  now: string,
): void {
  const before = new Map((old.status?.conditions ?? []).map((condition) => [condition.type, condition]));
  for (const condition of request.status?.conditions ?? []) {
    condition.lastUpdateTime ??= now;
    const same = before.get(condition.type);
    condition.lastTransitionTime ??=
      same !== undefined && same.status === condition.status ? (same.lastTransitionTime ?? now) : now;
  }
}

/** PUT /approval: only the conditions change. */
export function prepareApproval(draft: KubeObject, old: KubeObject, now: string): void {
  const request = asKind<CertificateSigningRequest>(draft);
  const before = asKind<CertificateSigningRequest>(old);
  request.spec = before.spec;
  request.status = { ...before.status, conditions: request.status?.conditions };
  stampConditions(request, before, now);
}

export const certificateSigningRequest: ResourceDefinition = {
  group: 'certificates.k8s.io',
  version: 'v1',
  kind: 'CertificateSigningRequest',
  plural: 'certificatesigningrequests',
  namespaced: false,
  shortNames: ['csr'],
  /** Who asks is what the server knows, not what they say. */
  prepareForCreate(draft, { user }) {
    const request = asKind<CertificateSigningRequest>(draft);
    const { uid: _uid, extra: _extra, ...spec } = request.spec ?? { request: '', signerName: '' };
    request.spec = { ...spec, username: user.name, groups: [...user.groups] };
    request.status = {};
  },
  prepareForUpdate(draft, old) {
    const request = asKind<CertificateSigningRequest>(draft);
    const before = asKind<CertificateSigningRequest>(old);
    request.spec = before.spec;
    request.status = before.status;
  },
  validate: (object) => validateSigningRequest(asKind<CertificateSigningRequest>(object)),
  validateUpdate: () => [],
  subresources: {
    status: {
      /** Approving has an endpoint of its own. */
      prepareForUpdate(draft, old) {
        const request = asKind<CertificateSigningRequest>(draft);
        const before = asKind<CertificateSigningRequest>(old);
        request.spec = before.spec;
        const kept = (before.status?.conditions ?? []).filter(({ type }) => decisions.has(type));
        const others = (request.status?.conditions ?? []).filter(({ type }) => !decisions.has(type));
        request.status = { ...request.status, conditions: [...kept, ...others] };
      },
      validateUpdate: (object) =>
        validateConditions(asKind<CertificateSigningRequest>(object).status?.conditions ?? []),
    },
  },
  selectablePaths: ['spec.signerName'],
  selectableFields: (object) => ({
    'spec.signerName': asKind<CertificateSigningRequest>(object).spec?.signerName ?? '',
  }),
  table: certificateSigningRequestTable,
};
