import { gone, plainFailure, StatusError } from '../../../kube/status.ts';
import { type Store, StoreError } from '../../store/store.ts';
import { asStatusError } from './commit.ts';

/** Everything acknowledged before is seen. Throws a 503 without a majority. */
export async function syncStore(store: Store): Promise<void> {
  try {
    await store.sync();
  } catch (error) {
    throw asStatusError(error);
  }
}

/** `resourceVersion` of a GET, of NotOlderThan lists and of watches: at least this. Throws upstream's 504 for the future. */
export async function waitForVersion(store: Store, version: number): Promise<void> {
  if (store.revision >= version) return;
  await syncStore(store);
  if (store.revision >= version) return;
  throw tooLargeVersion(version, store.revision);
}

export function tooLargeVersion(version: number, current: number): StatusError {
  return new StatusError({
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Failure',
    message: `Timeout: Too large resource version: ${version}, current: ${current}`,
    reason: 'Timeout',
    details: {
      causes: [{ reason: 'ResourceVersionTooLarge', message: 'Too large resource version' }],
      retryAfterSeconds: 1,
    },
    code: 504,
  });
}

export const tooOldVersion = (asked: number, oldest: number): StatusError =>
  gone(`too old resource version: ${asked} (${oldest})`);

/** What a list at a revision says of one that is not there. */
export function explainRevision(error: unknown): unknown {
  if (error instanceof StoreError && error.code === 'compacted')
    return gone('The resourceVersion for the provided list is too old.');
  if (error instanceof StoreError && error.code === 'future')
    return plainFailure('etcdserver: mvcc: required revision is a future revision');
  return asStatusError(error);
}
