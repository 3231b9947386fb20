import type { KubeObject } from '../../../kube/object.ts';

/** What a POST answers that creates nothing to show. */
export function createdStatus(): KubeObject {
  const status = { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success', code: 201 };
  return status;
}
