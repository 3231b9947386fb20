import { cloneJson, type KubeObject } from '../../../kube/object.ts';
import { mutateByAdmission } from './admit.ts';
import type { Call } from './call.ts';
import { warnOfOwners } from './create.ts';
import { matchNamespace, toStorageVersion } from './draft.ts';
import { toEndpointVersion } from './endpoint.ts';
import type { WriteOptions } from './options.ts';
import { trackManager } from './tracking.ts';
import { matchName, type Updated, updateObject } from './update.ts';
import type { UpdateRules } from './update-rules.ts';

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
