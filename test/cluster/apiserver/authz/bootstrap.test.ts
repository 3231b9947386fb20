import { expect, test } from 'vitest';
import { bootstrapObjects } from '../../../../src/cluster/apiserver/authz/bootstrap.ts';
import type { ClusterRole, ClusterRoleBinding } from '../../../../src/kube/api/rbac-v1.ts';
import { asKind } from '../../../../src/kube/object.ts';

const objects = bootstrapObjects();
const find = (kind: string, name: string) =>
  objects.find((object) => object.kind === kind && object.metadata.name === name);

test('every object has a name of its own and the marks of the system', () => {
  const keys = objects.map(({ kind, metadata }) => `${kind} ${metadata.namespace ?? ''}/${metadata.name}`);
  expect(new Set(keys).size).toBe(keys.length);
  for (const { metadata } of objects) {
    expect(metadata.labels).toMatchObject({ 'kubernetes.io/bootstrapping': 'rbac-defaults' });
    expect(metadata.annotations).toEqual({ 'rbac.authorization.kubernetes.io/autoupdate': 'true' });
  }
});

test('every binding is of a role that exists', () => {
  for (const object of objects) {
    if (!object.kind.endsWith('Binding')) continue;
    const { roleRef } = asKind<ClusterRoleBinding>(object);
    expect(find(roleRef.kind, roleRef.name), roleRef.name).toBeDefined();
  }
});

test('view, edit and admin are complete from the first second, each within the next', () => {
  const rules = (name: string) => {
    const object = find('ClusterRole', name);
    return object === undefined ? [] : asKind<ClusterRole>(object).rules;
  };
  expect(rules('view')).toEqual(rules('system:aggregate-to-view'));
  expect(rules('edit')).toEqual([...rules('system:aggregate-to-edit'), ...rules('view')]);
  expect(rules('admin')).toEqual([...rules('edit'), ...rules('system:aggregate-to-admin')]);
  expect(find('ClusterRole', 'view')).toMatchObject({
    metadata: { labels: { 'rbac.authorization.k8s.io/aggregate-to-edit': 'true' } },
    aggregationRule: {
      clusterRoleSelectors: [{ matchLabels: { 'rbac.authorization.k8s.io/aggregate-to-view': 'true' } }],
    },
  });
});

test('a line of the table becomes a rule', () => {
  expect(find('ClusterRole', 'cluster-admin')).toMatchObject({
    rules: [
      { verbs: ['*'], apiGroups: ['*'], resources: ['*'] },
      { verbs: ['*'], nonResourceURLs: ['*'] },
    ],
  });
  expect(find('Role', 'extension-apiserver-authentication-reader')).toMatchObject({
    rules: [
      {
        verbs: ['get', 'list', 'watch'],
        apiGroups: [''],
        resources: ['configmaps'],
        resourceNames: ['extension-apiserver-authentication'],
      },
    ],
  });
});
