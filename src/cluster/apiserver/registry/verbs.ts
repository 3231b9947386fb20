import type { ApiResponse } from '../../../kube/transport.ts';
import { presentPage, presentView } from '../answers/present.ts';
import { readBody } from './body.ts';
import type { Call, PlainCall } from './call.ts';
import { createObject } from './create.ts';
import { applyDefaults } from './draft.ts';
import { listOptions } from './list-options.ts';
import { writeOptions } from './options.ts';
import { putObject } from './put.ts';
import { readObject, readPage } from './read.ts';
import { mainRules, type UpdateRules } from './update-rules.ts';
import { watchObjects } from './watch.ts';

export async function getVerb(plain: PlainCall): Promise<ApiResponse> {
  const call = { ...plain, dryRun: false };
  return presentView(call, 200, await readObject(call));
}

export async function listVerb(plain: PlainCall): Promise<ApiResponse> {
  const call = { ...plain, dryRun: false };
  const options = listOptions(namedQuery(plain), plain.endpoint, false);
  return presentPage(call, await readPage(call, options));
}

export function watchVerb(plain: PlainCall): Promise<ApiResponse> {
  const options = listOptions(namedQuery(plain), plain.endpoint, true);
  return watchObjects({ ...plain, dryRun: false }, options);
}

/** A name in the path of a legacy watch selects that object. */
function namedQuery({ info }: PlainCall): URLSearchParams {
  if (info.pathName === '') return info.query;
  const query = new URLSearchParams(info.query);
  query.set('fieldSelector', `metadata.name=${info.pathName}`);
  return query;
}

export async function createVerb(plain: PlainCall): Promise<ApiResponse> {
  const { request, info, endpoint } = plain;
  const options = writeOptions(request, info.query, 'CreateOptions');
  const call: Call = { ...plain, dryRun: options.dryRun };
  const draft = readBody(call, endpoint, endpoint.schemas, options.fieldValidation);
  applyDefaults(endpoint, draft);
  return presentView(call, 201, await createObject(call, draft, options));
}

export function updateVerb(plain: PlainCall): Promise<ApiResponse> {
  return putVerb(plain, mainRules(plain.endpoint.definition));
}

/** PUT of the object or of a subresource that is the whole object with its own rules. */
export async function putVerb(plain: PlainCall, rules: UpdateRules): Promise<ApiResponse> {
  const { request, info, endpoint } = plain;
  const options = writeOptions(request, info.query, 'UpdateOptions');
  const call: Call = { ...plain, dryRun: options.dryRun };
  const sent = readBody(call, endpoint, endpoint.schemas, options.fieldValidation);
  applyDefaults(endpoint, sent);
  const { view, created } = await putObject(call, sent, options, rules);
  return presentView(call, created ? 201 : 200, view);
}
