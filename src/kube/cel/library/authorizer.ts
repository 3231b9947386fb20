import type { Environment } from '@marcbachmann/cel-js';
import { CelNative } from '../types.ts';

/** `authorizer` in policies: asks what somebody may do. Mirrors apiserver/pkg/cel/library/authz.go. */

export interface AccessQuestion {
  readonly verb: string;
  /** For what is no resource. */
  readonly path?: string;
  readonly group: string;
  readonly resource: string;
  readonly subresource: string;
  readonly namespace: string;
  readonly name: string;
}

/** Whom the questions are about, and who answers. */
export interface Access {
  ask(question: AccessQuestion): { readonly allowed: boolean; readonly reason: string };
  /** The same for a ServiceAccount. */
  serviceAccount(namespace: string, name: string): Access;
}

const NOTHING = { group: '', resource: '', subresource: '', namespace: '', name: '' } as const;
type Asked = Omit<AccessQuestion, 'verb' | 'path'>;

/** `request`: what `authorizer.requestResource` asks about. */
export class CelAuthorizer extends CelNative {
  readonly access: Access;
  readonly requestResource: CelResourceCheck;
  constructor(access: Access, request: Partial<Asked> = {}) {
    super();
    this.access = access;
    this.requestResource = new CelResourceCheck(access, { ...NOTHING, ...request });
  }
}

class CelPathCheck extends CelNative {
  readonly access: Access;
  readonly path: string;
  constructor(access: Access, path: string) {
    super();
    this.access = access;
    this.path = path;
  }
}

class CelGroupCheck extends CelNative {
  readonly access: Access;
  readonly group: string;
  constructor(access: Access, group: string) {
    super();
    this.access = access;
    this.group = group;
  }
}

class CelResourceCheck extends CelNative {
  readonly access: Access;
  readonly asked: Asked;
  constructor(access: Access, asked: Asked) {
    super();
    this.access = access;
    this.asked = asked;
  }
  with(part: Partial<Asked>): CelResourceCheck {
    return new CelResourceCheck(this.access, { ...this.asked, ...part });
  }
}

class CelDecision extends CelNative {
  readonly allowed: boolean;
  readonly reason: string;
  constructor({ allowed, reason }: { readonly allowed: boolean; readonly reason: string }) {
    super();
    this.allowed = allowed;
    this.reason = reason;
  }
}

const A = 'kubernetes.authorization.Authorizer';
const P = 'kubernetes.authorization.PathCheck';
const G = 'kubernetes.authorization.GroupCheck';
const R = 'kubernetes.authorization.ResourceCheck';
const D = 'kubernetes.authorization.Decision';

export function registerAuthorizer(environment: Environment): void {
  environment
    .registerType(A, CelAuthorizer)
    .registerType(P, CelPathCheck)
    .registerType(G, CelGroupCheck)
    .registerType(R, CelResourceCheck)
    .registerType(D, CelDecision)
    .registerFunction(
      `${A}.path(string): ${P}`,
      (a: CelAuthorizer, path: string) => new CelPathCheck(a.access, path),
    )
    .registerFunction(
      `${A}.group(string): ${G}`,
      (a: CelAuthorizer, group: string) => new CelGroupCheck(a.access, group),
    )
    .registerFunction(
      `${A}.serviceAccount(string, string): ${A}`,
      (a: CelAuthorizer, namespace: string, name: string) =>
        new CelAuthorizer(a.access.serviceAccount(namespace, name)),
    )
    .registerFunction(
      `${P}.check(string): ${D}`,
      ({ access, path }: CelPathCheck, verb: string) =>
        new CelDecision(access.ask({ ...NOTHING, verb, path })),
    )
    .registerFunction(
      `${G}.resource(string): ${R}`,
      ({ access, group }: CelGroupCheck, resource: string) =>
        new CelResourceCheck(access, { ...NOTHING, group, resource }),
    )
    .registerFunction(`${R}.subresource(string): ${R}`, (r: CelResourceCheck, subresource: string) =>
      r.with({ subresource }),
    )
    .registerFunction(`${R}.namespace(string): ${R}`, (r: CelResourceCheck, namespace: string) =>
      r.with({ namespace }),
    )
    .registerFunction(`${R}.name(string): ${R}`, (r: CelResourceCheck, name: string) => r.with({ name }))
    .registerFunction(
      `${R}.check(string): ${D}`,
      ({ access, asked }: CelResourceCheck, verb: string) => new CelDecision(access.ask({ ...asked, verb })),
    )
    .registerFunction(`${D}.allowed(): bool`, ({ allowed }: CelDecision) => allowed)
    .registerFunction(`${D}.reason(): string`, ({ reason }: CelDecision) => reason)
    .registerFunction(`${D}.errored(): bool`, () => false)
    .registerFunction(`${D}.error(): string`, () => '');
}
