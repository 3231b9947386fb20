import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { createTokenAuthenticator } from '../../../../src/cluster/apiserver/authn/authenticator.ts';
import { createTokenSigner } from '../../../../src/cluster/apiserver/authn/service-account-tokens.ts';
import { createAuthorizer } from '../../../../src/cluster/apiserver/authz/authorizer.ts';
import { bootstrapObjects } from '../../../../src/cluster/apiserver/authz/bootstrap.ts';
import type { RequestContext } from '../../../../src/cluster/apiserver/contracts.ts';
import { reviewResources } from '../../../../src/cluster/apiserver/reviews/index.ts';
import { asDict, type KubeObject } from '../../../../src/kube/object.ts';
import { StatusError } from '../../../../src/kube/status.ts';
import type { Identity } from '../../../../src/kube/transport.ts';
import { ana } from '../../../helpers/admission.ts';
import { FakeClock } from '../../../helpers/fakeClock.ts';
import { FakeObjects } from '../../../helpers/fakeObjects.ts';

const RBAC = 'rbac.authorization.k8s.io';
const clock = new FakeClock(1_700_000_000_000);
const objects = new FakeObjects(...bootstrapObjects(), {
  apiVersion: `${RBAC}/v1`,
  kind: 'RoleBinding',
  metadata: { name: 'b', namespace: 'obrador' },
  subjects: [{ kind: 'User', name: 'ana' }],
  roleRef: { apiGroup: RBAC, kind: 'ClusterRole', name: 'view' },
});
const { authorizer, rbac } = createAuthorizer(objects, 'rbac');
const signer = createTokenSigner(generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey, clock);
const tokens = new Map([['abc', { name: 'bea', uid: 'u', groups: ['hornos'], via: 'Token' }]]);
const authenticate = createTokenAuthenticator({ reader: objects.reader, clock, signer, tokens });
const virtuals = reviewResources({ authorizer, rules: rbac, authenticate, clock });

/** The answer's status, or the refusal. */
async function ask(kind: string, spec: object, user: Identity = ana, namespace = ''): Promise<unknown> {
  const virtual = virtuals.find((one) => one.kind === kind);
  const object = { apiVersion: 'v1', kind, metadata: {}, spec } as unknown as KubeObject;
  const context = { user, info: { namespace } } as unknown as RequestContext;
  try {
    const answer = await virtual?.create(object, context);
    return answer === undefined ? undefined : asDict(answer)['status'];
  } catch (error) {
    if (error instanceof StatusError) return `${error.status.code} ${error.message}`;
    throw error;
  }
}
const pods = (verb: string) => ({ resourceAttributes: { namespace: 'obrador', verb, resource: 'pods' } });
const invalid = '422 .authorization.k8s.io "" is invalid: ';

describe('access reviews', () => {
  test.each([
    [
      pods('get'),
      {
        allowed: true,
        reason: 'RBAC: allowed by RoleBinding "b/obrador" of ClusterRole "view" to User "ana"',
      },
    ],
    [pods('create'), { allowed: false }],
    [{ nonResourceAttributes: { path: '/metrics', verb: 'get' } }, { allowed: false }],
    [
      {},
      `${invalid}spec.resourceAttributes: Invalid value: "null": exactly one of nonResourceAttributes or resourceAttributes must be specified`,
    ],
    [
      { resourceAttributes: {}, nonResourceAttributes: { path: '/a' } },
      `${invalid}spec.nonResourceAttributes: Invalid value: authorization.NonResourceAttributes{Path:"/a", Verb:""}: cannot be specified in combination with resourceAttributes`,
    ],
  ])('of oneself: %j', async (spec, status) => {
    expect(await ask('SelfSubjectAccessReview', spec)).toEqual(status);
  });

  test.each([
    [
      { ...pods('get'), user: 'ana' },
      { allowed: true, reason: expect.stringContaining('User "ana"') },
    ],
    [{ ...pods('delete'), groups: ['system:masters'] }, { allowed: true }],
    [pods('get'), `${invalid}spec.user: Invalid value: "": at least one of user or group must be specified`],
    [
      { user: 'ana', resourceAttributes: { verb: 'list', fieldSelector: {} } },
      `${invalid}spec.resourceAttributes.fieldSelector.requirements: Required value: when spec.resourceAttributes.fieldSelector is specified, requirements or rawSelector is required`,
    ],
    [
      {
        user: 'ana',
        resourceAttributes: {
          labelSelector: { rawSelector: 'a', requirements: [{ key: 'a', operator: 'Exists' }] },
        },
      },
      `${invalid}spec.resourceAttributes.labelSelector.rawSelector: Invalid value: "a": may not specified at the same time as requirements`,
    ],
  ])('of somebody: %j', async (spec, status) => {
    expect(await ask('SubjectAccessReview', spec)).toEqual(status);
  });

  test('of somebody here', async () => {
    const spec = { ...pods('get'), user: 'ana' };
    expect(await ask('LocalSubjectAccessReview', spec, ana, 'obrador')).toMatchObject({ allowed: true });
    expect(await ask('LocalSubjectAccessReview', spec, ana, 'otro')).toBe(
      `${invalid}spec.resourceAttributes.namespace: Invalid value: "obrador": must match metadata.namespace`,
    );
  });
});

test('what one may do here', async () => {
  const status = await ask('SelfSubjectRulesReview', { namespace: 'obrador' });
  expect(status).toMatchObject({
    incomplete: false,
    resourceRules: expect.arrayContaining([
      { verbs: ['get', 'list', 'watch'], apiGroups: [''], resources: ['namespaces'] },
      { verbs: ['create'], apiGroups: ['authentication.k8s.io'], resources: ['selfsubjectreviews'] },
    ]),
    nonResourceRules: expect.arrayContaining([
      { verbs: ['get'], nonResourceURLs: ['/healthz', '/livez', '/readyz', '/version', '/version/'] },
    ]),
  });
  expect(await ask('SelfSubjectRulesReview', {})).toBe('400 no namespace on request');
  const node = { name: 'system:node:n', groups: ['system:nodes'], via: 'Test' };
  expect(await ask('SelfSubjectRulesReview', { namespace: 'obrador' }, node)).toMatchObject({
    incomplete: true,
    evaluationError: 'node authorizer does not support user rule resolution',
  });
});

test('who one is, and whose a token is', async () => {
  expect(await ask('SelfSubjectReview', {}, { ...ana, extra: { turno: ['noche'] } })).toEqual({
    userInfo: { username: 'ana', groups: ['system:authenticated'], extra: { turno: ['noche'] } },
  });
  expect(await ask('TokenReview', { token: 'abc' })).toEqual({
    authenticated: true,
    user: { username: 'bea', uid: 'u', groups: ['hornos', 'system:authenticated'] },
    audiences: ['https://kubernetes.default.svc'],
  });
  expect(await ask('TokenReview', { token: 'mal' })).toEqual({ user: {}, error: 'invalid bearer token' });
  expect(await ask('TokenReview', {})).toBe('400 token is required for TokenReview in authentication');
});
