import { badRequest, StatusError } from '../../../kube/status.ts';
import type { ApiResponse } from '../../../kube/transport.ts';
import { presentPage, presentView } from '../answers/present.ts';
import { objectResponse, successStatus } from '../answers/respond.ts';
import type { Call, PlainCall } from './call.ts';
import { type Deleted, deleteObject } from './delete.ts';
import { type DeleteOptions, deleteOptions } from './delete-options.ts';
import { type ListOptions, listOptions } from './list-options.ts';
import { deleteNamespace } from './namespace-deletion.ts';
import { readPage } from './read.ts';
import type { StoredView } from './stored-view.ts';

const jobWarning =
  'child pods are preserved by default when jobs are deleted; set propagationPolicy=Background to remove them or set ' +
  'propagationPolicy=Orphan to suppress this warning';

export async function deleteVerb(plain: PlainCall): Promise<ApiResponse> {
  const options = deleteOptions(plain.request, plain.info.query, plain.runtime);
  const call: Call = { ...plain, dryRun: options.dryRun };
  warnOfJobs(call, options);
  return presentDeleted(call, await deleteAny(call, call.info.pathName, options), options);
}

/** Some kinds go their own way. */
export function deleteAny(call: Call, name: string, options: DeleteOptions): Promise<Deleted> {
  const { group, plural } = call.endpoint;
  return group === '' && plural === 'namespaces'
    ? deleteNamespace(call, name, options)
    : deleteObject(call, name, options);
}

function warnOfJobs(call: Call, { propagation, orphanDependents }: DeleteOptions): void {
  const { group, kind } = call.endpoint;
  if (group === 'batch' && kind === 'Job' && propagation === undefined && orphanDependents === undefined)
    call.warn(jobWarning);
}

/** A Status once it is gone, unless the kind answers its last state; the object while it is only marked. */
function presentDeleted(call: Call, { view, gone, pending }: Deleted, options: DeleteOptions): ApiResponse {
  const { endpoint, form } = call;
  const status = options.orphanDependents === false && !gone ? 202 : 200;
  if ((gone || pending) && endpoint.definition.returnsDeletedObject !== true) {
    const { name = '', uid } = view.object.metadata;
    const { group, resource } = endpoint.resourceName;
    const details = {
      name,
      ...(group === '' ? {} : { group }),
      kind: resource,
      ...(uid === undefined ? {} : { uid }),
    };
    return objectResponse(status, successStatus(details), { media: form.media, pretty: form.pretty });
  }
  return presentView(call, status, view);
}

/** Mirrors registry.Store.DeleteCollection: each one as a DELETE would; the answer is the list of what was there. */
export async function deleteCollectionVerb(plain: PlainCall): Promise<ApiResponse> {
  const { request, info, runtime } = plain;
  const options = deleteOptions(request, info.query, runtime);
  const call: Call = { ...plain, dryRun: options.dryRun };
  const page = await readPage(call, collectionOptions(plain));
  warnOfJobs(call, options);
  const views: StoredView[] = [];
  for (const view of page.views) {
    const { name = '', namespace = '' } = view.object.metadata;
    const one: Call = { ...call, info: { ...info, name, namespace } };
    try {
      views.push((await deleteAny(one, name, options)).view);
    } catch (error) {
      if (!(error instanceof StatusError) || error.status.reason !== 'NotFound') throw error;
    }
  }
  return presentPage(call, { ...page, views: page.views });
}

/** Here upstream does see that a version that is no number is the client's mistake. */
function collectionOptions({ info, endpoint }: PlainCall): ListOptions {
  try {
    return listOptions(info.query, endpoint, false);
  } catch (error) {
    if (!(error instanceof StatusError) || error.status.code !== 500) throw error;
    throw badRequest(`invalid resource version: ${error.message}`);
  }
}
