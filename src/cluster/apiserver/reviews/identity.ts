import type { Clock } from '../../../base/clock.ts';
import type { TokenReview, UserInfo } from '../../../kube/api/authentication-v1.ts';
import { asKind, type KubeObject } from '../../../kube/object.ts';
import { badRequest } from '../../../kube/status.ts';
import { formatTime } from '../../../kube/time.ts';
import type { Identity } from '../../../kube/transport.ts';
import type { TokenAuthenticator } from '../authn/authenticator.ts';
import { apiAudiences } from '../authn/service-accounts.ts';
import type { VirtualResource } from '../contracts.ts';

const GROUP = 'authentication.k8s.io';

/** As `kubectl auth whoami` prints it. */
export function userInfoOf({ name, uid, groups, extra }: Identity): UserInfo {
  return {
    username: name,
    ...((uid ?? '') === '' ? {} : { uid }),
    ...(groups.length === 0 ? {} : { groups: [...groups] }),
    ...(extra === undefined || Object.keys(extra).length === 0
      ? {}
      : { extra: Object.fromEntries(Object.entries(extra).map(([key, values]) => [key, [...values]])) }),
  };
}

/** «Who am I?» Mirrors pkg/registry/authentication/selfsubjectreview. */
export function selfSubjectReview(clock: Clock): VirtualResource {
  return {
    group: GROUP,
    version: 'v1',
    plural: 'selfsubjectreviews',
    kind: 'SelfSubjectReview',
    namespaced: false,
    create: (object, { user }) =>
      ({
        ...object,
        metadata: { ...object.metadata, creationTimestamp: formatTime(clock.now()) },
        status: { userInfo: userInfoOf(user) },
      }) as KubeObject,
  };
}

/** «Whose token is this?» Mirrors pkg/registry/authentication/tokenreview. */
export function tokenReview(authenticate: TokenAuthenticator): VirtualResource {
  return {
    group: GROUP,
    version: 'v1',
    plural: 'tokenreviews',
    kind: 'TokenReview',
    namespaced: false,
    create(object) {
      const { spec, metadata } = asKind<TokenReview>(object);
      if ((metadata?.namespace ?? '') !== '')
        throw badRequest(`namespace is not allowed on this type: ${metadata?.namespace}`);
      const token = spec?.token ?? '';
      if (token === '') throw badRequest('token is required for TokenReview in authentication');
      const asked = spec.audiences ?? [];
      const verdict = authenticate(token, asked.length === 0 ? apiAudiences : asked);
      const status = verdict.known
        ? { authenticated: true, user: userInfoOf(verdict.identity), audiences: [...verdict.audiences] }
        : { user: {}, error: verdict.problem };
      return { ...object, status } as KubeObject;
    },
  };
}
