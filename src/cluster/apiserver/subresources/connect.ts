import type { Pod, Service } from '../../../kube/api/core-v1.ts';
import { type FieldError, forbiddenField, invalid, invalidObject } from '../../../kube/field-error.ts';
import { asKind, type KubeObject } from '../../../kube/object.ts';
import { badRequest, failure, notFound, type StatusError } from '../../../kube/status.ts';
import type { ApiResponse } from '../../../kube/transport.ts';
import { textResponse } from '../answers/respond.ts';
import type { RequestContext, ResourceApi, SubresourcePlugin } from '../contracts.ts';
import { integerParameter } from '../registry/options.ts';

/**
 * Subresources that pass a request on to a node, a Pod or a Service. Nobody listens there: each answers what a real API
 * server says when the other end does not answer, after the checks that come before. Mirrors registry/core/pod/rest and
 * registry/core/pod.{LogLocation,ExecLocation,PortForwardLocation}.
 */
export function connectSubresources(): readonly SubresourcePlugin[] {
  return [
    podSubresource('attach', 'PodAttachOptions', streamVerbs, (pod, context) =>
      dial(pod, context, 'attach to a container in a completed pod'),
    ),
    podSubresource('exec', 'PodExecOptions', streamVerbs, (pod, context) =>
      dial(pod, context, 'exec into a container in a completed pod'),
    ),
    podSubresource('log', 'Pod', ['get'], readLog),
    podSubresource('portforward', 'PodPortForwardOptions', streamVerbs, (pod) => dialNode(pod)),
    podSubresource('proxy', 'PodProxyOptions', proxyVerbs, (pod) => {
      throw unreachable(pod.status?.podIP ?? pod.metadata?.name ?? '');
    }),
    subresource('services', 'proxy', 'ServiceProxyOptions', proxyVerbs, (object) => {
      const service = asKind<Service>(object);
      throw failure(
        503,
        'ServiceUnavailable',
        `no endpoints available for service "${service.metadata?.name ?? ''}"`,
      );
    }),
    subresource('nodes', 'proxy', 'NodeProxyOptions', proxyVerbs, (object) => {
      throw unreachable(object.metadata.name ?? '');
    }),
  ];
}

const streamVerbs = ['create', 'get'];
const proxyVerbs = ['create', 'delete', 'get', 'patch', 'update'];

function subresource(
  resource: string,
  name: string,
  kind: string,
  verbs: readonly string[],
  answer: (object: KubeObject, context: RequestContext) => ApiResponse,
): SubresourcePlugin {
  return {
    group: '',
    resource,
    name,
    kind: { group: '', version: 'v1', kind },
    verbs,
    async handle(context: RequestContext, api: ResourceApi): Promise<ApiResponse> {
      const { info } = context;
      const object = api.reader.get('', resource, info.namespace, info.name);
      if (object === undefined) throw notFound({ group: '', resource }, info.name);
      await api.admit(context, undefined, undefined);
      return answer(object, context);
    },
  };
}

function podSubresource(
  name: string,
  kind: string,
  verbs: readonly string[],
  answer: (pod: Pod, context: RequestContext) => ApiResponse,
): SubresourcePlugin {
  return subresource('pods', name, kind, verbs, (object, context) => answer(asKind<Pod>(object), context));
}

function dial(pod: Pod, context: RequestContext, what: string): never {
  chosenContainer(pod, context);
  const phase = pod.status?.phase ?? '';
  if (phase === 'Succeeded' || phase === 'Failed')
    throw badRequest(`cannot ${what}; current phase is ${phase}`);
  dialNode(pod);
}

function dialNode(pod: Pod): never {
  const node = pod.spec?.nodeName ?? '';
  if (node === '') throw badRequest(`pod ${pod.metadata?.name ?? ''} does not have a host assigned`);
  throw failure(
    500,
    'InternalError',
    `error dialing backend: dial tcp: lookup ${node}: the kubelet of this node does not answer`,
  );
}

/** A Pod without a node has said nothing yet. */
function readLog(pod: Pod, context: RequestContext): ApiResponse {
  checkLogOptions(pod, context.info.query);
  chosenContainer(pod, context);
  if ((pod.spec?.nodeName ?? '') === '') return textResponse(200, '');
  return dialNode(pod);
}

/** Mirrors ValidatePodLogOptions. */
function checkLogOptions({ metadata }: Pod, query: URLSearchParams): void {
  const [tail, limit, since] = ['tailLines', 'limitBytes', 'sinceSeconds'].map((name) =>
    integerParameter(query, name),
  );
  const errors: FieldError[] = [];
  if (tail !== undefined && tail < 0)
    errors.push(invalid('tailLines', tail, 'must be greater than or equal to 0'));
  if (limit !== undefined && limit < 1) errors.push(invalid('limitBytes', limit, 'must be greater than 0'));
  if (since !== undefined && (query.get('sinceTime') ?? '') !== '')
    errors.push(forbiddenField('[]', 'at most one of `sinceTime` or `sinceSeconds` may be specified'));
  else if (since !== undefined && since < 1)
    errors.push(invalid('sinceSeconds', since, 'must be greater than 0'));
  if (errors.length > 0) throw invalidObject('', 'PodLogOptions', metadata?.name ?? '', errors);
}

/** Throws upstream's 400 when the container is not named and there are several, or is not there. */
function chosenContainer({ metadata, spec }: Pod, { info }: RequestContext): void {
  const names = (list: readonly { readonly name?: string }[] | undefined) =>
    (list ?? []).map(({ name }) => name ?? '');
  const containers = names(spec?.containers);
  const inits = names(spec?.initContainers);
  const ephemerals = names(spec?.ephemeralContainers);
  const pod = metadata?.name ?? '';
  const asked = info.query.get('container') ?? '';
  if (asked !== '') {
    if ([...containers, ...inits, ...ephemerals].includes(asked)) return;
    throw badRequest(`container ${asked} is not valid for pod ${pod}`);
  }
  const usual = metadata?.annotations?.['kubectl.kubernetes.io/default-container'];
  if (containers.length === 1 || (usual !== undefined && containers.includes(usual))) return;
  const more =
    (inits.length === 0 ? '' : ` or one of the init containers: [${inits.join(' ')}]`) +
    (ephemerals.length === 0 ? '' : ` or one of the ephemeral containers: [${ephemerals.join(' ')}]`);
  throw badRequest(
    `a container name must be specified for pod ${pod}, choose one of: [${containers.join(' ')}]${more}`,
  );
}

function unreachable(address: string): StatusError {
  return failure(
    503,
    'ServiceUnavailable',
    `error trying to reach service: dial tcp: lookup ${address}: nothing answers there`,
  );
}
