import { beforeEach, describe, expect, test } from 'vitest';
import { createAuthorizer } from '../../../../src/cluster/apiserver/authz/authorizer.ts';
import { bootstrapObjects } from '../../../../src/cluster/apiserver/authz/bootstrap.ts';
import { forbiddenError } from '../../../../src/cluster/apiserver/authz/forbidden.ts';
import type { AuthorizationQuery } from '../../../../src/cluster/apiserver/contracts.ts';
import type { Identity } from '../../../../src/kube/transport.ts';
import { FakeObjects } from '../../../helpers/fakeObjects.ts';

const RBAC = 'rbac.authorization.k8s.io';
const ana: Identity = { name: 'ana', groups: ['hornos', 'system:authenticated'], via: 'Test' };

function role(name: string, rules: readonly object[], namespace = 'obrador') {
  return { apiVersion: `${RBAC}/v1`, kind: 'Role', metadata: { name, namespace }, rules };
}
function binding(name: string, roleName: string, subjects: readonly object[], kind = 'Role') {
  return {
    apiVersion: `${RBAC}/v1`,
    kind: 'RoleBinding',
    metadata: { name, namespace: 'obrador' },
    subjects,
    roleRef: { apiGroup: RBAC, kind, name: roleName },
  };
}
function ask(
  user: Identity,
  verb: string,
  path: string,
  name = '',
  namespace = 'obrador',
): AuthorizationQuery {
  const [main = '', subresource = ''] = path.split('/');
  const dot = main.indexOf('.');
  const [resource, group] = dot < 0 ? [main, ''] : [main.slice(0, dot), main.slice(dot + 1)];
  return { user, verb, resource: { group, version: 'v1', resource, subresource, namespace, name } };
}

let objects: FakeObjects;
beforeEach(() => {
  objects = new FakeObjects(...bootstrapObjects());
});
const authorizer = () => createAuthorizer(objects, 'rbac').authorizer;

describe('rules', () => {
  test.each([
    [{ verbs: ['get'], apiGroups: [''], resources: ['pods'] }, 'get', 'pods', '', true],
    [{ verbs: ['get'], apiGroups: [''], resources: ['pods'] }, 'list', 'pods', '', false],
    [{ verbs: ['get'], apiGroups: [''], resources: ['pods'] }, 'get', 'pods/log', 'x', false],
    [{ verbs: ['get'], apiGroups: [''], resources: ['pods'] }, 'get', 'pods.apps', '', false],
    [{ verbs: ['*'], apiGroups: ['*'], resources: ['*'] }, 'patch', 'deployments.apps/scale', 'x', true],
    [
      { verbs: ['get'], apiGroups: ['apps'], resources: ['*/scale'] },
      'get',
      'deployments.apps/scale',
      'x',
      true,
    ],
    [{ verbs: ['get'], apiGroups: ['apps'], resources: ['*/scale'] }, 'get', 'deployments.apps', 'x', false],
    [
      { verbs: ['get'], apiGroups: [''], resources: ['secrets'], resourceNames: ['caja'] },
      'get',
      'secrets',
      'caja',
      true,
    ],
    [
      { verbs: ['get'], apiGroups: [''], resources: ['secrets'], resourceNames: ['caja'] },
      'get',
      'secrets',
      'otra',
      false,
    ],
    [
      { verbs: ['list'], apiGroups: [''], resources: ['secrets'], resourceNames: ['caja'] },
      'list',
      'secrets',
      '',
      false,
    ],
  ])('%j, %s %s %s: %s', (rule, verb, path, name, allowed) => {
    objects.put(role('r', [rule]));
    objects.put(binding('b', 'r', [{ kind: 'User', name: 'ana' }]));
    expect(authorizer().authorize(ask(ana, verb, path, name)).allowed).toBe(allowed);
  });

  test('a path may end in stars', () => {
    const viewer: Identity = { name: 'x', groups: ['system:monitoring'], via: 'Test' };
    const may = (path: string) => authorizer().authorize({ user: viewer, verb: 'get', path }).allowed;
    expect([may('/metrics'), may('/livez/etcd'), may('/livezoo'), may('/nada')]).toEqual([
      true,
      true,
      false,
      false,
    ]);
  });
});

