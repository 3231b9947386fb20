import type { ObjectMeta } from '../../../kube/api/meta-v1.ts';
import type {
  ClusterRole,
  ClusterRoleBinding,
  PolicyRule,
  Role,
  RoleBinding,
} from '../../../kube/api/rbac-v1.ts';
import { equalJson, type KubeObject } from '../../../kube/object.ts';
import { controllerRoles } from './controller-roles.ts';
import { EVENTS, type RuleLine, systemRoles } from './system-roles.ts';

/** The RBAC objects that a cluster is born with. Mirrors plugin/pkg/auth/authorizer/rbac/bootstrappolicy. */

const RBAC = 'rbac.authorization.k8s.io';
const API_VERSION = `${RBAC}/v1`;
const AGGREGATE = `${RBAC}/aggregate-to-`;

const VERBS: { readonly [short: string]: string } = {
  READ: 'get,list,watch',
  WRITE: 'create,delete,deletecollection,patch,update',
  ALL: 'create,delete,deletecollection,get,list,patch,update,watch',
};

function ruleOf(line: RuleLine): PolicyRule {
  const [verbs = '', second = '', resources, names] = line.split('|');
  const list = (VERBS[verbs] ?? verbs).split(',');
  if (resources === undefined) return { verbs: list, nonResourceURLs: second.split(',') };
  return {
    verbs: list,
    apiGroups: second.split(','),
    resources: resources.split(','),
    ...(names === undefined ? {} : { resourceNames: names.split(',') }),
  };
}

/** The rules of one of the system's roles, for those who apply them without a binding. */
export function rulesOfRoleLines(role: string): readonly PolicyRule[] {
  return (systemRoles[role] ?? []).map(ruleOf);
}

function metaOf(
  name: string,
  namespace?: string,
  labels: { readonly [key: string]: string } = {},
): ObjectMeta {
  return {
    name,
    ...(namespace === undefined ? {} : { namespace }),
    labels: { 'kubernetes.io/bootstrapping': 'rbac-defaults', ...labels },
    annotations: { 'rbac.authorization.kubernetes.io/autoupdate': 'true' },
  };
}

/** Which of the three roles for people each role flows into, besides its own name. */
const AGGREGATED: { readonly [role: string]: string } = {
  'system:aggregate-to-admin': 'admin',
  'system:aggregate-to-edit': 'edit',
  'system:aggregate-to-view': 'view',
  edit: 'admin',
  view: 'edit',
};

/** What the aggregation controller would write: the rules of the selected roles by name, each once. */
function aggregate(target: string, rulesOf: (role: string) => readonly PolicyRule[]): PolicyRule[] {
  const rules: PolicyRule[] = [];
  for (const role of Object.keys(AGGREGATED).sort()) {
    if (AGGREGATED[role] !== target) continue;
    for (const rule of rulesOf(role)) if (!rules.some((known) => equalJson(known, rule))) rules.push(rule);
  }
  return rules;
}

function clusterRoles(): ClusterRole[] {
  const rulesOf = (role: string): readonly PolicyRule[] =>
    (systemRoles[role] ?? []).map(ruleOf).concat(aggregate(role, rulesOf));
  const make = (name: string, rules: readonly RuleLine[]): ClusterRole => ({
    apiVersion: API_VERSION,
    kind: 'ClusterRole',
    metadata: metaOf(name, undefined, labelsOf(name)),
    rules: rules.map(ruleOf),
  });
  const forPeople = ['admin', 'edit', 'view'].map(
    (name): ClusterRole => ({
      apiVersion: API_VERSION,
      kind: 'ClusterRole',
      metadata: metaOf(name, undefined, labelsOf(name)),
      aggregationRule: { clusterRoleSelectors: [{ matchLabels: { [`${AGGREGATE}${name}`]: 'true' } }] },
      rules: aggregate(name, rulesOf),
    }),
  );
  return [
    ...forPeople,
    ...Object.entries(systemRoles).map(([name, rules]) => make(name, rules)),
    ...Object.entries(controllerRoles).map(([name, rules]) => make(`system:controller:${name}`, rules)),
  ];
}

function labelsOf(role: string): { readonly [key: string]: string } {
  const target = AGGREGATED[role];
  return target === undefined ? {} : { [`${AGGREGATE}${target}`]: 'true' };
}

type SubjectLine = `g:${string}` | `u:${string}` | `s:${string}/${string}`;

function subjectsOf(lines: readonly SubjectLine[]): NonNullable<ClusterRoleBinding['subjects']> {
  return lines.map((line) => {
    const name = line.slice(2);
    if (line.startsWith('g:')) return { kind: 'Group', apiGroup: RBAC, name };
    if (line.startsWith('u:')) return { kind: 'User', apiGroup: RBAC, name };
    const slash = name.indexOf('/');
    return { kind: 'ServiceAccount', name: name.slice(slash + 1), namespace: name.slice(0, slash) };
  });
}

