import type { DeleteOptions, ListOptions, ResourceRef, WriteOptions } from './client.ts';

/** How the client's calls look on the wire. */

export function urlOf(
  { group, version, plural }: ResourceRef,
  namespace: string,
  name: string,
  subresource?: string,
): string {
  const root = group === '' ? `/api/${version}` : `/apis/${group}/${version}`;
  const inside = namespace === '' ? '' : `/namespaces/${encodeURIComponent(namespace)}`;
  const one = name === '' ? '' : `/${encodeURIComponent(name)}`;
  return `${root}${inside}/${plural}${one}${subresource === undefined ? '' : `/${subresource}`}`;
}

export function listQuery(list: ListOptions): { [name: string]: string } {
  const query: { [name: string]: string } = {};
  if (list.labelSelector !== undefined) query['labelSelector'] = list.labelSelector;
  if (list.fieldSelector !== undefined) query['fieldSelector'] = list.fieldSelector;
  if (list.limit !== undefined) query['limit'] = String(list.limit);
  if (list.continue !== undefined && list.continue !== '') query['continue'] = list.continue;
  if (list.resourceVersion !== undefined) query['resourceVersion'] = list.resourceVersion;
  return query;
}

export function deleteBody({ dryRun, ...rest }: DeleteOptions): unknown {
  return {
    kind: 'DeleteOptions',
    apiVersion: 'v1',
    ...rest,
    ...(dryRun === true ? { dryRun: ['All'] } : {}),
  };
}

export function writeQuery({ dryRun, fieldManager }: WriteOptions): { [name: string]: string } {
  return {
    ...(dryRun === true ? { dryRun: 'All' } : {}),
    ...(fieldManager === undefined ? {} : { fieldManager }),
  };
}

export function queryOf(query: { readonly [name: string]: string }): string {
  const text = new URLSearchParams(query).toString();
  return text === '' ? '' : `?${text}`;
}