describe('reasons', () => {
  test.each([
    [[{ kind: 'User', name: 'ana' }], 'User "ana"'],
    [
      [
        { kind: 'Group', name: 'otro' },
        { kind: 'Group', name: 'hornos' },
      ],
      'Group "hornos"',
    ],
  ])('%j', (subjects, who) => {
    objects.put(binding('b', 'view', subjects, 'ClusterRole'));
    expect(authorizer().authorize(ask(ana, 'get', 'pods'))).toEqual({
      allowed: true,
      reason: `RBAC: allowed by RoleBinding "b/obrador" of ClusterRole "view" to ${who}`,
    });
  });

  test('a service account without a namespace is of the binding', () => {
    objects.put(binding('b', 'view', [{ kind: 'ServiceAccount', name: 'eva' }], 'ClusterRole'));
    const eva: Identity = { name: 'system:serviceaccount:obrador:eva', groups: [], via: 'Test' };
    expect(authorizer().authorize(ask(eva, 'list', 'events')).reason).toBe(
      'RBAC: allowed by RoleBinding "b/obrador" of ClusterRole "view" to ServiceAccount "eva/obrador"',
    );
    const other = { ...eva, name: 'system:serviceaccount:otro:eva' };
    expect(authorizer().authorize(ask(other, 'list', 'events')).allowed).toBe(false);
  });

  test('a role that is gone is told', () => {
    objects.put(binding('b', 'fantasma', [{ kind: 'User', name: 'ana' }]));
    const query = ask(ana, 'list', 'pods');
    const { allowed, reason } = authorizer().authorize(query);
    expect(allowed).toBe(false);
    expect(forbiddenError(query, reason).message).toBe(
      'pods is forbidden: User "ana" cannot list resource "pods" in API group "" in the namespace "obrador": RBAC: role.rbac.authorization.k8s.io "fantasma" not found',
    );
  });

  test('texts of refusals', () => {
    const told = (query: AuthorizationQuery) => forbiddenError(query, '').message;
    expect(told(ask(ana, 'get', 'deployments.apps/scale', 'h'))).toBe(
      'deployments.apps "h" is forbidden: User "ana" cannot get resource "deployments/scale" in API group "apps" in the namespace "obrador"',
    );
    expect(told(ask(ana, 'list', 'nodes', '', ''))).toBe(
      'nodes is forbidden: User "ana" cannot list resource "nodes" in API group "" at the cluster scope',
    );
    expect(told({ user: { ...ana, name: '<a>' }, verb: 'get', path: '/x' })).toBe(
      'forbidden: User "&lt;a&gt;" cannot get path "/x"',
    );
  });
});

test('decisions follow roles and bindings as they come, change and go', () => {
  const { authorizer } = createAuthorizer(objects, 'rbac');
  const may = () => authorizer.authorize(ask(ana, 'get', 'configmaps')).allowed;
  const steps = [may()];
  const bound = binding('b', 'r', [{ kind: 'User', name: 'ana' }]);
  objects.put(bound);
  steps.push(may());
  const rule = { verbs: ['get'], apiGroups: [''], resources: ['configmaps'] };
  objects.put(role('r', [rule]));
  steps.push(may());
  objects.put(role('r', [{ ...rule, verbs: ['list'] }]));
  steps.push(may());
  objects.put(role('r', [rule]));
  objects.put({ ...bound, subjects: [{ kind: 'User', name: 'bea' }] });
  steps.push(may());
  objects.put(bound);
  steps.push(may());
  objects.remove(bound);
  steps.push(may());
  expect(steps).toEqual([false, false, true, false, false, true, false]);
});

test('system:masters may do everything, and so may everybody when asked for', () => {
  const admin = { name: 'jefa', groups: ['system:masters'], via: 'Test' };
  expect(authorizer().authorize(ask(admin, 'delete', 'nodes', 'n', ''))).toEqual({
    allowed: true,
    reason: '',
  });
  const open = createAuthorizer(objects, 'siempre').authorizer;
  expect(open.authorize(ask(ana, 'delete', 'nodes', 'n', '')).allowed).toBe(true);
});

describe('nodes', () => {
  const node: Identity = {
    name: 'system:node:n1',
    groups: ['system:nodes', 'system:authenticated'],
    via: 'Test',
  };
  beforeEach(() => {
    objects.put({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'p', namespace: 'obrador' },
      spec: {
        nodeName: 'n1',
        serviceAccountName: 'eva',
        containers: [{ name: 'c', envFrom: [{ secretRef: { name: 'caja' } }] }],
        volumes: [{ name: 'v', persistentVolumeClaim: { claimName: 'harina' } }],
      },
    });
  });
  test.each([
    ['get', 'secrets', 'caja', 'obrador', true],
    ['get', 'secrets', 'otra', 'obrador', false],
    ['get', 'secrets', 'caja', 'otro', false],
    ['update', 'secrets', 'caja', 'obrador', false],
    ['get', 'persistentvolumeclaims', 'harina', 'obrador', true],
    ['create', 'serviceaccounts/token', 'eva', 'obrador', true],
    ['create', 'serviceaccounts/token', 'jefe', 'obrador', false],
    ['patch', 'pods/status', 'p', 'obrador', true],
    ['patch', 'pods/status', 'ajeno', 'obrador', false],
    ['update', 'leases.coordination.k8s.io', 'n1', 'kube-node-lease', true],
    ['update', 'leases.coordination.k8s.io', 'n2', 'kube-node-lease', false],
    ['patch', 'nodes/status', 'n1', '', true],
    ['patch', 'nodes/status', 'n2', '', false],
    ['list', 'services', '', '', true],
    ['delete', 'namespaces', 'obrador', '', false],
  ])('%s %s %s in %s: %s', (verb, path, name, namespace, allowed) => {
    expect(authorizer().authorize(ask(node, verb, path, name, namespace)).allowed).toBe(allowed);
  });
});
