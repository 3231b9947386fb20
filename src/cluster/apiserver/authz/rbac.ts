import type {
  ClusterRole,
  ClusterRoleBinding,
  PolicyRule,
  Role,
  RoleBinding,
  RoleRef,
  Subject,
} from '../../../kube/api/rbac-v1.ts';
import { goQuote } from '../../../kube/field-error.ts';
import { asKind } from '../../../kube/object.ts';
import type { Identity } from '../../../kube/transport.ts';
import type { AuthorizationQuery, Authorizer, Decision, ServerHost } from '../contracts.ts';
import { ruleAllows } from './rules.ts';

/** Mirrors plugin/pkg/auth/authorizer/rbac and pkg/registry/rbac/validation, over an index of who is bound to what. */

const GROUP = 'rbac.authorization.k8s.io';
const maxDecisions = 2000;
/** Questions longer than this are not remembered. */
const maxKey = 2000;
const NOTHING: Decision = { allowed: false, reason: '' };

interface Binding {
  readonly name: string;
  /** '' for a ClusterRoleBinding. */
  readonly namespace: string;
  readonly roleRef: RoleRef;
  readonly subjects: readonly Subject[];
}

/** Rules by who holds them. */
export interface RuleResolver {
  /** Ends early when `visitor` returns false. `problem`: a binding whose role is not there. */
  visit(
    user: Identity,
    namespace: string,
    visitor: (rule: PolicyRule, source: () => string) => boolean,
    problem?: (text: string) => void,
  ): void;
  rulesFor(user: Identity, namespace: string): { rules: readonly PolicyRule[]; problems: readonly string[] };
  /** Undefined: there is no such role. */
  rulesOfRole(kind: string, namespace: string, name: string): readonly PolicyRule[] | undefined;
}

export interface Rbac extends RuleResolver, Authorizer {}

/** Follows the four kinds of RBAC from now on. */
export function createRbac(follow: ServerHost['follow']): Rbac {
  const roles = new Map<string, readonly PolicyRule[]>();
  const bindings = new Map<string, Binding>();
  /** `namespace|subject` → bindings in order of name; namespace '' is the whole cluster. */
  const bySubject = new Map<string, Binding[]>();
  const decisions = new Map<string, Decision>();

  const setRole = (key: string, role: ClusterRole | Role | undefined) => {
    decisions.clear();
    if (role === undefined) roles.delete(key);
    else roles.set(key, role.rules ?? []);
  };
  const setBinding = (key: string, next: Binding | undefined) => {
    decisions.clear();
    const old = bindings.get(key);
    for (const subject of old?.subjects ?? []) {
      const place = subjectKey(old?.namespace ?? '', subject);
      const left = (bySubject.get(place) ?? []).filter((binding) => binding !== old);
      if (left.length === 0) bySubject.delete(place);
      else bySubject.set(place, left);
    }
    bindings.delete(key);
    if (next === undefined) return;
    bindings.set(key, next);
    for (const place of new Set(next.subjects.map((subject) => subjectKey(next.namespace, subject))))
      bySubject.set(
        place,
        [...(bySubject.get(place) ?? []), next].sort((a, b) => (a.name < b.name ? -1 : 1)),
      );
  };

  follow(GROUP, 'clusterroles', ({ name }, object) =>
    setRole(`|${name}`, object && asKind<ClusterRole>(object)),
  );
  follow(GROUP, 'roles', ({ namespace, name }, object) =>
    setRole(`${namespace}|${name}`, object && asKind<Role>(object)),
  );
  follow(GROUP, 'clusterrolebindings', ({ name }, object) =>
    setBinding(`|${name}`, object && bindingOf('', name, asKind<ClusterRoleBinding>(object))),
  );
  follow(GROUP, 'rolebindings', ({ namespace, name }, object) =>
    setBinding(`${namespace}|${name}`, object && bindingOf(namespace, name, asKind<RoleBinding>(object))),
  );

  const rulesOfRole: Rbac['rulesOfRole'] = (kind, namespace, name) =>
    roles.get(kind === 'ClusterRole' ? `|${name}` : `${namespace}|${name}`);

  const boundIn = (namespace: string, user: Identity): readonly Binding[] => {
    const mine = bySubject.get(`${namespace}|u:${user.name}`);
    const found = new Set(mine);
    for (const group of user.groups)
      for (const binding of bySubject.get(`${namespace}|g:${group}`) ?? []) found.add(binding);
    return [...found];
  };

  const visit: Rbac['visit'] = (user, namespace, visitor, problem) => {
    for (const place of namespace === '' ? [''] : ['', namespace])
      for (const binding of boundIn(place, user)) {
        const { kind, name } = binding.roleRef;
        const rules = rulesOfRole(kind, place, name);
        if (rules === undefined) {
          problem?.(`${kind.toLowerCase()}.${GROUP} ${goQuote(name)} not found`);
          continue;
        }
        for (const rule of rules) if (!visitor(rule, () => describe(binding, user))) return;
      }
  };

  const rulesFor: Rbac['rulesFor'] = (user, namespace) => {
    const rules: PolicyRule[] = [];
    const problems = new Set<string>();
    visit(
      user,
      namespace,
      (rule) => {
        rules.push(rule);
        return true;
      },
      (text) => problems.add(text),
    );
    return { rules, problems: [...problems] };
  };

  const decide = (query: AuthorizationQuery): Decision => {
    let reason: string | undefined;
    const problems = new Set<string>();
    visit(
      query.user,
      query.resource?.namespace ?? '',
      (rule, source) => {
        if (!ruleAllows(query, rule)) return true;
        reason = `RBAC: allowed by ${source()}`;
        return false;
      },
      (text) => problems.add(text),
    );
    if (reason !== undefined) return { allowed: true, reason };
    if (problems.size === 0) return NOTHING;
    const list = [...problems];
    return { allowed: false, reason: `RBAC: ${list.length === 1 ? list[0] : `[${list.join(', ')}]`}` };
  };

  return {
    visit,
    rulesFor,
    rulesOfRole,
    authorize(query) {
      const key = JSON.stringify([
        query.user.name,
        query.user.groups,
        query.verb,
        query.resource,
        query.path,
      ]);
      const known = decisions.get(key);
      if (known !== undefined) return known;
      // Names come from requests: forget everything rather than grow.
      if (decisions.size >= maxDecisions) decisions.clear();
      const decision = decide(query);
      if (key.length <= maxKey) decisions.set(key, decision);
      return decision;
    },
  };
}

