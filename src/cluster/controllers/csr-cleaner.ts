import { X509Certificate } from 'node:crypto';
import type { CertificateSigningRequest } from '../../kube/api/certificates-v1.ts';
import type { KubeObject } from '../../kube/object.ts';
import { timeToMs } from '../../kube/time.ts';
import { type Controller, ignoring, isNotFound } from './controller.ts';
import { certificateSigningRequests } from './refs.ts';

type RequestObject = CertificateSigningRequest & KubeObject;

const hourMs = 3_600_000;
const pendingMs = 24 * hourMs;

/** Takes away requests for certificates that were decided an hour ago or that nobody decides. Mirrors pkg/controller/certificates/cleaner. */
export const signingRequestCleaner: Controller = {
  name: 'certificatesigningrequest-cleaner-controller',
  account: 'certificate-controller',
  start(context) {
    const { client, clock, trouble } = context;
    const requests = context.informer<RequestObject>(certificateSigningRequests);
    const clean = async () => {
      for (const request of requests.list()) {
        if (!isOver(request, clock.now())) continue;
        const name = request.metadata.name ?? '';
        await ignoring(isNotFound, client.delete(certificateSigningRequests, '', name));
      }
    };
    let running = Promise.resolve();
    const stop = clock.every(hourMs, () => {
      running = running.then(clean).catch((error: unknown) => trouble(this.name, error));
    });
    return {
      async stop() {
        stop();
        await running;
      },
    };
  },
};

function isOver({ metadata, status }: RequestObject, nowMs: number): boolean {
  const conditions = status?.conditions ?? [];
  const issued = (status?.certificate ?? '') !== '';
  const olderThan = (ms: number, since: string | undefined) => nowMs > timeToMs(since) + ms;
  if (conditions.length === 0) return olderThan(pendingMs, metadata.creationTimestamp);
  return (
    conditions.some(
      ({ type, lastUpdateTime }) =>
        (['Denied', 'Failed'].includes(type) || (type === 'Approved' && issued)) &&
        olderThan(hourMs, lastUpdateTime),
    ) ||
    (issued && hasExpired(status?.certificate ?? '', nowMs))
  );
}

function hasExpired(certificate: string, nowMs: number): boolean {
  try {
    return Date.parse(new X509Certificate(Buffer.from(certificate, 'base64')).validTo) < nowMs;
  } catch {
    return false;
  }
}
