import { generateKeyPairSync } from 'node:crypto';
import { beforeEach, describe, expect, test } from 'vitest';
import {
  createAuthenticator,
  createTokenAuthenticator,
} from '../../../../src/cluster/apiserver/authn/authenticator.ts';
import { createTokenSigner, ISSUER } from '../../../../src/cluster/apiserver/authn/service-account-tokens.ts';
import type { ApiRequest } from '../../../../src/kube/transport.ts';
import { FakeClock } from '../../../helpers/fakeClock.ts';
import { FakeObjects } from '../../../helpers/fakeObjects.ts';

const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey;
const account = {
  apiVersion: 'v1',
  kind: 'ServiceAccount',
  metadata: { name: 'ana', namespace: 'obrador', uid: 'u-1' },
};
const pod = { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'p', namespace: 'obrador', uid: 'u-p' } };
const spec = {
  namespace: 'obrador',
  serviceAccount: { name: 'ana', uid: 'u-1' },
  audiences: [ISSUER],
  lifetimeSeconds: 600,
  id: 'j-1',
};

let clock: FakeClock;
let objects: FakeObjects;
beforeEach(() => {
  clock = new FakeClock(1_700_000_000_000);
  objects = new FakeObjects(account, pod);
});

function requestWith(authorization: string): ApiRequest {
  return { method: 'GET', url: '/', headers: { authorization }, signal: new AbortController().signal };
}

describe.each([
  ['ES256', ec],
  ['RS256', rsa],
] as const)('%s', (algorithm, key) => {
  test('a token speaks for its account until it expires', () => {
    const signer = createTokenSigner(key, clock);
    expect(signer.algorithm).toBe(algorithm);
    const ask = createTokenAuthenticator({ reader: objects.reader, clock, signer });
    const { token } = signer.issue(spec);
    expect(ask(token, [ISSUER])).toEqual({
      known: true,
      audiences: [ISSUER],
      identity: {
        name: 'system:serviceaccount:obrador:ana',
        uid: 'u-1',
        groups: ['system:serviceaccounts', 'system:serviceaccounts:obrador', 'system:authenticated'],
        extra: { 'authentication.kubernetes.io/credential-id': ['JTI=j-1'] },
        via: 'ServiceAccount',
      },
    });
    void clock.advance(600_000);
    clock = new FakeClock(1_700_000_600_000);
    const later = createTokenAuthenticator({ reader: objects.reader, clock, signer });
    expect(later(token, [ISSUER])).toEqual({
      known: false,
      problem: '[invalid bearer token, service account token has expired]',
      perhapsLater: false,
    });
  });
});

test('a changed token, another key and another algorithm are refused', () => {
  const signer = createTokenSigner(ec, clock);
  const { token } = signer.issue(spec);
  const [head, body, signature] = token.split('.');
  const forged = JSON.parse(Buffer.from(body ?? '', 'base64url').toString());
  forged.sub = 'system:serviceaccount:kube-system:jefe';
  const other = Buffer.from(JSON.stringify(forged)).toString('base64url');
  const none = Buffer.from('{"alg":"none"}').toString('base64url');
  expect(signer.read(`${head}.${other}.${signature}`)).toBeUndefined();
  expect(signer.read(`${none}.${body}.`)).toBeUndefined();
  expect(signer.read(createTokenSigner(rsa, clock).issue(spec).token)).toBeUndefined();
  expect(signer.read('mal')).toBeUndefined();
  expect(signer.read('a.b.c'.padEnd(20_000, 'x'))).toBeUndefined();
  expect(signer.read(token)?.serviceAccount.name).toBe('ana');
});