const BINDINGS: { readonly [role: string]: readonly SubjectLine[] } = {
  'cluster-admin': ['g:system:masters'],
  'system:monitoring': ['g:system:monitoring'],
  'system:discovery': ['g:system:authenticated'],
  'system:basic-user': ['g:system:authenticated'],
  'system:public-info-viewer': ['g:system:authenticated', 'g:system:unauthenticated'],
  'system:node-proxier': ['u:system:kube-proxy'],
  'system:kube-controller-manager': ['u:system:kube-controller-manager'],
  'system:kube-dns': ['s:kube-system/kube-dns'],
  'system:kube-scheduler': ['u:system:kube-scheduler'],
  'system:volume-scheduler': ['u:system:kube-scheduler'],
  // Left without subjects on purpose: the Node authorizer decides about nodes.
  'system:node': [],
  'system:service-account-issuer-discovery': ['g:system:serviceaccounts'],
};

function clusterRoleBindings(): ClusterRoleBinding[] {
  const make = (name: string, subjects: readonly SubjectLine[]): ClusterRoleBinding => ({
    apiVersion: API_VERSION,
    kind: 'ClusterRoleBinding',
    metadata: metaOf(name),
    ...(subjects.length === 0 ? {} : { subjects: subjectsOf(subjects) }),
    roleRef: { apiGroup: RBAC, kind: 'ClusterRole', name },
  });
  return [
    ...Object.entries(BINDINGS).map(([name, subjects]) => make(name, subjects)),
    ...Object.keys(controllerRoles).map((name) =>
      make(`system:controller:${name}`, [`s:kube-system/${name}`]),
    ),
  ];
}

interface NamespacedRole {
  readonly name: string;
  readonly namespace: string;
  readonly rules: readonly RuleLine[];
  /** The binding has the role's name unless it is given. */
  readonly binding?: string;
  readonly subjects: readonly SubjectLine[];
}

const leaderLocking = (component: string): NamespacedRole => ({
  name: `system::leader-locking-${component}`,
  namespace: 'kube-system',
  rules: [
    'watch||configmaps',
    `get,update||configmaps|${component}`,
    'create,get,list,update,watch|coordination.k8s.io|leases',
    'create,get,list,update,watch|coordination.k8s.io|leasecandidates',
  ],
  subjects: [`u:system:${component}`, `s:kube-system/${component}`],
});

const NAMESPACED: readonly NamespacedRole[] = [
  {
    name: 'extension-apiserver-authentication-reader',
    namespace: 'kube-system',
    rules: ['READ||configmaps|extension-apiserver-authentication'],
    binding: 'system::extension-apiserver-authentication-reader',
    subjects: ['u:system:kube-controller-manager', 'u:system:kube-scheduler'],
  },
  {
    name: 'system:controller:bootstrap-signer',
    namespace: 'kube-system',
    rules: ['READ||secrets'],
    subjects: ['s:kube-system/bootstrap-signer'],
  },
  {
    name: 'system:controller:cloud-provider',
    namespace: 'kube-system',
    rules: ['create,get,list,watch||configmaps'],
    subjects: ['s:kube-system/cloud-provider'],
  },
  {
    name: 'system:controller:token-cleaner',
    namespace: 'kube-system',
    rules: ['delete,get,list,watch||secrets', EVENTS],
    subjects: ['s:kube-system/token-cleaner'],
  },
  leaderLocking('kube-controller-manager'),
  leaderLocking('kube-scheduler'),
  {
    name: 'system:controller:bootstrap-signer',
    namespace: 'kube-public',
    rules: ['READ||configmaps', 'update||configmaps|cluster-info', EVENTS],
    subjects: ['s:kube-system/bootstrap-signer'],
  },
];

function namespacedObjects(): (Role | RoleBinding)[] {
  return NAMESPACED.flatMap(({ name, namespace, rules, binding, subjects }) => [
    {
      apiVersion: API_VERSION,
      kind: 'Role',
      metadata: metaOf(name, namespace),
      rules: rules.map(ruleOf),
    },
    {
      apiVersion: API_VERSION,
      kind: 'RoleBinding',
      metadata: metaOf(binding ?? name, namespace),
      subjects: subjectsOf(subjects),
      roleRef: { apiGroup: RBAC, kind: 'Role', name },
    },
  ]);
}

/** Created at first start, in order; the namespaces kube-system and kube-public must exist. Fresh objects on each call. */
export function bootstrapObjects(): KubeObject[] {
  return [...clusterRoles(), ...clusterRoleBindings(), ...namespacedObjects()] as KubeObject[];
}
