import type { Clock } from '../../../base/clock.ts';
import { unauthorized } from '../../../kube/status.ts';
import type { Identity } from '../../../kube/transport.ts';
import type { Authenticator, ObjectReader } from '../contracts.ts';
import { bearerTokenOf } from './bearer.ts';
import type { TokenSigner } from './service-account-tokens.ts';
import { apiAudiences, type TokenVerdict, verifyServiceAccountToken } from './service-accounts.ts';
import type { TokenTable } from './token-file.ts';

export interface AuthenticationDeps {
  readonly reader: ObjectReader;
  readonly clock: Clock;
  readonly signer: TokenSigner;
  /** `--fichero-tokens` */
  readonly tokens?: TokenTable | undefined;
}

/** Says who a bearer token speaks for; also what TokenReview asks. The identity has system:authenticated. */
export type TokenAuthenticator = (token: string, audiences: readonly string[]) => TokenVerdict;

const ANONYMOUS: Identity = {
  name: 'system:anonymous',
  groups: ['system:unauthenticated'],
  via: 'Anonymous',
};

/**
 * The X.509 subject or component that the caller vouches for, else a bearer token, else nobody (`system:anonymous`).
 * `sync` waits until everything acknowledged elsewhere can be read here: a token may be younger than what is known.
 */
export function createAuthenticator(
  tokenAuthenticator: TokenAuthenticator,
  sync: () => Promise<void>,
): Authenticator {
  const withGroup = new WeakMap<Identity, Identity>();
  return {
    authenticate(request) {
      const { identity } = request;
      if (identity !== undefined) {
        const known = withGroup.get(identity) ?? authenticated(identity);
        withGroup.set(identity, known);
        return known;
      }
      const token = bearerTokenOf(request);
      if (token === '') return ANONYMOUS;
      const verdict = tokenAuthenticator(token, apiAudiences);
      if (verdict.known) return verdict.identity;
      if (!verdict.perhapsLater) throw unauthorized();
      return sync().then(() => {
        const late = tokenAuthenticator(token, apiAudiences);
        if (!late.known) throw unauthorized();
        return late.identity;
      });
    },
  };
}

/** Static tokens first, then those of ServiceAccounts, as upstream's union. */
export function createTokenAuthenticator(deps: AuthenticationDeps): TokenAuthenticator {
  const { signer, reader, clock, tokens } = deps;
  return (token, audiences) => {
    const fixed = tokens?.get(token);
    if (fixed !== undefined) {
      const wanted = apiAudiences.filter((audience) => audiences.includes(audience));
      if (wanted.length > 0) return { known: true, identity: authenticated(fixed), audiences: wanted };
    }
    const verdict = verifyServiceAccountToken(token, audiences, signer, reader, clock);
    if (verdict.known) return { ...verdict, identity: authenticated(verdict.identity) };
    const problem = 'invalid bearer token';
    return {
      ...verdict,
      problem: verdict.problem === '' ? problem : `[${problem}, ${verdict.problem}]`,
    };
  };
}

/** Mirrors apiserver's AuthenticatedGroupAdder. */
function authenticated(identity: Identity): Identity {
  const { groups } = identity;
  if (groups.includes('system:authenticated') || groups.includes('system:unauthenticated')) return identity;
  return { ...identity, groups: [...groups, 'system:authenticated'] };
}
