import type { ObjectMeta } from '../../../kube/api/meta-v1.ts';
import type { KubeObject } from '../../../kube/object.ts';
import { forbidden, type GroupResource, type StatusError } from '../../../kube/status.ts';
import type { AdmissionRequest } from '../contracts.ts';

/** What several plugins ask about a request. Mirrors apiserver/pkg/admission (Attributes, NewForbidden). */

export function resourceOf({ info }: AdmissionRequest): GroupResource {
  return { group: info.group, resource: info.resource };
}

/** A write of the resource itself, not of a subresource. */
export function writes(request: AdmissionRequest, group: string, resource: string): boolean {
  const { info, operation } = request;
  return (
    info.resource === resource &&
    info.group === group &&
    info.subresource === '' &&
    (operation === 'CREATE' || operation === 'UPDATE')
  );
}

export function creates(request: AdmissionRequest, group: string, resource: string): boolean {
  return request.operation === 'CREATE' && writes(request, group, resource);
}

/** What the object is called; before a name is generated, its prefix. */
function nameOf({ name, object }: AdmissionRequest): string {
  if (name !== '') return name;
  const meta: ObjectMeta | undefined = object?.metadata;
  return (meta?.name ?? '') !== '' ? (meta?.name ?? '') : (meta?.generateName ?? '') || 'Unknown';
}

/** 403 `pods "a" is forbidden: <why>` */
export function refusal(request: AdmissionRequest, why: string): StatusError {
  return forbidden(resourceOf(request), nameOf(request), why);
}

/** Several reasons at once, as Go's aggregate prints them: `[a, b]`, each once. */
export function together(reasons: readonly string[]): string {
  const once = [...new Set(reasons)];
  return once.length === 1 ? (once[0] ?? '') : `[${once.join(', ')}]`;
}

export function isGoing(object: KubeObject | undefined): boolean {
  return object?.metadata.deletionTimestamp != null;
}
