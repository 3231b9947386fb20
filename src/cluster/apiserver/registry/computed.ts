import { notFound } from '../../../kube/status.ts';
import type { ApiResponse } from '../../../kube/transport.ts';
import { presentOther, subjectOf, tableRequest } from '../answers/present.ts';
import { objectResponse } from '../answers/respond.ts';
import { partialOf, tableOf } from '../answers/table.ts';
import type { ComputedResource } from '../contracts.ts';
import type { PlainCall } from './call.ts';
import { listOptions } from './list-options.ts';
import { selectorOf } from './select.ts';

/** GET of one object, or of all, that only exist while they are looked at. */
export function computedVerb(plain: PlainCall, computed: ComputedResource): ApiResponse {
  const { endpoint, info, form } = plain;
  const call = { ...plain, dryRun: false };
  const subject = subjectOf(endpoint);
  const all = computed.list(info.namespace);
  if (info.pathName !== '') {
    const object = all.find(({ metadata }) => metadata.name === info.pathName);
    const name = endpoint.namespaced ? `${info.namespace}/${info.pathName}` : info.pathName;
    if (object === undefined) throw notFound(endpoint.resourceName, name);
    return presentOther(call, 200, object, subject, `*metrics.${endpoint.kind}`);
  }
  const selects = selectorOf(endpoint, listOptions(info.query, endpoint, false));
  const objects = selects === undefined ? all : all.filter(selects);
  const metaVersion = form.metaVersion ?? 'meta.k8s.io/v1';
  if (form.as === 'Table')
    return objectResponse(200, tableOf(subject, objects, {}, tableRequest(call)), form);
  if (form.as !== undefined) {
    const items = objects.map((object) => partialOf(object, metaVersion));
    const list = { kind: 'PartialObjectMetadataList', apiVersion: metaVersion, metadata: {}, items };
    return objectResponse(200, list, form);
  }
  const items = objects.map(({ kind: _, apiVersion: __, ...rest }) => rest);
  return objectResponse(
    200,
    { kind: endpoint.listKind, apiVersion: endpoint.apiVersion, metadata: {}, items },
    form,
  );
}
