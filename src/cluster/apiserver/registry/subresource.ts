import type { ApiResponse } from '../../../kube/transport.ts';
import { presentView } from '../answers/present.ts';
import { noSuchResource } from '../answers/respond.ts';
import type { PlainCall } from './call.ts';
import { patchObject } from './patch.ts';
import { pluginVerb } from './plugin-api.ts';
import { readObject } from './read.ts';
import { scaleVerb } from './scale.ts';
import { statusRules, type UpdateRules } from './update-rules.ts';
import { putVerb } from './verbs.ts';

/** A request on a subresource that exists and knows the verb. */
export async function subresourceVerb(plain: PlainCall): Promise<ApiResponse> {
  const { endpoint, info } = plain;
  const plugin = endpoint.plugins.get(info.subresource);
  if (plugin !== undefined) return pluginVerb(plain, plugin);
  if (info.subresource === 'scale') return scaleVerb(plain);
  const rules = rulesOf(plain);
  if (rules === undefined) throw noSuchResource();
  if (info.verb === 'get') {
    const call = { ...plain, dryRun: false };
    return presentView(call, 200, await readObject(call));
  }
  return info.verb === 'update' ? putVerb(plain, rules) : patchObject(plain, rules);
}

function rulesOf({ endpoint, info }: PlainCall): UpdateRules | undefined {
  const { definition, rules } = endpoint;
  return info.subresource === 'status'
    ? statusRules(definition)
    : rules.get(info.subresource)?.rulesOf(definition);
}
