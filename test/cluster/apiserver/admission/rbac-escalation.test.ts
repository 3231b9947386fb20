import { expect, test } from 'vitest';
import { rbacEscalation } from '../../../../src/cluster/apiserver/admission/rbac-escalation.ts';
import { createAuthorizer } from '../../../../src/cluster/apiserver/authz/authorizer.ts';
import { bootstrapObjects } from '../../../../src/cluster/apiserver/authz/bootstrap.ts';
import { admit, ana } from '../../../helpers/admission.ts';
import { FakeObjects } from '../../../helpers/fakeObjects.ts';

const GROUP = 'rbac.authorization.k8s.io';
const pods = { verbs: ['get'], apiGroups: [''], resources: ['pods'] };
const secrets = { verbs: ['get', 'list'], apiGroups: [''], resources: ['secrets'] };
const object = (kind: string, name: string, rest: object) => ({
  apiVersion: `${GROUP}/v1`,
  kind,
  metadata: { name, namespace: kind.startsWith('Cluster') ? '' : 'obrador' },
  ...rest,
});
const bindingTo = (kind: string, name: string) =>
  object('RoleBinding', 'b', {
    roleRef: { apiGroup: GROUP, kind, name },
    subjects: [{ kind: 'User', name: 'ana' }],
  });

function pluginFor(...held: readonly object[]) {
  const objects = new FakeObjects(...bootstrapObjects(), object('Role', 'suyo', { rules: held }), {
    ...bindingTo('Role', 'suyo'),
    metadata: { name: 'suyos', namespace: 'obrador' },
  });
  const { authorizer, rbac } = createAuthorizer(objects, 'rbac');
  return rbacEscalation(rbac, authorizer);
}
const asked = (resource: string, given: object, rest: object = {}) => ({
  group: GROUP,
  resource,
  object: given,
  ...rest,
});

test('nobody grants what they do not have', async () => {
  const plugin = pluginFor(pods);
  expect(
    (await admit(plugin, asked('roles', object('Role', 'n', { rules: [pods] })))).refused,
  ).toBeUndefined();
  expect(
    (await admit(plugin, asked('roles', object('Role', 'n', { rules: [secrets] })))).refused,
  ).toMatchObject({
    code: 403,
    message:
      'roles.rbac.authorization.k8s.io "n" is forbidden: user "ana" (groups=["system:authenticated"]) is attempting to grant RBAC permissions not currently held:\n{APIGroups:[""], Resources:["secrets"], Verbs:["get" "list"]}',
  });
  const { refused } = await admit(plugin, asked('rolebindings', bindingTo('ClusterRole', 'view')));
  expect(refused?.message).toContain(
    '\n{APIGroups:[""], Resources:["bindings"], Verbs:["get" "list" "watch"]}\n',
  );
  expect((await admit(plugin, asked('rolebindings', bindingTo('Role', 'suyo')))).refused).toBeUndefined();
  expect((await admit(plugin, asked('rolebindings', bindingTo('Role', 'fantasma')))).refused?.message).toBe(
    'rolebindings.rbac.authorization.k8s.io "fantasma" not found',
  );
});

test('the verbs escalate and bind lift it', async () => {
  const escalate = { verbs: ['escalate'], apiGroups: [GROUP], resources: ['roles'] };
  const bind = { verbs: ['bind'], apiGroups: [GROUP], resources: ['clusterroles'], resourceNames: ['view'] };
  const plugin = pluginFor(escalate, bind);
  expect(
    (await admit(plugin, asked('roles', object('Role', 'n', { rules: [secrets] })))).refused,
  ).toBeUndefined();
  expect(
    (await admit(plugin, asked('rolebindings', bindingTo('ClusterRole', 'view')))).refused,
  ).toBeUndefined();
  expect((await admit(plugin, asked('rolebindings', bindingTo('ClusterRole', 'edit')))).refused?.code).toBe(
    403,
  );
});

test('masters grant everything; the collector’s fields are anybody’s', async () => {
  const plugin = pluginFor();
  const jefa = { ...ana, groups: ['system:masters'] };
  const role = object('Role', 'n', { rules: [secrets] });
  expect((await admit(plugin, asked('roles', role, { user: jefa }))).refused).toBeUndefined();
  const freed = { ...role, metadata: { ...role.metadata, finalizers: ['x'] } };
  const update = { operation: 'UPDATE', oldObject: freed } as const;
  expect((await admit(plugin, asked('roles', role, update))).refused).toBeUndefined();
  expect(
    (await admit(plugin, asked('roles', { ...role, rules: [secrets, pods] }, update))).refused?.code,
  ).toBe(403);
});

test('whoever gathers roles could gather any', async () => {
  const gathering = object('ClusterRole', 'g', {
    rules: null,
    aggregationRule: { clusterRoleSelectors: [{ matchLabels: { a: 'b' } }] },
  });
  const { refused } = await admit(pluginFor(pods), asked('clusterroles', gathering, { namespace: '' }));
  expect(refused?.message).toBe(
    'clusterroles.rbac.authorization.k8s.io "g" is forbidden: must have cluster-admin privileges to use the aggregationRule',
  );
});
