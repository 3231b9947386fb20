import type { Scale } from '../../../kube/api/autoscaling-v1.ts';
import type { LabelSelector as MetaLabelSelector } from '../../../kube/api/meta-v1.ts';
import { readApplyDocument } from '../../../kube/apply/document.ts';
import { applyConfiguration, trackUpdate } from '../../../kube/apply/field-manager.ts';
import { parentEntries, type ScaleOwnership, scaleEntries } from '../../../kube/apply/scale.ts';
import { invalid, invalidObject } from '../../../kube/field-error.ts';
import { asKind, cloneJson, type KubeObject } from '../../../kube/object.ts';
import type { ScaleSubresource } from '../../../kube/resources/definition.ts';
import type { SchemaSource } from '../../../kube/schema/schema.ts';
import { labelSelectorFrom, labelSelectorFromSet } from '../../../kube/selectors/labels.ts';
import { conflict, internalError, notFound, plainFailure, StatusError } from '../../../kube/status.ts';
import type { ApiResponse } from '../../../kube/transport.ts';
import { presentOther } from '../answers/present.ts';
import { noSuchResource } from '../answers/respond.ts';
import { bodyBytes, readBody } from './body.ts';
import { type Call, nowText, type PlainCall } from './call.ts';
import { matchNamespace } from './draft.ts';
import { toEndpointVersion } from './endpoint.ts';
import { writeOptions } from './options.ts';
import { patchTypeOf } from './patch.ts';
import { applyPatch, readPatch } from './patch-document.ts';
import { setValueAt, valueAt } from './paths.ts';
import { finishDraft } from './put.ts';
import { readObject } from './read.ts';
import { scaleTable } from './scale-table.ts';
import { setManaged } from './tracking.ts';
import { matchName, updateObject } from './update.ts';
import { mainRules } from './update-rules.ts';

const scaleKind = { group: 'autoscaling', version: 'v1', kind: 'Scale' } as const;

/** `/scale` of any kind that says where its replicas are: an autoscaling/v1 Scale over the object. */
export async function scaleVerb(plain: PlainCall): Promise<ApiResponse> {
  const scale = plain.endpoint.definition.subresources?.scale;
  if (scale === undefined) throw noSuchResource();
  if (plain.info.verb === 'get') {
    const call = { ...plain, dryRun: false };
    const view = await readObject(call).catch((error: unknown) => {
      throw missingScale(call, error);
    });
    return presentScale(call, scaleOf(toEndpointVersion(call.endpoint, view.object), scale));
  }
  return plain.info.verb === 'update' ? putScale(plain, scale) : patchScale(plain, scale);
}

/** Only reading names the subresource of built-in kinds, and a ReplicationController's by the Scale's group. */
function missingScale({ endpoint, info }: Call, error: unknown): unknown {
  if (!(error instanceof StatusError) || error.status.code !== 404 || endpoint.custom) return error;
  const group = endpoint.group === '' ? scaleKind.group : endpoint.group;
  return notFound({ group, resource: `${endpoint.plural}/scale` }, info.name);
}

/** From the Scale there is to the one there is to be; its managedFields say who owns the replicas then. */
type NextScale = (current: KubeObject) => KubeObject;

async function putScale(plain: PlainCall, scale: ScaleSubresource): Promise<ApiResponse> {
  const { request, info, runtime } = plain;
  const options = writeOptions(request, info.query, 'UpdateOptions');
  const call: Call = { ...plain, dryRun: options.dryRun };
  const sent = readBody(call, scaleKind, runtime.schemas, options.fieldValidation);
  matchNamespace(sent, info.namespace, plain.endpoint.namespaced);
  matchName(sent, info.name);
  const next: NextScale = (live) => tracked(call, live, cloneJson(sent), options.fieldManager);
  return writeScale(call, scale, next, options.raw);
}

async function patchScale(plain: PlainCall, scale: ScaleSubresource): Promise<ApiResponse> {
  const { request, info, runtime } = plain;
  const type = patchTypeOf(plain);
  const options = writeOptions(request, info.query, 'PatchOptions', type === 'apply');
  const call: Call = { ...plain, dryRun: options.dryRun };
  const { fieldValidation, fieldManager: manager, force } = options;
  const { warn } = call;
  if (type === 'apply') {
    const { value } = readApplyDocument(new TextDecoder().decode(bodyBytes(request)));
    const applied = value as unknown as KubeObject;
    const next: NextScale = (live) => {
      const merged = applyConfiguration({ ...trackingOfScale(call), live, applied, manager, force });
      matchNamespace(merged, info.namespace, plain.endpoint.namespaced);
      matchName(merged, info.name);
      return merged;
    };
    return writeScale(call, scale, next, options.raw);
  }
  const body = readPatch(type, bodyBytes(request), fieldValidation);
  const schema = scaleSchema(runtime.schemas);
  const next: NextScale = (live) =>
    tracked(call, live, applyPatch({ type, body, current: live, schema, fieldValidation, warn }), manager);
  return writeScale(call, scale, next, options.raw);
}

