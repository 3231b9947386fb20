import type {
  NonResourceRule,
  ResourceRule,
  SelfSubjectRulesReview,
  SubjectRulesReviewStatus,
} from '../../../kube/api/authorization-v1.ts';
import type { PolicyRule } from '../../../kube/api/rbac-v1.ts';
import { asKind, type KubeObject } from '../../../kube/object.ts';
import { badRequest } from '../../../kube/status.ts';
import type { Identity } from '../../../kube/transport.ts';
import type { RuleResolver } from '../authz/rbac.ts';
import type { VirtualResource } from '../contracts.ts';

/** «What may I do here?», for `kubectl auth can-i --list`. `rules` undefined: everybody may do everything. */
export function rulesReview(rules: RuleResolver | undefined): VirtualResource {
  return {
    group: 'authorization.k8s.io',
    version: 'v1',
    plural: 'selfsubjectrulesreviews',
    kind: 'SelfSubjectRulesReview',
    namespaced: false,
    create(object, { user }) {
      const namespace = asKind<SelfSubjectRulesReview>(object).spec?.namespace ?? '';
      if (namespace === '') throw badRequest('no namespace on request');
      // Upstream drops the namespace from what it answers.
      return { ...object, spec: {}, status: statusOf(rules, user, namespace) } as KubeObject;
    },
  };
}

function statusOf(
  resolver: RuleResolver | undefined,
  user: Identity,
  namespace: string,
): SubjectRulesReviewStatus {
  if (resolver === undefined)
    return {
      resourceRules: [{ verbs: ['*'], apiGroups: ['*'], resources: ['*'] }],
      nonResourceRules: [{ verbs: ['*'], nonResourceURLs: ['*'] }],
      incomplete: false,
    };
  const { rules, problems } = resolver.rulesFor(user, namespace);
  const resourceRules = rules.filter((rule) => (rule.resources ?? []).length > 0).map(resourceRule);
  const nonResourceRules = rules.filter((rule) => (rule.nonResourceURLs ?? []).length > 0).map(urlRule);
  const isNode = user.groups.includes('system:nodes') && user.name.startsWith('system:node:');
  const errors = isNode ? ['node authorizer does not support user rule resolution', ...problems] : problems;
  return {
    resourceRules,
    nonResourceRules,
    incomplete: isNode,
    ...(errors.length === 0
      ? {}
      : { evaluationError: errors.length === 1 ? (errors[0] ?? '') : `[${errors.join(', ')}]` }),
  };
}

function resourceRule({ verbs, apiGroups, resources, resourceNames }: PolicyRule): ResourceRule {
  return { verbs, apiGroups, resources, ...(resourceNames === undefined ? {} : { resourceNames }) };
}

function urlRule({ verbs, nonResourceURLs }: PolicyRule): NonResourceRule {
  return { verbs, nonResourceURLs };
}
