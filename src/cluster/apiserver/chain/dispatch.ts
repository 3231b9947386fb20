import { notFound, StatusError } from '../../../kube/status.ts';
import type { ApiResponse } from '../../../kube/transport.ts';
import { type AnswerForm, negotiate } from '../answers/negotiate.ts';
import { methodNotAllowed, noSuchResource, pageNotFound } from '../answers/respond.ts';
import type { Route } from '../contracts.ts';
import type { PlainCall, Runtime } from '../registry/call.ts';
import { computedVerb } from '../registry/computed.ts';
import { deleteCollectionVerb, deleteVerb } from '../registry/delete-verbs.ts';
import type { AnyEndpoint, Endpoint } from '../registry/endpoint.ts';
import { patchObject } from '../registry/patch.ts';
import { subresourceVerb } from '../registry/subresource.ts';
import { mainRules } from '../registry/update-rules.ts';
import { createVerb, getVerb, listVerb, updateVerb, watchVerb } from '../registry/verbs.ts';
import { virtualVerb } from '../registry/virtual.ts';
import { type Exchange, headerOf, isPretty } from './exchange.ts';

type Answer = ApiResponse | Promise<ApiResponse>;

/** Finds who answers. Mirrors go-restful's routing: what has no route at all is told by text, the rest by a Status. */
export function dispatch(exchange: Exchange, runtime: Runtime, routes: readonly Route[]): Answer {
  return exchange.info.isResourceRequest
    ? resourceRequest(exchange, runtime)
    : otherRequest(exchange, routes);
}

async function otherRequest(exchange: Exchange, routes: readonly Route[]): Promise<ApiResponse> {
  const { path } = exchange.info;
  for (const route of routes) {
    const { path: own, prefix } = route;
    if (path !== own && !(prefix === true && path.startsWith(own.endsWith('/') ? own : `${own}/`))) continue;
    const answer = await route.handle(exchange);
    if (answer !== undefined) return answer;
  }
  return pageNotFound();
}

function resourceRequest(exchange: Exchange, runtime: Runtime): Answer {
  const { info, request } = exchange;
  const { group, version, resource } = info;
  const endpoint = runtime.catalog.find(group, version, resource);
  if (endpoint === undefined) {
    if (group !== '' && !runtime.catalog.hasBuiltInGroup(group)) return pageNotFound();
    throw noSuchResource();
  }
  checkScope(endpoint, exchange);
  if (endpoint.definition === undefined) {
    if (info.pathName !== '') throw noSuchResource();
    if (request.method !== 'POST') throw methodNotAllowed();
    exchange.form = formOf(exchange);
    return virtualVerb(exchange, endpoint, runtime);
  }
  if (info.subresource !== '') {
    const subresource = endpoint.subresources.find(({ name }) => name === info.subresource);
    if (subresource === undefined)
      throw endpoint.custom ? notFound(endpoint.resourceName, info.pathName) : noSuchResource();
    // A proxy passes on methods that mean nothing here.
    const passes = info.subresource === 'proxy' && (info.verb === '' || request.method === 'HEAD');
    if (!passes && (!subresource.verbs.includes(info.verb) || request.method === 'HEAD'))
      throw methodNotAllowed();
    return subresourceVerb(callOf(exchange, endpoint, runtime));
  }
  return objectRequest(exchange, endpoint, runtime);
}

function checkScope(endpoint: AnyEndpoint, { info, request }: Exchange): void {
  const { namespace, pathName } = info;
  if (endpoint.namespaced) {
    if (namespace !== '') return;
    if (pathName !== '' && info.verb !== 'watch') throw noSuchResource();
    if (request.method !== 'GET') throw methodNotAllowed();
  } else if (namespace !== '' && !(endpoint.group === '' && endpoint.plural === 'namespaces'))
    throw noSuchResource();
}

function objectRequest(exchange: Exchange, endpoint: Endpoint, runtime: Runtime): Answer {
  const { info, request } = exchange;
  const { verb } = info;
  const offers = (asked: string) => (endpoint.verbs as readonly string[]).includes(asked);
  if (request.method === 'HEAD' || !offers(verb)) throw methodNotAllowed();
  const named = info.pathName !== '';
  const computed = runtime.computed.get(`${endpoint.group}/${endpoint.plural}`);
  if (computed !== undefined) return computedVerb(callOf(exchange, endpoint, runtime), computed);
  switch (verb) {
    case 'get':
      return getVerb(callOf(exchange, endpoint, runtime));
    case 'list':
      return listVerb(callOf(exchange, endpoint, runtime));
    case 'watch':
      return watchVerb(callOf(exchange, endpoint, runtime));
    case 'create':
      if (named) throw methodNotAllowed();
      return createVerb(callOf(exchange, endpoint, runtime));
    case 'update':
      if (!named) throw methodNotAllowed();
      return updateVerb(callOf(exchange, endpoint, runtime));
    case 'patch':
      if (!named) throw methodNotAllowed();
      return patchObject(callOf(exchange, endpoint, runtime), mainRules(endpoint.definition));
    case 'delete':
      return deleteVerb(callOf(exchange, endpoint, runtime));
    case 'deletecollection':
      return deleteCollectionVerb(callOf(exchange, endpoint, runtime));
    default:
      throw methodNotAllowed();
  }
}

function callOf(exchange: Exchange, endpoint: Endpoint, runtime: Runtime): PlainCall {
  exchange.form = formOf(exchange);
  if (endpoint.warning !== undefined) exchange.warn(endpoint.warning);
  const { request, info, user, warn, annotate, form } = exchange;
  return { request, info, user, warn, annotate, form, endpoint, runtime };
}

function formOf({ request, info }: Exchange): AnswerForm {
  const form = negotiate(headerOf(request, 'accept'));
  return !form.pretty && isPretty(request, info) ? { ...form, pretty: true } : form;
}

/** The form for a refusal: what was asked for if it can be had, else JSON. */
export function refusalForm(exchange: Exchange): AnswerForm {
  try {
    const { media, pretty } = formOf(exchange);
    return { media, pretty };
  } catch (error) {
    if (!(error instanceof StatusError)) throw error;
    return { media: 'json', pretty: isPretty(exchange.request, exchange.info) };
  }
}
