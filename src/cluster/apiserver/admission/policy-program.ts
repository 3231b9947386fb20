import type { MatchCondition, Variable } from '../../../kube/api/admissionregistration-v1.ts';
import {
  CelBudgetError,
  CelFields,
  type CelProgram,
  CelRuntimeError,
  compileCel,
} from '../../../kube/cel/compile.ts';
import { type Access, CelAuthorizer } from '../../../kube/cel/library/authorizer.ts';
import { dynamic } from '../../../kube/cel/types.ts';
import { asDict, type KubeObject } from '../../../kube/object.ts';
import type { Identity } from '../../../kube/transport.ts';
import type { AdmissionRequest, Authorizer } from '../contracts.ts';
import { userInfoOf } from '../reviews/identity.ts';

/** The expressions of a policy, over a request. Mirrors admission/plugin/cel. */

const TYPES = {
  object: 'dyn',
  oldObject: 'dyn',
  request: 'dyn',
  params: 'dyn',
  namespaceObject: 'dyn',
  authorizer: 'dyn',
  variables: 'dyn',
} as const;

export type Bindings = { readonly [name: string]: unknown };

export type Evaluated =
  | { readonly ok: true; readonly value: unknown }
  /** As upstream tells it. */
  | { readonly ok: false; readonly error: string };

/** Compiled once per text: policies are few and requests are many. */
const programs = new Map<string, CelProgram | string>();
const rememberedMost = 1000;

function programOf(expression: string): CelProgram | string {
  const known = programs.get(expression);
  if (known !== undefined) return known;
  if (programs.size >= rememberedMost) programs.clear();
  let program: CelProgram | string;
  try {
    program = compileCel(expression, TYPES);
  } catch (error) {
    program = `compilation error: ${error instanceof Error ? error.message : String(error)}`;
  }
  programs.set(expression, program);
  return program;
}

export function evaluate(expression: string, bindings: Bindings): Evaluated {
  const program = programOf(expression);
  if (typeof program === 'string') return { ok: false, error: program };
  try {
    return { ok: true, value: program.evaluate(bindings) };
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    if (error instanceof CelBudgetError) return { ok: false, error: why };
    return { ok: false, error: `expression '${expression}' resulted in error: ${why}` };
  }
}

/** What a policy's expressions read. `variables` are computed when they are asked for, each once. */
export function bindingsOf(
  request: AdmissionRequest,
  namespace: KubeObject | undefined,
  params: KubeObject | undefined,
  authorizer: Authorizer,
  variables: readonly Variable[] = [],
): Bindings {
  const bindings: { [name: string]: unknown } = {
    object: request.object ?? null,
    oldObject: request.oldObject ?? null,
    request: requestValue(request),
    params: params ?? null,
    namespaceObject: namespace === undefined ? null : namespaceValue(namespace),
    authorizer: authorizerValue(request, authorizer),
  };
  const lazy = new CelFields((name) => {
    const found = variables.find((variable) => variable.name === name);
    if (found === undefined) return undefined;
    const result = evaluate(found.expression, bindings);
    if (result.ok) return dynamic.convert(result.value);
    throw new CelRuntimeError(
      `composited variable ${JSON.stringify(name)} fails to evaluate: ${result.error}`,
    );
  });
  // The library tells types by their constructor, and this is a map to it.
  Object.defineProperty(lazy, 'constructor', { value: Map });
  bindings['variables'] = lazy;
  return bindings;
}

function authorizerValue({ user, info }: AdmissionRequest, authorizer: Authorizer): CelAuthorizer {
  const { group, resource, subresource, namespace, name } = info;
  return new CelAuthorizer(accessOf(user, authorizer), { group, resource, subresource, namespace, name });
}

function accessOf(user: Identity, authorizer: Authorizer): Access {
  return {
    ask: ({ verb, path, ...resource }) =>
      authorizer.authorize(
        path === undefined ? { user, verb, resource: { ...resource, version: '*' } } : { user, verb, path },
      ),
    serviceAccount: (namespace, name) =>
      accessOf(
        {
          name: `system:serviceaccount:${namespace}:${name}`,
          groups: ['system:serviceaccounts', `system:serviceaccounts:${namespace}`, 'system:authenticated'],
          via: 'Policy',
        },
        authorizer,
      ),
  };
}

function requestValue(request: AdmissionRequest): unknown {
  const { info, kind, operation, user, dryRun, options } = request;
  const resource = { group: info.group, version: info.version, resource: info.resource };
  return {
    kind,
    resource,
    subResource: info.subresource,
    requestKind: kind,
    requestResource: resource,
    requestSubResource: info.subresource,
    name: request.name,
    namespace: request.namespace,
    operation,
    userInfo: userInfoOf(user),
    dryRun,
    options,
  };
}

/** Upstream shows only these fields of the namespace. */
function namespaceValue(namespace: KubeObject): unknown {
  const {
    name,
    generateName,
    namespace: home,
    labels,
    annotations,
    uid,
    creationTimestamp,
  } = namespace.metadata;
  const { spec, status } = asDict(namespace);
  return {
    kind: 'Namespace',
    apiVersion: 'v1',
    metadata: { name, generateName, namespace: home, labels, annotations, uid, creationTimestamp },
    spec: spec ?? {},
    status: status ?? {},
  };
}

/** Whether all hold: the first that does not, or the errors when none says no. Mirrors webhook/matchconditions. */
export function conditionsMatch(
  conditions: readonly MatchCondition[] | undefined,
  bindings: Bindings,
): { readonly matches: boolean; readonly error?: string } {
  const errors: string[] = [];
  for (const { expression } of conditions ?? []) {
    const result = evaluate(expression, bindings);
    if (!result.ok) errors.push(result.error);
    else if (result.value !== true) return { matches: false };
  }
  if (errors.length === 0) return { matches: true };
  return { matches: false, error: errors.length === 1 ? (errors[0] ?? '') : `[${errors.join(', ')}]` };
}
