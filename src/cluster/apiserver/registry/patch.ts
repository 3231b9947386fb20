import { asApplied, readApplyDocument, strictRefusal } from '../../../kube/apply/document.ts';
import { applyConfiguration } from '../../../kube/apply/field-manager.ts';
import type { KubeObject } from '../../../kube/object.ts';
import type { Value } from '../../../kube/patch/dict.ts';
import { decodeDict } from '../../../kube/schema/decode.ts';
import { conflict, failure, StatusError } from '../../../kube/status.ts';
import type { ApiResponse } from '../../../kube/transport.ts';
import { presentView } from '../answers/present.ts';
import { unsupportedMediaType } from '../answers/respond.ts';
import { bodyBytes, contentTypeOf } from './body.ts';
import type { Call, PlainCall } from './call.ts';
import { warnOfOwners } from './create.ts';
import { applyDefaults, matchNamespace } from './draft.ts';
import { type Endpoint, toEndpointVersion } from './endpoint.ts';
import { type WriteOptions, writeOptions } from './options.ts';
import { applyPatch, type PatchBody, type PatchType, readPatch } from './patch-document.ts';
import { finishDraft } from './put.ts';
import { trackingOf, trackManager } from './tracking.ts';
import { matchName, updateObject } from './update.ts';
import type { UpdateRules } from './update-rules.ts';

const conflictRetries = 5;
const types: { readonly [contentType: string]: PatchType | 'apply' } = {
  'application/json-patch+json': 'json',
  'application/merge-patch+json': 'merge',
  'application/strategic-merge-patch+json': 'strategic',
  'application/apply-patch+yaml': 'apply',
};

/** The type of a PATCH by its content type. Throws the 415 of the router, or of a custom resource. */
export function patchTypeOf({
  request,
  endpoint,
}: Pick<PlainCall, 'request' | 'endpoint'>): PatchType | 'apply' {
  const contentType = contentTypeOf(request);
  const type = Object.hasOwn(types, contentType) ? types[contentType] : undefined;
  if (endpoint.custom && (type === undefined || type === 'strategic'))
    throw failure(
      415,
      'UnsupportedMediaType',
      'the body of the request was in an unknown format - accepted media types include: ' +
        'application/json-patch+json, application/merge-patch+json, application/apply-patch+yaml',
    );
  if (type === undefined) throw unsupportedMediaType();
  return type;
}

/** PATCH of an object or of its status, of all four types. Mirrors handlers.PatchResource. */
export async function patchObject(plain: PlainCall, rules: UpdateRules): Promise<ApiResponse> {
  const { request, info } = plain;
  const type = patchTypeOf(plain);
  const options = writeOptions(request, info.query, 'PatchOptions', type === 'apply');
  const call: Call = { ...plain, dryRun: options.dryRun };
  const next = type === 'apply' ? applied(call, options) : patched(call, type, options);
  for (let attempt = 0; ; attempt++) {
    try {
      const { view, created } = await updateObject(call, {
        name: info.pathName,
        mayCreate: type === 'apply' && info.subresource === '',
        rules,
        options: options.raw,
        next,
      });
      return presentView(call, created ? 201 : 200, view);
    } catch (error) {
      if (attempt >= conflictRetries || !isRace(error)) throw error;
    }
  }
}

/** A conflict of versions may be over at the next try; one of field managers is not. */
function isRace(error: unknown): boolean {
  if (!(error instanceof StatusError) || error.status.reason !== 'Conflict') return false;
  return error.status.details?.causes === undefined;
}

type Next = (existing: KubeObject | undefined) => Promise<KubeObject>;

function patched(call: Call, type: PatchType, options: WriteOptions): Next {
  const { endpoint, info } = call;
  const body: PatchBody = readPatch(type, bodyBytes(call.request), options.fieldValidation);
  return async (existing) => {
    if (existing === undefined) throw conflict(endpoint.resourceName, info.pathName, 'nothing to patch');
    const live = toEndpointVersion(endpoint, existing);
    const draft = applyPatch({
      type,
      body,
      current: live,
      schema: endpoint.schema,
      fieldValidation: options.fieldValidation,
      warn: call.warn,
    });
    applyDefaults(endpoint, draft);
    matchName(draft, info.pathName);
    warnOfOwners(call, draft);
    trackManager(call, draft, live, options.fieldManager);
    return finishDraft(call, draft, existing, options.raw);
  };
}

function applied(call: Call, options: WriteOptions): Next {
  const { endpoint, info, request } = call;
  const { value, complaints } =
    request.body?.kind === 'object'
      ? { value: asApplied(request.body.object as Value), complaints: [] }
      : readApplyDocument(new TextDecoder().decode(bodyBytes(request)));
  return async (existing) => {
    const live = existing === undefined ? undefined : toEndpointVersion(endpoint, existing);
    const merged = applyConfiguration({
      ...trackingOf(call),
      live,
      applied: value as unknown as KubeObject,
      manager: options.fieldManager,
      force: options.force,
      kind: endpoint.kind,
    });
    if (options.fieldValidation === 'Strict' && complaints.length > 0) throw strictRefusal(complaints);
    if (options.fieldValidation === 'Warn') for (const complaint of complaints) call.warn(complaint);
    const draft = decoded(endpoint, merged);
    const { uid } = draft.metadata;
    if (existing === undefined && uid !== undefined && uid !== '')
      throw conflict(
        endpoint.resourceName,
        info.pathName,
        `uid mismatch: the provided object specified uid ${uid}, and no existing object was found`,
      );
    applyDefaults(endpoint, draft);
    matchNamespace(draft, info.namespace, endpoint.namespaced);
    matchName(draft, info.pathName);
    warnOfOwners(call, draft);
    return finishDraft(call, draft, existing, options.raw);
  };
}

/** What is left of a merge once its type has been put on: no nulls, Go's numbers. */
function decoded({ schema, apiVersion, kind }: Endpoint, merged: KubeObject): KubeObject {
  if (schema === undefined) return merged;
  const object = decodeDict(schema, merged).object as unknown as KubeObject;
  object.apiVersion = apiVersion;
  object.kind = kind;
  object.metadata ??= {};
  return object;
}
