import type { KeyObject } from 'node:crypto';
import { type Clock, systemClock } from '../base/clock.ts';
import type { Random } from '../base/random.ts';
import type { BuiltinSchemas } from '../kube/schema/load.ts';
import { admissionNames, admissionPlugins, unknownAdmission } from './apiserver/admission/index.ts';
import { systemPriorityClasses } from './apiserver/admission/system-priority-classes.ts';
import { createAuthenticator, createTokenAuthenticator } from './apiserver/authn/authenticator.ts';
import { issuerRoutes } from './apiserver/authn/issuer-discovery.ts';
import { createTokenSigner } from './apiserver/authn/service-account-tokens.ts';
import type { TokenTable } from './apiserver/authn/token-file.ts';
import { tokenSubresource } from './apiserver/authn/token-request.ts';
import { createAuthorizer } from './apiserver/authz/authorizer.ts';
import { bootstrapObjects } from './apiserver/authz/bootstrap.ts';
import type { ServerHost, ServerParts } from './apiserver/contracts.ts';
import { localApiServices } from './apiserver/discovery/local-api-services.ts';
import { discoveryRoutes } from './apiserver/discovery/routes.ts';
import { metricsApi } from './apiserver/metrics/metrics-api.ts';
import type { NodeAccess } from './apiserver/node-access.ts';
import { customSchemasOf } from './apiserver/openapi/customs.ts';
import { lazyKubeDocs } from './apiserver/openapi/docs.ts';
import { openApiRoutes } from './apiserver/openapi/routes.ts';
import { reviewResources } from './apiserver/reviews/index.ts';
import { connectSubresources } from './apiserver/subresources/connect.ts';
import type { ClusterSettings } from './control/contract.ts';
import { didYouMean, OptionRefused } from './options.ts';
import { kubernetesVersion } from './version.ts';

export interface ApiPartsOptions {
  readonly settings: Pick<ClusterSettings, 'authorization' | 'admissionOff'>;
  readonly serviceAccountKey: KeyObject;
  readonly tokens: TokenTable | undefined;
  readonly schemas: BuiltinSchemas;
  /** What every field is for: `dist/kube-docs.json.gz`. Without it, nothing is explained. */
  readonly docsFile: string;
  /** The way to the kubelets. */
  readonly nodes: NodeAccess;
  /** Whether metrics.k8s.io is served, as with metrics-server. */
  readonly metrics: boolean;
  readonly clock: Clock;
  readonly random: Random;
}

/** Throws `OptionRefused` when `--admision-sin` names what is not there. */
export function checkAdmission(off: readonly string[]): void {
  const unknown = unknownAdmission(off);
  if (unknown.length === 0) return;
  throw new OptionRefused(
    `\`--admision-sin\`: no hay ningún plugin de admisión llamado ${unknown.join(', ')}.`,
    `${didYouMean(unknown, admissionNames)}Hay: ${admissionNames.join(', ')}.`,
  );
}

/** Everything that is plugged into one master's API server, in one place. */
export function apiParts(options: ApiPartsOptions): (host: ServerHost) => ServerParts {
  const { clock, random, settings, tokens, nodes } = options;
  const signer = createTokenSigner(options.serviceAccountKey, clock);
  const docs = lazyKubeDocs(options.docsFile);
  return (host) => {
    const sync = () => host.store.sync();
    const { authorizer, rbac } = createAuthorizer(host, settings.authorization);
    const metrics: Pick<ServerParts, 'computed' | 'bootstrap'> = options.metrics
      ? metricsApi(nodes, host.reader)
      : {};
    const authenticate = createTokenAuthenticator({ reader: host.reader, clock, signer, tokens });
    return {
      authenticators: [createAuthenticator(authenticate, sync)],
      authorizer,
      admission: admissionPlugins(
        { clock, random, authorizer, rules: rbac, catalog: host.catalog, sync },
        settings.admissionOff,
      ),
      routes: [
        ...issuerRoutes(signer),
        ...discoveryRoutes(host.catalog),
        ...openApiRoutes({
          catalog: host.catalog,
          schemas: options.schemas,
          docs,
          customs: customSchemasOf(host.reader),
          version: kubernetesVersion.gitVersion,
        }),
      ],
      subresources: [
        tokenSubresource(signer, clock, random, sync),
        ...connectSubresources({ nodes, clock, wire: systemClock }),
      ],
      virtuals: reviewResources({ authorizer, rules: rbac, authenticate, clock }),
      ...(metrics.computed === undefined ? {} : { computed: metrics.computed }),
      bootstrap: [
        ...bootstrapObjects(),
        ...systemPriorityClasses(),
        ...localApiServices(),
        ...(metrics.bootstrap ?? []),
      ],
    };
  };
}
