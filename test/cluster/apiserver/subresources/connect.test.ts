import { describe, expect, it } from 'vitest';
import type { RequestContext, ResourceApi } from '../../../../src/cluster/apiserver/contracts.ts';
import { connectSubresources } from '../../../../src/cluster/apiserver/subresources/connect.ts';
import { StatusError } from '../../../../src/kube/status.ts';
import type { ApiResponse } from '../../../../src/kube/transport.ts';
import { bodyOf, pathRequest } from '../../../helpers/requestContext.ts';

const pod = (spec: object, more: object = {}) => ({ metadata: { name: 'hogaza' }, spec, ...more });
const one = { containers: [{ name: 'horno' }] };

async function ask(
  resource: string,
  name: string,
  object: object | undefined,
  query = '',
): Promise<ApiResponse> {
  const plugin = connectSubresources().find((found) => found.resource === resource && found.name === name);
  if (plugin === undefined) throw new Error(`no ${resource}/${name}`);
  const request = pathRequest(`/x?${query}`);
  const context: RequestContext = {
    ...request,
    info: { ...request.info, resource, subresource: name, namespace: 'obrador', name: 'hogaza' },
  };
  const admitted: string[] = [];
  const api = {
    reader: { get: () => object },
    admit: () => {
      admitted.push(name);
      return Promise.resolve();
    },
  } as unknown as ResourceApi;
  try {
    return await plugin.handle(context, api);
  } finally {
    if (object !== undefined) expect(admitted).toEqual([name]);
  }
}

async function refusal(...input: Parameters<typeof ask>): Promise<string> {
  const error = await ask(...input).then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(error instanceof StatusError)) throw new Error('was not refused');
  return `${error.status.code} ${error.status.message}`;
}

describe('exec, attach and port-forward', () => {
  it('say what stands in the way, in upstream’s order', async () => {
    expect(await refusal('pods', 'exec', undefined)).toBe('404 pods "hogaza" not found');
    expect(await refusal('pods', 'exec', pod(one), 'container=nada')).toBe(
      '400 container nada is not valid for pod hogaza',
    );
    expect(await refusal('pods', 'exec', pod(one, { status: { phase: 'Succeeded' } }))).toBe(
      '400 cannot exec into a container in a completed pod; current phase is Succeeded',
    );
    expect(await refusal('pods', 'attach', pod(one))).toBe('400 pod hogaza does not have a host assigned');
    expect(await refusal('pods', 'portforward', pod({ ...one, nodeName: 'bandeja-1' }))).toMatch(
      /^500 error dialing backend: dial tcp: lookup bandeja-1/,
    );
  });
});

describe('the log', () => {
  it('of a Pod without a node is empty', async () => {
    const answer = await ask('pods', 'log', pod(one));
    expect([answer.status, bodyOf(answer).length]).toEqual([200, 0]);
  });

  it('needs the name of the container when there are several, or the usual one', async () => {
    const several = { containers: [{ name: 'a' }, { name: 'b' }], initContainers: [{ name: 'c' }] };
    expect(await refusal('pods', 'log', pod(several))).toBe(
      '400 a container name must be specified for pod hogaza, choose one of: [a b] or one of the init containers: [c]',
    );
    const annotations = { 'kubectl.kubernetes.io/default-container': 'b' };
    const usual = { metadata: { name: 'hogaza', annotations }, spec: several };
    expect((await ask('pods', 'log', usual)).status).toBe(200);
    expect((await ask('pods', 'log', pod(several), 'container=c')).status).toBe(200);
  });
});

describe('the proxies', () => {
  it('find nobody at the other end', async () => {
    expect(await refusal('pods', 'proxy', pod(one, { status: { podIP: '10.1.0.2' } }))).toMatch(
      /^503 error trying to reach service: dial tcp: lookup 10\.1\.0\.2/,
    );
    expect(await refusal('services', 'proxy', { metadata: { name: 'tienda' } })).toBe(
      '503 no endpoints available for service "tienda"',
    );
    expect(await refusal('nodes', 'proxy', { metadata: { name: 'bandeja-1' } })).toMatch(/^503 .*bandeja-1/);
  });
});

describe('the log', () => {
  it('is refused when what is asked of it makes no sense', async () => {
    const of = (query: string) => refusal('pods', 'log', pod({ ...one, nodeName: 'bandeja-1' }), query);
    expect(await of('tailLines=-1')).toBe(
      '422 PodLogOptions "hogaza" is invalid: tailLines: Invalid value: -1: must be greater than or equal to 0',
    );
    expect(await of('limitBytes=0&sinceSeconds=0')).toBe(
      '422 PodLogOptions "hogaza" is invalid: [limitBytes: Invalid value: 0: must be greater than 0, sinceSeconds: Invalid value: 0: must be greater than 0]',
    );
    expect(await of('sinceSeconds=1&sinceTime=2026-01-01T00:00:00Z')).toMatch(/at most one of `sinceTime`/);
    expect(await of('tailLines=x')).toBe('400 strconv.ParseInt: parsing "x": invalid syntax');
  });
});
