import { cloneJson, type KubeObject } from '../../../kube/object.ts';
import { mutateByAdmission } from './admit.ts';
import { type Call, nowText } from './call.ts';
import { warnOfOwners } from './create.ts';
import { matchNamespace, toStorageVersion } from './draft.ts';
import { toEndpointVersion } from './endpoint.ts';
import { trackUpdate } from './language.ts';
import type { WriteOptions } from './options.ts';
import { matchName, type Updated, type UpdateRules, updateObject } from './update.ts';

/** PUT of an object or of its status, once the body is decoded and defaulted in the endpoint's version. */
export function putObject(
  call: Call,
  sent: KubeObject,
  options: WriteOptions,
  rules: UpdateRules,
): Promise<Updated> {
  const { endpoint, info } = call;
  matchNamespace(sent, info.namespace, endpoint.namespaced);
  matchName(sent, info.name);
  warnOfOwners(call, sent);
  const { uid } = sent.metadata;
  return updateObject(call, {
    name: info.name,
    ...(uid === undefined || uid === '' ? {} : { uid }),
    mayCreate: endpoint.definition.allowCreateOnUpdate === true && info.subresource === '',
    rules,
    options: options.raw,
    next: (existing) => {
      const live = existing === undefined ? undefined : toEndpointVersion(endpoint, existing);
      const draft = cloneJson(sent);
      trackManager(call, draft, live, options.fieldManager);
      return finishDraft(call, draft, existing, options.raw);
    },
  });
}

/** Notes in managedFields who changed what, seeing only what this endpoint lets change. */
export function trackManager(
  call: Call,
  draft: KubeObject,
  live: KubeObject | undefined,
  manager: string,
): void {
  const { endpoint, info, runtime } = call;
  const tracked = trackUpdate({
    schema: endpoint.schema,
    live,
    updated: changeable(call, draft, live),
    manager,
    apiVersion: endpoint.apiVersion,
    subresource: info.subresource,
    now: nowText(runtime),
  });
  if (tracked === undefined) delete draft.metadata.managedFields;
  else draft.metadata.managedFields = tracked;
}

/** What upstream's reset fields leave of a change: status alone on `/status`, everything else on the main endpoint. */
function changeable(call: Call, draft: KubeObject, live: KubeObject | undefined): KubeObject {
  const { endpoint, info } = call;
  if (endpoint.definition.subresources?.status === undefined) return draft;
  const sent = draft as KubeObject & { readonly status?: unknown };
  const there = (live ?? {}) as { readonly status?: unknown };
  if (info.subresource !== 'status') {
    const { status: _, ...rest } = sent;
    return { ...rest, ...(there.status === undefined ? {} : { status: there.status }) };
  }
  const { status: _, ...rest } = (live ?? draft) as KubeObject & { readonly status?: unknown };
  return {
    ...rest,
    metadata: { ...rest.metadata, managedFields: draft.metadata.managedFields },
    ...(sent.status === undefined ? {} : { status: sent.status }),
  };
}

/** To the storage version, and through the mutating plugins when it is an update. */
export async function finishDraft(
  call: Call,
  draft: KubeObject,
  existing: KubeObject | undefined,
  options: { readonly [key: string]: unknown },
): Promise<KubeObject> {
  const stored = toStorageVersion(call.endpoint, draft);
  if (existing !== undefined) {
    const name = existing.metadata.name ?? '';
    await mutateByAdmission({ call, operation: 'UPDATE', name, object: stored, old: existing, options });
    warnOfOwners(call, stored);
  }
  return stored;
}
