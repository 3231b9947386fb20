import { failure, plainFailure, StatusError } from '../../../kube/status.ts';
import { type Change, type CommitResult, type Store, StoreError } from '../../store/store.ts';

/**
 * What is stored may be as large as a body. etcd's limit is half of that, of a form that is half as long. Managed fields
 * would make several times as much of thousands of tiny fields.
 */
const maxValueBytes = 3 * 1024 * 1024;

/** A commit whose failures are what the API tells of a store that cannot. */
export async function commitChanges(store: Store, changes: readonly Change[]): Promise<CommitResult> {
  for (const { value } of changes)
    if (value !== undefined && value.length > maxValueBytes)
      throw plainFailure('etcdserver: request is too large');
  try {
    return await store.commit(changes);
  } catch (error) {
    throw asStatusError(error);
  }
}

/** What a client is told of a StoreError; anything else is handed back. */
export function asStatusError(error: unknown): unknown {
  if (!(error instanceof StoreError)) return error;
  switch (error.code) {
    case 'disk':
      return failure(507, 'InsufficientStorage', `etcdserver: ${error.message}`);
    // Without Retry-After: it took seconds to find out, and client-go would ask ten times before it says anything.
    case 'unavailable':
      return failure(504, 'Timeout', `etcdserver: request timed out: ${error.message}`);
    // This server ends; the next attempt reaches another.
    case 'closed':
      return new StatusError(
        {
          kind: 'Status',
          apiVersion: 'v1',
          metadata: {},
          status: 'Failure',
          message: `etcdserver: server stopped: ${error.message}`,
          reason: 'ServiceUnavailable',
          details: { retryAfterSeconds: 1 },
          code: 503,
        },
        { 'retry-after': '1' },
      );
    case 'unknown-outcome':
      return failure(504, 'Timeout', `Timeout: the outcome of the write is not known: ${error.message}`, {
        retryAfterSeconds: 1,
      });
    default:
      return error;
  }
}
