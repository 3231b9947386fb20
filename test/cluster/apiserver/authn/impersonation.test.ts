import { expect, test } from 'vitest';
import { impersonate } from '../../../../src/cluster/apiserver/authn/impersonation.ts';
import type { AuthorizationQuery, Authorizer } from '../../../../src/cluster/apiserver/contracts.ts';
import type { ApiRequest } from '../../../../src/kube/transport.ts';

const admin = { name: 'kubernetes-admin', groups: ['system:masters'], via: 'X509' };
const everything: Authorizer = { authorize: () => ({ allowed: true, reason: '' }) };
const nothing: Authorizer = { authorize: () => ({ allowed: false, reason: '' }) };

function requestWith(headers: ApiRequest['headers']): ApiRequest {
  return { method: 'GET', url: '/', headers, signal: new AbortController().signal };
}

test.each([
  [{ 'impersonate-user': 'ana' }, { name: 'ana', groups: ['system:authenticated'] }],
  [
    { 'impersonate-user': 'ana', 'impersonate-group': ['hornos', 'masas'] },
    { name: 'ana', groups: ['hornos', 'masas', 'system:authenticated'] },
  ],
  [
    { 'impersonate-user': 'ana', 'impersonate-uid': 'u-1', 'impersonate-extra-turno%2fdia': 'noche' },
    { name: 'ana', uid: 'u-1', groups: ['system:authenticated'], extra: { 'turno/dia': ['noche'] } },
  ],
  [
    { 'impersonate-user': 'system:serviceaccount:default:default' },
    {
      name: 'system:serviceaccount:default:default',
      groups: ['system:serviceaccounts', 'system:serviceaccounts:default', 'system:authenticated'],
    },
  ],
  [
    { 'impersonate-user': 'system:anonymous' },
    { name: 'system:anonymous', groups: ['system:unauthenticated'] },
  ],
  [
    { 'impersonate-user': 'ana', 'impersonate-group': 'system:unauthenticated' },
    { name: 'ana', groups: ['system:unauthenticated'] },
  ],
])('%j', (headers, user) => {
  expect(impersonate(requestWith(headers), admin, everything)).toEqual({
    requestor: admin,
    user: { ...user, via: 'Impersonation' },
  });
});

test('without the headers nobody is impersonated', () => {
  expect(impersonate(requestWith({}), admin, nothing)).toEqual({ user: admin });
});

test.each([
  [{ 'impersonate-group': 'hornos' }, 'requested [{Group  hornos    }] without impersonating a user'],
  [
    { 'impersonate-uid': 'x' },
    'requested [{UID  x  authentication.k8s.io/v1  }] without impersonating a user',
  ],
  [
    { 'impersonate-extra-a': 'x' },
    'requested [{UserExtra  x  authentication.k8s.io/v1  a}] without impersonating a user',
  ],
])('%j needs a user', (headers, error) => {
  expect(impersonate(requestWith(headers), admin, everything)).toEqual({ error });
});

test('each thing asked for is authorised on its own', () => {
  const asked: AuthorizationQuery['resource'][] = [];
  const noting: Authorizer = {
    authorize(query) {
      asked.push(query.resource);
      return { allowed: true, reason: '' };
    },
  };
  const headers = {
    'impersonate-user': 'system:serviceaccount:obrador:eva',
    'impersonate-group': 'hornos',
    'impersonate-extra-turno': 'noche',
    'impersonate-uid': 'u',
  };
  impersonate(requestWith(headers), admin, noting);
  expect(
    asked.map((one) => [one?.group, one?.resource, one?.subresource, one?.namespace, one?.name]),
  ).toEqual([
    ['', 'serviceaccounts', '', 'obrador', 'eva'],
    ['', 'groups', '', '', 'hornos'],
    ['authentication.k8s.io', 'userextras', 'turno', '', 'noche'],
    ['authentication.k8s.io', 'uids', '', '', 'u'],
  ]);
});

test('a refusal says what may not be impersonated', () => {
  expect(() => impersonate(requestWith({ 'impersonate-user': 'ana' }), admin, nothing)).toThrow(
    'users "ana" is forbidden: User "kubernetes-admin" cannot impersonate resource "users" in API group "" at the cluster scope',
  );
});