function bindingOf(namespace: string, name: string, object: ClusterRoleBinding | RoleBinding): Binding {
  return { name, namespace, roleRef: object.roleRef, subjects: object.subjects ?? [] };
}

/** A ServiceAccount is known by its user name. A subject nobody can be gets a key of its own. */
function subjectKey(namespace: string, subject: Subject): string {
  switch (subject.kind) {
    case 'User':
      return `${namespace}|u:${subject.name}`;
    case 'Group':
      return `${namespace}|g:${subject.name}`;
    case 'ServiceAccount': {
      const home = (subject.namespace ?? '') === '' ? namespace : subject.namespace;
      return home === ''
        ? `${namespace}|nobody`
        : `${namespace}|u:system:serviceaccount:${home}:${subject.name}`;
    }
    default:
      return `${namespace}|nobody`;
  }
}

function describe(binding: Binding, user: Identity): string {
  const mine = new Set([
    `${binding.namespace}|u:${user.name}`,
    ...user.groups.map((group) => `${binding.namespace}|g:${group}`),
  ]);
  const subject = binding.subjects.find((candidate) => mine.has(subjectKey(binding.namespace, candidate)));
  const kind = binding.namespace === '' ? 'ClusterRoleBinding' : 'RoleBinding';
  const name = binding.namespace === '' ? binding.name : `${binding.name}/${binding.namespace}`;
  const { roleRef } = binding;
  return `${kind} ${goQuote(name)} of ${roleRef.kind} ${goQuote(roleRef.name)} to ${subject === undefined ? '' : describeSubject(subject, binding.namespace)}`;
}

function describeSubject(subject: Subject, namespace: string): string {
  if (subject.kind !== 'ServiceAccount') return `${subject.kind} ${goQuote(subject.name)}`;
  const home = (subject.namespace ?? '') === '' ? namespace : subject.namespace;
  return `${subject.kind} ${goQuote(`${subject.name}/${home}`)}`;
}
