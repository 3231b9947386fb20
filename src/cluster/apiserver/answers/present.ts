import type { KubeObject } from '../../../kube/object.ts';
import type { ApiResponse } from '../../../kube/transport.ts';
import type { Call } from '../registry/call.ts';
import type { Endpoint } from '../registry/endpoint.ts';
import { inEndpoint, toEndpointVersion } from '../registry/endpoint.ts';
import type { Page } from '../registry/read.ts';
import type { StoredView } from '../registry/stored-view.ts';
import { notAcceptable } from './negotiate.ts';
import { headersFor, lazyResponse, objectResponse } from './respond.ts';
import { includeObjectOf, partialOf, type TableRequest, type TableSubject, tableOf } from './table.ts';

const comma = Buffer.from(',');
const openItem = Buffer.from('{');
const listEnd = Buffer.from(']}\n');

/** One object in the form that was asked for. `view` is in the storage version. */
export function presentView(call: Call, code: number, view: StoredView): ApiResponse {
  const { endpoint, form } = call;
  if (form.as === undefined) {
    const shown = inEndpoint(endpoint, view);
    return {
      status: code,
      headers: headersFor(form),
      body: plainBody(call, shown),
    };
  }
  return presentConverted(call, code, view.object);
}

function plainBody({ form }: Call, view: StoredView): ApiResponse['body'] {
  if (form.media === 'json' && !form.pretty)
    return {
      kind: 'object',
      get object() {
        return view.object;
      },
      bytes: () => view.bytes,
    };
  return lazyResponse(200, () => view.object, form).body;
}

/** As a Table or as metadata alone. `object` is in the storage version. */
function presentConverted(call: Call, code: number, object: KubeObject): ApiResponse {
  return presentOther(call, code, object, subjectOf(call.endpoint), goType(call.endpoint, false));
}

/** An object of another kind than the endpoint's (a Scale), in the form that was asked for. `goName`: `*v1.Scale`. */
export function presentOther(
  call: Call,
  code: number,
  object: KubeObject,
  subject: TableSubject,
  goName: string,
): ApiResponse {
  const { form } = call;
  const metaVersion = form.metaVersion ?? 'meta.k8s.io/v1';
  switch (form.as) {
    case undefined:
      return objectResponse(code, object, form);
    case 'PartialObjectMetadataList':
      throw notAcceptable(
        `you requested PartialObjectMetadataList, but the requested object is not a list (${goName})`,
      );
    case 'PartialObjectMetadata':
      return lazyResponse(code, () => partialOf(object, metaVersion), form);
    default: {
      const request = tableRequest(call);
      const { resourceVersion } = object.metadata;
      const metadata = resourceVersion === undefined ? {} : { resourceVersion };
      return objectResponse(code, tableOf(subject, [object], metadata, request), form);
    }
  }
}

export function subjectOf(endpoint: Endpoint): TableSubject {
  return {
    table: endpoint.definition.table,
    show: (object) => toEndpointVersion(endpoint, object),
  };
}

export function tableRequest({ form, info, runtime }: Call): TableRequest {
  return {
    metaVersion: form.metaVersion ?? 'meta.k8s.io/v1',
    include: includeObjectOf(info.query),
    nowMs: runtime.clock.now(),
  };
}

/** A page of a list, in the form that was asked for. */
export function presentPage(call: Call, page: Page): ApiResponse {
  const { endpoint, form } = call;
  const metadata = listMetadata(endpoint, page, form.as !== undefined);
  const metaVersion = form.metaVersion ?? 'meta.k8s.io/v1';
  const objects = () => page.views.map(({ object }) => object);
  switch (form.as) {
    case 'Table': {
      const request = tableRequest(call);
      return objectResponse(200, tableOf(subjectOf(endpoint), objects(), metadata, request), form);
    }
    case 'PartialObjectMetadataList':
      return lazyResponse(
        200,
        () => ({
          kind: 'PartialObjectMetadataList',
          apiVersion: metaVersion,
          metadata,
          items: objects().map((object) => partialOf(object, metaVersion)),
        }),
        form,
      );
    case 'PartialObjectMetadata':
      throw notAcceptable(
        `you requested PartialObjectMetadata, but the requested object is a list (${goType(endpoint, true)})`,
      );
    default: {
      const head = { kind: endpoint.listKind, apiVersion: endpoint.apiVersion, metadata };
      const shown = () => page.views.map((view) => inEndpoint(endpoint, view));
      return lazyResponse(
        200,
        () => ({ ...head, items: shown().map(({ object }) => withoutType(endpoint, object)) }),
        form,
        () => listBytes(endpoint, head, shown()),
      );
    }
  }
}

/** Items of built-in lists carry no type of their own. */
function withoutType(endpoint: Endpoint, object: KubeObject): object {
  if (endpoint.custom) return object;
  const { kind: _, apiVersion: __, ...rest } = object;
  return rest;
}

function listBytes(endpoint: Endpoint, head: object, views: readonly StoredView[]): Buffer {
  const parts: Uint8Array[] = [Buffer.from(`${JSON.stringify(head).slice(0, -1)},"items":[`)];
  for (const [i, view] of views.entries()) {
    if (i > 0) parts.push(comma);
    if (endpoint.custom) parts.push(view.bare);
    else parts.push(openItem, view.afterType);
  }
  parts.push(listEnd);
  return Buffer.concat(parts);
}

function listMetadata(
  endpoint: Endpoint,
  page: Page,
  converted: boolean,
): { readonly [key: string]: unknown } {
  return {
    ...(endpoint.custom && !converted ? { continue: page.continue } : {}),
    resourceVersion: String(page.revision),
    ...(page.continue === '' || (endpoint.custom && !converted) ? {} : { continue: page.continue }),
    ...(page.remaining === undefined ? {} : { remainingItemCount: page.remaining }),
  };
}

/** The internal type's name, as Go prints it. */
function goType({ group, custom, definition }: Endpoint, list: boolean): string {
  if (custom) return list ? '*unstructured.UnstructuredList' : '*unstructured.Unstructured';
  const name = (definition.group === '' ? 'core' : group).split('.')[0] ?? 'core';
  return `*${name}.${definition.kind}${list ? 'List' : ''}`;
}
