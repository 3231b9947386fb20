import { applySchemaDefaults } from '../../../kube/schema/defaults.ts';
import type { ApiResponse } from '../../../kube/transport.ts';
import { asPrinted } from '../answers/as-printed.ts';
import { objectResponse } from '../answers/respond.ts';
import type { Exchange } from '../chain/exchange.ts';
import { readBody } from './body.ts';
import type { Runtime } from './call.ts';
import type { VirtualEndpoint } from './endpoint.ts';
import { writeOptions } from './options.ts';

/** POST of a kind that is answered and not kept. */
export async function virtualVerb(
  exchange: Exchange,
  endpoint: VirtualEndpoint,
  runtime: Runtime,
): Promise<ApiResponse> {
  const { request, info, form } = exchange;
  const options = writeOptions(request, info.query, 'CreateOptions');
  const sent = readBody(exchange, endpoint, runtime.schemas, options.fieldValidation);
  if (endpoint.schema !== undefined) applySchemaDefaults(endpoint.schema, sent);
  const answer = await endpoint.virtual.create(sent, exchange);
  return objectResponse(201, asPrinted(runtime.schemas, answer), form);
}
