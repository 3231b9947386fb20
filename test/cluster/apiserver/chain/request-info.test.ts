import { describe, expect, it } from 'vitest';
import { requestInfoOf } from '../../../../src/cluster/apiserver/chain/request-info.ts';
import { StatusError } from '../../../../src/kube/status.ts';

const infoOf = (method: string, url: string) =>
  requestInfoOf({ method, url, headers: {}, signal: new AbortController().signal });

describe('what a request asks for', () => {
  it.each([
    ['GET', '/api/v1/pods', 'list', '', 'v1', 'pods', '', '', ''],
    ['GET', '/api/v1/namespaces/a/pods/p', 'get', '', 'v1', 'pods', '', 'a', 'p'],
    ['POST', '/api/v1/namespaces/a/pods', 'create', '', 'v1', 'pods', '', 'a', ''],
    [
      'PUT',
      '/apis/apps/v1/namespaces/a/deployments/d/scale',
      'update',
      'apps',
      'v1',
      'deployments',
      'scale',
      'a',
      'd',
    ],
    [
      'DELETE',
      '/apis/apps/v1/namespaces/a/deployments',
      'deletecollection',
      'apps',
      'v1',
      'deployments',
      '',
      'a',
      '',
    ],
    [
      'DELETE',
      '/apis/apps/v1/namespaces/a/deployments/d',
      'delete',
      'apps',
      'v1',
      'deployments',
      '',
      'a',
      'd',
    ],
    ['PATCH', '/api/v1/nodes/n', 'patch', '', 'v1', 'nodes', '', '', 'n'],
    ['GET', '/api/v1/namespaces', 'list', '', 'v1', 'namespaces', '', '', ''],
    ['GET', '/api/v1/namespaces/a', 'get', '', 'v1', 'namespaces', '', 'a', 'a'],
    ['PUT', '/api/v1/namespaces/a/finalize', 'update', '', 'v1', 'namespaces', 'finalize', 'a', 'a'],
    ['GET', '/api/v1/pods?watch=true', 'watch', '', 'v1', 'pods', '', '', ''],
    ['GET', '/api/v1/pods?watch=0', 'list', '', 'v1', 'pods', '', '', ''],
    ['GET', '/api/v1/pods?watch', 'watch', '', 'v1', 'pods', '', '', ''],
    ['GET', '/api/v1/watch/namespaces/a/pods/p', 'watch', '', 'v1', 'pods', '', 'a', 'p'],
    ['GET', '/api/v1/pods?fieldSelector=metadata.name%3Dx', 'list', '', 'v1', 'pods', '', '', 'x'],
    ['GET', '/api/v1/pods?fieldSelector=metadata.name%3D..', 'list', '', 'v1', 'pods', '', '', ''],
  ])('%s %s', (method, url, verb, group, version, resource, subresource, namespace, name) => {
    expect(infoOf(method, url)).toMatchObject({
      isResourceRequest: true,
      verb,
      group,
      version,
      resource,
      subresource,
      namespace,
      name,
    });
  });

  it.each(['/', '/api', '/api/v1', '/apis', '/apis/apps', '/apis/apps/v1', '/healthz', '/version'])(
    '%s is no resource',
    (url) => {
      expect(infoOf('GET', url)).toMatchObject({ isResourceRequest: false, verb: 'get', path: url });
    },
  );

  it('knows the name in the path from one in a selector', () => {
    expect(infoOf('GET', '/api/v1/pods?fieldSelector=metadata.name=x').pathName).toBe('');
    expect(infoOf('GET', '/api/v1/namespaces/a/pods/p').pathName).toBe('p');
  });

  it('gives what follows a subresource', () => {
    expect(infoOf('GET', '/api/v1/namespaces/a/pods/p/proxy/uno/dos').rest).toEqual(['uno', 'dos']);
  });

  it('reads encoded paths, and refuses what cannot be read', () => {
    expect(infoOf('GET', '/api/v1/namespaces/a/configmaps/kube%2Droot').name).toBe('kube-root');
    for (const url of [
      '/api/v1/pods/%zz',
      '/api/v1/pods/%ff',
      `/api/v1/pods?${'a&'.repeat(2000)}`,
      `/${'a'.repeat(70_000)}`,
    ])
      expect(() => infoOf('GET', url)).toThrow(StatusError);
  });
});
