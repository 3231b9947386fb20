import type { ClusterRole, PolicyRule } from '../../kube/api/rbac-v1.ts';
import { equalJson, type KubeObject } from '../../kube/object.ts';
import { labelSelectorFrom } from '../../kube/selectors/labels.ts';
import { type Controller, ignoring, isNotFound, startLoop } from './controller.ts';
import { clusterRoles } from './refs.ts';

/** ClusterRoles made of others by label. Mirrors pkg/controller/clusterroleaggregation. */
export const clusterRoleAggregationController: Controller = {
  name: 'clusterrole-aggregation-controller',
  account: 'clusterrole-aggregation-controller',
  start(context) {
    const roles = context.informer<ClusterRole & KubeObject>(clusterRoles);
    const loop = startLoop(
      context,
      this.name,
      async (name) => {
        const role = roles.get('', name);
        if (role?.aggregationRule === undefined) return undefined;
        const rules = aggregated(role, roles.list());
        if (equalJson(rules, role.rules ?? [])) return undefined;
        await ignoring(isNotFound, context.client.update(clusterRoles, { ...role, rules }));
        return undefined;
      },
      { ready: [roles] },
    );
    roles.onChange(() => {
      for (const role of roles.list())
        if (role.aggregationRule !== undefined) loop.queue.add(role.metadata.name ?? '');
    });
    return loop;
  },
};

/** Rules of every selected role but itself, roles by name, each rule once. */
function aggregated(
  role: ClusterRole & KubeObject,
  all: readonly (ClusterRole & KubeObject)[],
): PolicyRule[] {
  const selectors = (role.aggregationRule?.clusterRoleSelectors ?? []).map(labelSelectorFrom);
  const rules: PolicyRule[] = [];
  for (const selector of selectors) {
    const chosen = all
      .filter(
        (other) =>
          other.metadata.name !== role.metadata.name && selector.matches(other.metadata.labels ?? {}),
      )
      .sort((a, b) => ((a.metadata.name ?? '') < (b.metadata.name ?? '') ? -1 : 1));
    for (const rule of chosen.flatMap((other) => other.rules ?? [])) {
      if (!rules.some((one) => equalJson(one, rule))) rules.push(rule);
    }
  }
  return rules;
}
