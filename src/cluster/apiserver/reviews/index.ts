import type { Clock } from '../../../base/clock.ts';
import type { TokenAuthenticator } from '../authn/authenticator.ts';
import type { RuleResolver } from '../authz/rbac.ts';
import type { Authorizer, VirtualResource } from '../contracts.ts';
import { accessReviews } from './access.ts';
import { selfSubjectReview, tokenReview } from './identity.ts';
import { rulesReview } from './rules.ts';

/** The kinds that are only asked and answered. */
export function reviewResources(parts: {
  readonly authorizer: Authorizer;
  readonly rules: RuleResolver | undefined;
  readonly authenticate: TokenAuthenticator;
  readonly clock: Clock;
}): readonly VirtualResource[] {
  return [
    ...accessReviews(parts.authorizer),
    rulesReview(parts.rules),
    selfSubjectReview(parts.clock),
    tokenReview(parts.authenticate),
  ];
}
