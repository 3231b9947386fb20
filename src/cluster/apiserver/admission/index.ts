import type { Clock } from '../../../base/clock.ts';
import type { Random } from '../../../base/random.ts';
import type { RuleResolver } from '../authz/rbac.ts';
import type { AdmissionPlugin, Authorizer, Catalog } from '../contracts.ts';
import { certificateApproval, certificateSigning, certificateSubjectRestriction } from './certificates.ts';
import { defaultIngressClass } from './default-ingress-class.ts';
import { defaultStorageClass } from './default-storage-class.ts';
import { defaultTolerationSeconds } from './default-toleration-seconds.ts';
import { limitRanger } from './limit-ranger.ts';
import { namespaceLifecycle } from './namespace-lifecycle.ts';
import { persistentVolumeClaimResize } from './persistent-volume-claim-resize.ts';
import { podSecurity } from './pod-security.ts';
import { priority } from './priority.ts';
import { rbacEscalation } from './rbac-escalation.ts';
import { resourceQuota } from './resource-quota.ts';
import { runtimeClass } from './runtime-class.ts';
import { serviceAccountPlugin } from './service-account.ts';
import { storageObjectInUseProtection } from './storage-object-in-use-protection.ts';
import { taintNodesByCondition } from './taint-nodes-by-condition.ts';
import { validatingAdmissionPolicy } from './validating-admission-policy.ts';
import { mutatingWebhooks, validatingWebhooks } from './webhooks.ts';

export interface AdmissionDeps {
  readonly clock: Clock;
  readonly random: Random;
  readonly authorizer: Authorizer;
  readonly rules: RuleResolver;
  readonly catalog: Catalog;
  /** Resolves once everything acknowledged anywhere can be read here. */
  readonly sync: () => Promise<void>;
}

/** Upstream's plugins that are on by default, in upstream's order (pkg/kubeapiserver/options/plugins.go). */
const plugins: readonly { readonly name: string; make(deps: AdmissionDeps): AdmissionPlugin }[] = [
  { name: 'NamespaceLifecycle', make: ({ sync }) => namespaceLifecycle(sync) },
  { name: 'LimitRanger', make: () => limitRanger },
  { name: 'ServiceAccount', make: ({ random, sync }) => serviceAccountPlugin(random, sync) },
  { name: 'TaintNodesByCondition', make: () => taintNodesByCondition },
  { name: 'PodSecurity', make: () => podSecurity },
  { name: 'Priority', make: () => priority },
  { name: 'DefaultTolerationSeconds', make: () => defaultTolerationSeconds },
  { name: 'DefaultStorageClass', make: () => defaultStorageClass },
  { name: 'StorageObjectInUseProtection', make: () => storageObjectInUseProtection },
  { name: 'PersistentVolumeClaimResize', make: () => persistentVolumeClaimResize },
  { name: 'RuntimeClass', make: () => runtimeClass },
  { name: 'CertificateApproval', make: ({ authorizer }) => certificateApproval(authorizer) },
  { name: 'CertificateSigning', make: ({ authorizer }) => certificateSigning(authorizer) },
  { name: 'CertificateSubjectRestriction', make: () => certificateSubjectRestriction },
  { name: 'DefaultIngressClass', make: () => defaultIngressClass },
  { name: 'MutatingAdmissionWebhook', make: (deps) => mutatingWebhooks(deps.catalog, deps.authorizer) },
  {
    name: 'ValidatingAdmissionPolicy',
    make: (deps) => validatingAdmissionPolicy(deps.catalog, deps.authorizer),
  },
  { name: 'ValidatingAdmissionWebhook', make: (deps) => validatingWebhooks(deps.catalog, deps.authorizer) },
  { name: 'ResourceQuota', make: ({ clock }) => resourceQuota(clock) },
];

/** What `--admision-sin` may name. */
export const admissionNames: readonly string[] = plugins.map(({ name }) => name);

/** Those of `off` that are no plugin: an error for whoever gave them. */
export function unknownAdmission(off: readonly string[]): readonly string[] {
  return off.filter((name) => !admissionNames.includes(name));
}

/** The plugins without those in `off`. That nobody grants what they do not have cannot be switched off. */
export function admissionPlugins(
  deps: AdmissionDeps,
  off: readonly string[] = [],
): readonly AdmissionPlugin[] {
  return [
    ...plugins.filter(({ name }) => !off.includes(name)).map(({ make }) => make(deps)),
    rbacEscalation(deps.rules, deps.authorizer),
  ];
}
