import type { CertificateSigningRequest } from '../../kube/api/certificates-v1.ts';
import type { KubeObject } from '../../kube/object.ts';
import { formatTime } from '../../kube/time.ts';
import { type Controller, ignoring, isNotFound, startLoop } from './controller.ts';
import { parseSigningRequest, type SigningRequest } from './csr-request.ts';
import { certificateSigningRequests } from './refs.ts';

type RequestObject = CertificateSigningRequest & KubeObject;

const clientSigner = 'kubernetes.io/kube-apiserver-client';
const kubeletSigner = 'kubernetes.io/kube-apiserver-client-kubelet';
/** kube-controller-manager's --cluster-signing-duration. */
const longestMs = 365 * 24 * 3_600_000;
/** A certificate was valid this long before it was issued, for clocks that go after. */
const backdateMs = 5 * 60_000;

const hasCondition = ({ status }: RequestObject, type: string): boolean =>
  status?.conditions?.some((one) => one.type === type && one.status === 'True') === true;

/** Issues client certificates to requests that were approved. Mirrors pkg/controller/certificates/signer. */
export const signingController: Controller = {
  name: 'certificatesigningrequest-signing-controller',
  account: 'certificate-controller',
  start(context) {
    const { client, clock, signClient } = context;
    const requests = context.informer<RequestObject>(certificateSigningRequests);
    const loop = startLoop(
      context,
      this.name,
      async (name) => {
        const found = requests.get('', name);
        if (found === undefined || !isToSign(found) || signClient === undefined) return;
        const nowMs = clock.now();
        const request = parse(found);
        if (request === undefined) return;
        const why = whyInvalid(found, request);
        const lifeMs = Math.min(longestMs, (found.spec.expirationSeconds ?? Number.POSITIVE_INFINITY) * 1000);
        const status =
          why === undefined
            ? {
                ...found.status,
                certificate: Buffer.from(
                  signClient(
                    request.commonName,
                    request.organizations,
                    request.publicKey,
                    nowMs + lifeMs - backdateMs,
                  ),
                ).toString('base64'),
              }
            : {
                ...found.status,
                conditions: [
                  ...(found.status?.conditions ?? []),
                  {
                    type: 'Failed',
                    status: 'True',
                    reason: 'SignerValidationFailure',
                    message: why,
                    lastUpdateTime: formatTime(nowMs),
                  },
                ],
              };
        const draft: RequestObject = { ...found, status };
        await ignoring(
          isNotFound,
          client.update(certificateSigningRequests, draft, { subresource: 'status' }),
        );
      },
      { ready: [requests] },
    );
    requests.onChange((after) => {
      if (after !== undefined && isToSign(after)) loop.queue.add(after.metadata.name ?? '');
    });
    return loop;
  },
};

const isToSign = (request: RequestObject): boolean =>
  [clientSigner, kubeletSigner].includes(request.spec.signerName) &&
  hasCondition(request, 'Approved') &&
  !hasCondition(request, 'Denied') &&
  !hasCondition(request, 'Failed') &&
  (request.status?.certificate ?? '') === '';

/** Undefined for what nobody could sign: it waits until it is cleaned up, as upstream's does. */
function parse({ spec }: RequestObject): SigningRequest | undefined {
  try {
    return parseSigningRequest(spec.request);
  } catch {
    return undefined;
  }
}

function whyInvalid({ spec }: RequestObject, request: SigningRequest): string | undefined {
  const usages = spec.usages ?? [];
  if (spec.signerName === kubeletSigner) {
    if (request.organizations.length !== 1 || request.organizations[0] !== 'system:nodes')
      return 'subject organization is not system:nodes';
    if (!request.commonName.startsWith('system:node:'))
      return 'subject common name does not begin with system:node: ';
  }
  const allowed = ['digital signature', 'key encipherment', 'client auth'];
  const other = usages.find((usage) => !allowed.includes(usage));
  if (other !== undefined) return `invalid usage for client certificate: ${other}`;
  return usages.includes('client auth')
    ? undefined
    : 'missing required usage for client certificate: client auth';
}
