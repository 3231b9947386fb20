import type { ApiResponse } from '../../../kube/transport.ts';
import type { Route } from '../contracts.ts';
import { ISSUER, type TokenSigner } from './service-account-tokens.ts';

/** Where others learn how to check ServiceAccount tokens. Mirrors pkg/serviceaccount/openidmetadata.go. */
export function issuerRoutes(signer: TokenSigner): readonly Route[] {
  const configuration = JSON.stringify({
    issuer: ISSUER,
    jwks_uri: `${ISSUER}/openid/v1/jwks`,
    response_types_supported: ['id_token'],
    subject_types_supported: ['public'],
    id_token_signing_alg_values_supported: [signer.algorithm],
  });
  return [
    {
      path: '/.well-known/openid-configuration',
      handle: ({ info }) => answer(info.verb, 'application/json', configuration),
    },
    {
      path: '/openid/v1/jwks',
      handle: ({ info }) => answer(info.verb, 'application/jwk-set+json', JSON.stringify(signer.jwks())),
    },
  ];
}

function answer(verb: string, type: string, text: string): ApiResponse | undefined {
  if (verb !== 'get') return undefined;
  return {
    status: 200,
    headers: { 'content-type': type, 'cache-control': 'public, max-age=3600' },
    body: { kind: 'bytes', bytes: text },
  };
}
