import type { HealthCheck } from '../contracts.ts';

/** Upstream's names for what a server does before it is ready, as `?verbose` lists them. */
const hooks: readonly string[] = [
  'start-apiserver-admission-initializer',
  'generic-apiserver-start-informers',
  'priority-and-fairness-config-consumer',
  'priority-and-fairness-filter',
  'storage-object-count-tracker-hook',
  'start-apiextensions-informers',
  'start-apiextensions-controllers',
  'crd-informer-synced',
  'start-system-namespaces-controller',
  'start-cluster-authentication-info-controller',
  'start-kube-apiserver-identity-lease-controller',
  'start-kube-apiserver-identity-lease-garbage-collector',
  'start-legacy-token-tracking-controller',
  'start-service-ip-repair-controllers',
  'rbac/bootstrap-roles',
  'scheduling/bootstrap-system-priority-classes',
  'priority-and-fairness-config-producer',
  'bootstrap-controller',
  'aggregator-reload-proxy-client-cert',
  'start-kube-aggregator-informers',
  'apiservice-registration-controller',
  'apiservice-wait-for-first-sync',
  'apiservice-discovery-controller',
  'kube-apiserver-autoregistration',
];
const lateHooks = ['apiservice-openapi-controller', 'apiservice-openapiv3-controller'];

/** Here all of them are one start: each says whether it is over. */
export function startHookChecks(isStarted: () => boolean): readonly HealthCheck[] {
  const check = () => (isStarted() ? undefined : 'not finished');
  const named = (name: string): HealthCheck => ({ name, on: ['healthz', 'livez', 'readyz'], check });
  return [
    ...hooks.map((name) => named(`poststarthook/${name}`)),
    named('autoregister-completion'),
    ...lateHooks.map((name) => named(`poststarthook/${name}`)),
  ];
}
