import type { ClusterRole, PolicyRule, RoleBinding } from '../../../kube/api/rbac-v1.ts';
import { goQuote } from '../../../kube/field-error.ts';
import { asDict, asKind, equalJson, type KubeObject } from '../../../kube/object.ts';
import { notFound, plainFailure } from '../../../kube/status.ts';
import type { RuleResolver } from '../authz/rbac.ts';
import { missingRules } from '../authz/rules.ts';
import type { AdmissionPlugin, AdmissionRequest, Authorizer } from '../contracts.ts';
import { refusal, resourceOf } from './attributes.ts';

const GROUP = 'rbac.authorization.k8s.io';
const EVERYTHING: readonly PolicyRule[] = [
  { verbs: ['*'], apiGroups: ['*'], resources: ['*'] },
  { verbs: ['*'], nonResourceURLs: ['*'] },
];

/**
 * Nobody grants what they do not have, unless they may `escalate` or `bind`. Upstream does this in the storage of the
 * four kinds (pkg/registry/rbac/…/policybased), after mutation and before validation: it cannot be switched off.
 */
export function rbacEscalation(rules: RuleResolver, authorizer: Authorizer): AdmissionPlugin {
  return {
    name: 'RBACEscalation',
    mutate(request) {
      const { info, object, oldObject, operation, user } = request;
      if (info.group !== GROUP || info.subresource !== '' || object === undefined) return;
      if (operation !== 'CREATE' && operation !== 'UPDATE') return;
      if (user.groups.includes('system:masters')) return;
      if (oldObject !== undefined && onlyForCollector(object, oldObject)) return;
      const confirm = (wanted: readonly PolicyRule[]) => confirmHeld(request, rules, wanted);
      switch (info.resource) {
        case 'roles':
        case 'clusterroles': {
          if (mayEscalate(request, authorizer)) return;
          const role = asKind<ClusterRole>(object);
          confirm(role.rules ?? []);
          const gathers = [role, oldObject && asKind<ClusterRole>(oldObject)].some(
            (one) => (one?.aggregationRule?.clusterRoleSelectors ?? []).length > 0,
          );
          if (gathers && missingRules(rules.rulesFor(user, request.namespace).rules, EVERYTHING).length > 0)
            throw refusal(request, 'must have cluster-admin privileges to use the aggregationRule');
          return;
        }
        case 'rolebindings':
        case 'clusterrolebindings': {
          // Not validated yet: there may be none.
          const {
            apiGroup = '',
            kind = '',
            name = '',
          } = (asKind<RoleBinding>(object).roleRef ?? {}) as Partial<RoleBinding['roleRef']>;
          const roleRef = { apiGroup, kind, name };
          if (mayBind(request, roleRef, authorizer)) return;
          if (kind !== 'Role' && kind !== 'ClusterRole')
            throw plainFailure(`unsupported role reference kind: ${goQuote(kind)}`);
          const granted = rules.rulesOfRole(roleRef.kind, request.namespace, roleRef.name);
          if (granted === undefined) throw notFound(resourceOf(request), roleRef.name);
          confirm(granted);
          return;
        }
        default:
      }
    },
  };
}

function confirmHeld(request: AdmissionRequest, resolver: RuleResolver, wanted: readonly PolicyRule[]): void {
  const { user, namespace } = request;
  const { rules, problems } = resolver.rulesFor(user, namespace);
  const missing = missingRules(rules, wanted);
  if (missing.length === 0) return;
  const groups = `[${user.groups.map(goQuote).join(' ')}]`;
  const errors = problems.length === 0 ? '' : `; resolution errors: [${problems.join(', ')}]`;
  throw refusal(
    request,
    `user ${goQuote(user.name)} (groups=${groups}) is attempting to grant RBAC permissions not currently held:\n${missing.join('\n')}${errors}`,
  );
}

function mayEscalate({ user, info }: AdmissionRequest, authorizer: Authorizer): boolean {
  const { group, resource, namespace, name } = info;
  return authorizer.authorize({
    user,
    verb: 'escalate',
    resource: { group, version: '*', resource, subresource: '', namespace, name },
  }).allowed;
}

function mayBind(
  { user, namespace }: AdmissionRequest,
  { apiGroup, kind, name }: RoleBinding['roleRef'],
  authorizer: Authorizer,
): boolean {
  const resource = kind === 'ClusterRole' ? 'clusterroles' : kind === 'Role' ? 'roles' : undefined;
  if (resource === undefined) return false;
  return authorizer.authorize({
    user,
    verb: 'bind',
    resource: { group: apiGroup ?? GROUP, version: '*', resource, subresource: '', namespace, name },
  }).allowed;
}

/** The garbage collector may always take away what keeps an object from going. */
function onlyForCollector(object: KubeObject, old: KubeObject): boolean {
  const rest = (of: KubeObject) => {
    const { ownerReferences: _o, finalizers: _f, managedFields: _m, ...metadata } = of.metadata;
    return { ...asDict(of), metadata };
  };
  return equalJson(rest(object), rest(old));
}