const scaleSchema = (schemas: SchemaSource) =>
  schemas.schemaOf(scaleKind.group, scaleKind.version, scaleKind.kind);

function trackingOfScale({ runtime }: Call) {
  return {
    schema: scaleSchema(runtime.schemas),
    apiVersion: 'autoscaling/v1',
    subresource: 'scale',
    now: nowText(runtime),
  };
}

function tracked(call: Call, live: KubeObject, updated: KubeObject, manager: string): KubeObject {
  setManaged(updated, trackUpdate({ ...trackingOfScale(call), live, updated, manager }));
  return updated;
}

async function writeScale(
  call: Call,
  scale: ScaleSubresource,
  next: NextScale,
  options: { readonly [key: string]: unknown },
): Promise<ApiResponse> {
  const { endpoint, info } = call;
  const { view } = await updateObject(call, {
    name: info.name,
    mayCreate: false,
    rules: mainRules(call.endpoint.definition),
    options,
    next: (existing) => {
      if (existing === undefined) throw noSuchResource();
      const live = toEndpointVersion(endpoint, existing);
      const ownership: ScaleOwnership = {
        entries: live.metadata.managedFields,
        apiVersion: endpoint.apiVersion,
        pathIn: () => scale.specReplicas.split('.'),
      };
      const current = scaleOf(live, scale);
      setManaged(current, scaleEntries(ownership));
      const wanted = asKind<Scale>(next(current));
      const replicas = wanted.spec?.replicas ?? 0;
      if (replicas < 0)
        throw invalidObject(scaleKind.group, scaleKind.kind, info.name, [
          invalid('spec.replicas', replicas, 'must be greater than or equal to 0'),
        ]);
      const uid = wanted.metadata?.uid ?? '';
      if (uid !== '' && uid !== live.metadata.uid && !endpoint.custom)
        throw conflict(
          { group: endpoint.group, resource: `${endpoint.plural}/scale` },
          info.name,
          `Precondition failed: UID in precondition: ${uid}, UID in object meta: ${live.metadata.uid}`,
        );
      const draft = cloneJson(live);
      setValueAt(draft, scale.specReplicas, replicas);
      const { resourceVersion, managedFields } = wanted.metadata ?? {};
      if (resourceVersion === undefined) delete draft.metadata.resourceVersion;
      else draft.metadata.resourceVersion = resourceVersion;
      setManaged(draft, parentEntries(ownership, managedFields));
      return finishDraft(call, draft, existing, options);
    },
  });
  return presentScale(call, scaleOf(toEndpointVersion(endpoint, view.object), scale));
}

function presentScale(call: Call, object: KubeObject): ApiResponse {
  const subject = { table: scaleTable, show: (scale: KubeObject) => scale };
  return presentOther(call, 200, object, subject, '*autoscaling.Scale');
}

/** Throws upstream's 500 when a custom resource has no replicas to tell. */
function scaleOf(object: KubeObject, scale: ScaleSubresource): KubeObject {
  const { name, namespace, uid, resourceVersion, creationTimestamp } = object.metadata;
  const replicas = valueAt(object, scale.specReplicas);
  if (replicas === undefined || replicas === null)
    throw internalError(`the spec replicas field ".${scale.specReplicas}" does not exist`);
  const current = valueAt(object, scale.statusReplicas);
  const selector = selectorText(object, scale);
  const answer = {
    kind: 'Scale',
    apiVersion: 'autoscaling/v1',
    metadata: { name, namespace, uid, resourceVersion, creationTimestamp },
    spec: typeof replicas === 'number' && replicas !== 0 ? { replicas } : {},
    status: {
      replicas: typeof current === 'number' ? current : 0,
      ...(selector === '' ? {} : { selector }),
    },
  };
  return answer as unknown as KubeObject;
}

function selectorText(object: KubeObject, scale: ScaleSubresource): string {
  if (scale.selector === undefined) return '';
  const value = valueAt(object, scale.selector);
  if (typeof value === 'string') return value;
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return '';
  try {
    return 'matchLabels' in value || 'matchExpressions' in value
      ? labelSelectorFrom(value as unknown as MetaLabelSelector).toString()
      : labelSelectorFromSet(value as { [key: string]: string }).toString();
  } catch (error) {
    throw plainFailure(error instanceof Error ? error.message : String(error));
  }
}
