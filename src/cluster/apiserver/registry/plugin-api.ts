import type { Dict } from '../../../kube/object.ts';
import { cloneJson, type KubeObject } from '../../../kube/object.ts';
import { notFound } from '../../../kube/status.ts';
import type { ApiResponse } from '../../../kube/transport.ts';
import { asPrinted } from '../answers/as-printed.ts';
import { objectResponse } from '../answers/respond.ts';
import type { RequestContext, ResourceApi, SubresourcePlugin } from '../contracts.ts';
import { mutateByAdmission, validateByAdmission } from './admit.ts';
import { readBody } from './body.ts';
import type { Call, PlainCall } from './call.ts';
import { checkDeleteOptions } from './delete-options.ts';
import { deleteAny } from './delete-verbs.ts';
import { type OptionsKind, type WriteOptions, writeOptions } from './options.ts';
import { trackManager } from './tracking.ts';
import { updateObject } from './update.ts';
import { mainRules } from './update-rules.ts';

const kinds: { readonly [verb: string]: OptionsKind } = { update: 'UpdateOptions', patch: 'PatchOptions' };

/** Hands a request to the plugin of its subresource, with what it may do with the parent. */
export async function pluginVerb(plain: PlainCall, plugin: SubresourcePlugin): Promise<ApiResponse> {
  const { request, info } = plain;
  const options = writeOptions(request, info.query, kinds[info.verb] ?? 'CreateOptions');
  const call: Call = { ...plain, dryRun: options.dryRun };
  return plugin.handle(call, apiOf(call, plugin, options));
}

function apiOf(call: Call, plugin: SubresourcePlugin, options: WriteOptions): ResourceApi {
  const { runtime, endpoint, info } = call;
  const operation = plugin.connects === true ? 'CONNECT' : info.verb === 'create' ? 'CREATE' : 'UPDATE';
  return {
    reader: runtime.reader,
    catalog: runtime.catalog,
    decode: (context, kind) => readBody(context, kind, runtime.schemas, options.fieldValidation),
    respond: (_context, code, object) =>
      objectResponse(code, asPrinted(runtime.schemas, object), { ...call.form }),
    isDryRun: () => call.dryRun,
    async admit(_context, object, old) {
      const base = {
        call,
        operation,
        name: info.name,
        object,
        old,
        options: options.raw,
        kind: plugin.kind,
      } as const;
      await mutateByAdmission(base);
      await validateByAdmission(base);
    },
    async updateParent<T extends KubeObject>(
      _context: RequestContext,
      change: (draft: T, old: T) => void | Promise<void>,
      how: { readonly validate?: boolean } = {},
    ): Promise<T> {
      const main = mainRules(call.endpoint.definition);
      const { view } = await updateObject(call, {
        name: info.name,
        mayCreate: false,
        rules:
          how.validate === false
            ? { ...main, countsGeneration: false, prepare: () => {}, validate: () => [] }
            : main,
        options: options.raw,
        async next(existing) {
          if (existing === undefined) throw notFound(endpoint.resourceName, info.name);
          const draft = cloneJson(existing) as T;
          await change(draft, existing as T);
          trackManager(call, draft, existing, options.fieldManager);
          return draft;
        },
      });
      return view.object as T;
    },
    async deleteParent(_context, raw) {
      const asked = checkDeleteOptions({ ...(raw as Dict), ...(call.dryRun ? { dryRun: ['All'] } : {}) });
      return (await deleteAny({ ...call, dryRun: asked.dryRun }, info.name, asked)).view.object;
    },
  };
}
