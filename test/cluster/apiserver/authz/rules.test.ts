import fc from 'fast-check';
import { expect, test } from 'vitest';
import { missingRules, ruleAllows } from '../../../../src/cluster/apiserver/authz/rules.ts';
import type { PolicyRule } from '../../../../src/kube/api/rbac-v1.ts';

test('what is missing is told in upstream’s words, compact and sorted', () => {
  const owned = [{ verbs: ['get'], apiGroups: [''], resources: ['pods'] }];
  const wanted = [
    {
      verbs: ['get', 'delete'],
      apiGroups: ['', 'apps'],
      resources: ['pods', 'deployments'],
      resourceNames: ['x'],
    },
    { verbs: ['get'], nonResourceURLs: ['/a'] },
  ];
  expect(missingRules(owned, wanted)).toEqual([
    '{APIGroups:[""], Resources:["deployments"], ResourceNames:["x"], Verbs:["get" "delete"]}',
    '{APIGroups:[""], Resources:["pods"], ResourceNames:["x"], Verbs:["delete"]}',
    '{APIGroups:["apps"], Resources:["deployments"], ResourceNames:["x"], Verbs:["get" "delete"]}',
    '{APIGroups:["apps"], Resources:["pods"], ResourceNames:["x"], Verbs:["get" "delete"]}',
    '{NonResourceURLs:["/a"], Verbs:["get"]}',
  ]);
});

test('a star covers stars and everything else; nothing else covers a star', () => {
  const all = [{ verbs: ['*'], apiGroups: ['*'], resources: ['*'] }];
  expect(missingRules(all, all)).toEqual([]);
  expect(missingRules([{ verbs: ['get'], apiGroups: ['*'], resources: ['*'] }], all)).toEqual([
    '{APIGroups:["*"], Resources:["*"], Verbs:["*"]}',
  ]);
  expect(
    missingRules(
      [{ verbs: ['get'], apiGroups: [''], resources: ['*/scale'] }],
      [{ verbs: ['get'], apiGroups: [''], resources: ['pods/scale', 'pods'] }],
    ),
  ).toEqual(['{APIGroups:[""], Resources:["pods"], Verbs:["get"]}']);
});

const some = (...items: string[]) =>
  fc.uniqueArray(fc.constantFrom(...items), { minLength: 1, maxLength: 3 });
const rules = fc.record({
  verbs: some('get', 'list', '*'),
  apiGroups: some('', 'apps', '*'),
  resources: some('pods', 'pods/log', '*/log', '*'),
  resourceNames: fc.uniqueArray(fc.constantFrom('a', 'b'), { maxLength: 2 }),
});

test('property: whoever misses nothing of a rule is allowed whatever that rule allows', () => {
  fc.assert(
    fc.property(fc.array(rules, { maxLength: 3 }), rules, (owned, wanted) => {
      if (missingRules(owned as PolicyRule[], [wanted]).length > 0) return;
      for (const verb of ['get', 'list', 'x'])
        for (const group of ['', 'apps', 'x'])
          for (const [resource, subresource] of [
            ['pods', ''],
            ['pods', 'log'],
            ['x', 'log'],
          ] as const)
            for (const name of ['', 'a', 'b']) {
              const query = {
                user: { name: 'ana', groups: [], via: 'Test' },
                verb,
                resource: { group, version: 'v1', resource, subresource, namespace: '', name },
              };
              if (ruleAllows(query, wanted)) expect(owned.some((rule) => ruleAllows(query, rule))).toBe(true);
            }
    }),
  );
});
