import type { KubeObject } from '../../../kube/object.ts';
import type { ApiResponse } from '../../../kube/transport.ts';
import { presentView } from '../answers/present.ts';
import { noSuchResource } from '../answers/respond.ts';
import type { Call } from './call.ts';
import { patchObject } from './patch.ts';
import { pluginVerb } from './plugin-api.ts';
import { readObject } from './read.ts';
import { scaleVerb } from './scale.ts';
import type { UpdateRules } from './update.ts';
import { type PlainCall, putVerb } from './verbs.ts';

/** A request on a subresource that exists and knows the verb. */
export async function subresourceVerb(plain: PlainCall): Promise<ApiResponse> {
  const { endpoint, info } = plain;
  const plugin = endpoint.plugins.get(info.subresource);
  if (plugin !== undefined) return pluginVerb(plain, plugin);
  if (info.subresource === 'scale') return scaleVerb(plain);
  if (info.subresource !== 'status') throw noSuchResource();
  if (info.verb === 'get') {
    const call = { ...plain, dryRun: false };
    return presentView(call, 200, await readObject(call));
  }
  return info.verb === 'update' ? putVerb(plain, statusRules) : patchObject(plain, statusRules);
}

/** Only `status` changes, and what the kind lets through besides. */
export function statusRules(call: Call): UpdateRules {
  const { definition } = call.endpoint;
  const status = definition.subresources?.status;
  return {
    allowUnconditional: definition.allowUnconditionalUpdate !== false,
    prepare(draft, old) {
      if (status?.prepareForUpdate !== undefined) status.prepareForUpdate(draft, old);
      else keepAllButStatus(draft, old);
    },
    validate: (draft, old) => status?.validateUpdate?.(draft, old) ?? [],
  };
}

/** Metadata stays as it is too, but for the field managers. */
function keepAllButStatus(draft: KubeObject, old: KubeObject): void {
  const into = draft as unknown as { [key: string]: unknown };
  const from = old as unknown as { readonly [key: string]: unknown };
  for (const key of Object.keys(into))
    if (key !== 'status' && key !== 'metadata' && !Object.hasOwn(from, key)) delete into[key];
  for (const key of Object.keys(from)) if (key !== 'status' && key !== 'metadata') into[key] = from[key];
  const { managedFields, resourceVersion } = draft.metadata;
  draft.metadata = {
    ...old.metadata,
    ...(resourceVersion === undefined ? {} : { resourceVersion }),
  };
  if (managedFields === undefined) delete draft.metadata.managedFields;
  else draft.metadata.managedFields = managedFields;
}
