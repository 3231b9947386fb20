import type { CertificateSigningRequest } from '../../../kube/api/certificates-v1.ts';
import { asKind } from '../../../kube/object.ts';
import type { AdmissionPlugin, AdmissionRequest, Authorizer } from '../contracts.ts';
import { creates, refusal } from './attributes.ts';

const GROUP = 'certificates.k8s.io';
const CLIENT_SIGNER = 'kubernetes.io/kube-apiserver-client';

/** Who may approve, sign and ask for what. Mirrors plugin/pkg/admission/certificates. */
export function certificateApproval(authorizer: Authorizer): AdmissionPlugin {
  return {
    name: 'CertificateApproval',
    validate(request) {
      if (!updates(request, 'approval')) return;
      check(request, authorizer, 'approve', 'user not permitted to approve requests with signerName');
    },
  };
}

export function certificateSigning(authorizer: Authorizer): AdmissionPlugin {
  return {
    name: 'CertificateSigning',
    validate(request) {
      const { object, oldObject } = request;
      if (object === undefined || oldObject === undefined || !updates(request, 'status')) return;
      const certificate = (of: typeof object) => asKind<CertificateSigningRequest>(of).status?.certificate;
      // Only the certificate and what the signer says of it are the signer's.
      if (certificate(object) === certificate(oldObject)) return;
      check(request, authorizer, 'sign', 'user not permitted to sign requests with signerName');
    },
  };
}

export const certificateSubjectRestriction: AdmissionPlugin = {
  name: 'CertificateSubjectRestriction',
  validate(request) {
    if (request.object === undefined || !creates(request, GROUP, 'certificatesigningrequests')) return;
    const { spec } = asKind<CertificateSigningRequest>(request.object);
    if (spec?.signerName !== CLIENT_SIGNER || !asksForMasters(spec.request ?? '')) return;
    throw refusal(request, `use of ${CLIENT_SIGNER} signer with system:masters group is not allowed`);
  },
};

function updates({ info, operation }: AdmissionRequest, subresource: string): boolean {
  return (
    operation === 'UPDATE' &&
    info.group === GROUP &&
    info.resource === 'certificatesigningrequests' &&
    info.subresource === subresource
  );
}

/** `verb` on the signer itself, or on all of its domain. */
function check(request: AdmissionRequest, authorizer: Authorizer, verb: string, why: string): void {
  if (request.oldObject === undefined) return;
  const signer = asKind<CertificateSigningRequest>(request.oldObject).spec?.signerName ?? '';
  const may = (name: string) =>
    authorizer.authorize({
      user: request.user,
      verb,
      resource: { group: GROUP, version: '*', resource: 'signers', subresource: '', namespace: '', name },
    }).allowed;
  if (may(signer) || may(`${signer.slice(0, signer.indexOf('/'))}/*`)) return;
  throw refusal(request, `${why} ${JSON.stringify(signer)}`);
}

/** An organization `system:masters` in the subject of the request (base64 of PEM): the attribute as DER has it. */
function asksForMasters(request: string): boolean {
  const pem = Buffer.from(request, 'base64').toString('latin1');
  const body = /-----BEGIN CERTIFICATE REQUEST-----([^-]*)-----END/.exec(pem)?.[1] ?? '';
  const der = Buffer.from(body, 'base64');
  const organization = Buffer.from([0x06, 0x03, 0x55, 0x04, 0x0a]);
  const masters = Buffer.from('system:masters');
  for (let at = der.indexOf(organization); at >= 0; at = der.indexOf(organization, at + 1)) {
    const value = at + organization.length;
    if (
      der[value + 1] === masters.length &&
      der.subarray(value + 2, value + 2 + masters.length).equals(masters)
    )
      return true;
  }
  return false;
}