test('what a token is bound to must still be there', () => {
  const signer = createTokenSigner(ec, clock);
  const ask = createTokenAuthenticator({ reader: objects.reader, clock, signer });
  const bound = signer.issue({
    ...spec,
    pod: { name: 'p', uid: 'u-p' },
    node: { name: 'n', uid: 'u-n' },
  }).token;
  const verdict = ask(bound, [ISSUER]);
  expect(verdict.known && verdict.identity.extra).toMatchObject({
    'authentication.kubernetes.io/pod-name': ['p'],
    'authentication.kubernetes.io/node-name': ['n'],
  });
  objects.put({ ...pod, metadata: { ...pod.metadata, uid: 'another' } });
  expect(ask(bound, [ISSUER])).toMatchObject({ known: false });
  objects.remove(account);
  expect(ask(signer.issue(spec).token, [ISSUER])).toMatchObject({ known: false });
  objects.put({ ...account, metadata: { ...account.metadata, uid: 'born-again' } });
  expect(ask(signer.issue(spec).token, [ISSUER])).toMatchObject({ known: false });
});

test('a token for somebody else is not for the API', () => {
  const signer = createTokenSigner(ec, clock);
  const ask = createTokenAuthenticator({ reader: objects.reader, clock, signer });
  const { token } = signer.issue({ ...spec, audiences: ['panaderia'] });
  expect(ask(token, [ISSUER])).toEqual({
    known: false,
    problem: `[invalid bearer token, token audiences ["panaderia"] is invalid for the target audiences ["${ISSUER}"]]`,
    perhapsLater: false,
  });
  expect(ask(token, ['panaderia', 'otra'])).toMatchObject({ known: true, audiences: ['panaderia'] });
});

test('a token in a Secret lives as long as the Secret', () => {
  const signer = createTokenSigner(ec, clock);
  const ask = createTokenAuthenticator({ reader: objects.reader, clock, signer });
  const token = signer.issueLegacy('obrador', { name: 'ana', uid: 'u-1' }, 'vieja');
  expect(ask(token, [ISSUER])).toMatchObject({ known: false });
  const secret = {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: 'vieja', namespace: 'obrador', uid: 'u-s' },
    data: { token: Buffer.from(token).toString('base64') },
  };
  objects.put(secret);
  expect(ask(token, [ISSUER])).toMatchObject({ known: true });
  objects.put({ ...secret, data: { token: '' } });
  expect(ask(token, [ISSUER])).toMatchObject({ known: false });
});

test('who presents nothing is anonymous, and who presents something bad is nobody', () => {
  const signer = createTokenSigner(ec, clock);
  const tokens = new Map([['abc', { name: 'bea', groups: ['hornos'], via: 'Token' }]]);
  const authenticator = createAuthenticator(
    createTokenAuthenticator({ reader: objects.reader, clock, signer, tokens }),
    async () => {},
  );
  const anonymous = { name: 'system:anonymous', groups: ['system:unauthenticated'] };
  for (const header of ['', 'Basic YTpi', 'Bearer', 'Bearer '])
    expect(authenticator.authenticate(requestWith(header))).toMatchObject(anonymous);
  expect(authenticator.authenticate(requestWith('bearer abc'))).toMatchObject({
    name: 'bea',
    groups: ['hornos', 'system:authenticated'],
  });
  expect(() => authenticator.authenticate(requestWith('Bearer mal'))).toThrow('Unauthorized');
  const identity = { name: 'kubernetes-admin', groups: ['system:masters'], via: 'X509' };
  expect(authenticator.authenticate({ ...requestWith('Bearer mal'), identity })).toMatchObject({
    groups: ['system:masters', 'system:authenticated'],
  });
});

test('a token younger than what is known here is waited for', async () => {
  const signer = createTokenSigner(ec, clock);
  const here = new FakeObjects();
  const authenticator = createAuthenticator(
    createTokenAuthenticator({ reader: here.reader, clock, signer }),
    async () => here.put(account),
  );
  const { token } = signer.issue(spec);
  expect(await authenticator.authenticate(requestWith(`Bearer ${token}`))).toMatchObject({ uid: 'u-1' });
  here.remove(account);
  const gone = createAuthenticator(
    createTokenAuthenticator({ reader: here.reader, clock, signer }),
    async () => {},
  );
  await expect(Promise.resolve(gone.authenticate(requestWith(`Bearer ${token}`)))).rejects.toThrow(
    'Unauthorized',
  );
});
