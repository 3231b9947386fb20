import type { Authorizer, Decision, ServerHost } from '../contracts.ts';
import { createNodeAuthorizer } from './node.ts';
import { createRbac, type Rbac } from './rbac.ts';

/** `Node,RBAC` as kube-apiserver's default is here; `AlwaysAllow` for outside suites (`--autorizacion siempre`). */
export type AuthorizationMode = 'rbac' | 'siempre';

const ALLOWED: Decision = { allowed: true, reason: '' };

/** Everybody may do everything. */
const alwaysAllow: Authorizer = { authorize: () => ALLOWED };

/**
 * The authorizers in upstream's order: whoever is in system:masters may do everything, then Node, then RBAC; the reasons
 * of those that say no are told together. Mirrors apiserver/pkg/authorization/union.
 */
export function createAuthorizer(
  host: Pick<ServerHost, 'follow' | 'reader'>,
  mode: AuthorizationMode,
): { readonly authorizer: Authorizer; readonly rbac: Rbac } {
  const rbac = createRbac(host.follow);
  if (mode === 'siempre') return { authorizer: alwaysAllow, rbac };
  const node = createNodeAuthorizer(host);
  return {
    rbac,
    authorizer: {
      authorize(query) {
        if (query.user.groups.includes('system:masters')) return ALLOWED;
        const first = node.authorize(query);
        if (first.allowed) return first;
        const second = rbac.authorize(query);
        if (second.allowed || first.reason === '') return second;
        return { allowed: false, reason: [first.reason, second.reason].filter((r) => r !== '').join('\n') };
      },
    },
  };
}
