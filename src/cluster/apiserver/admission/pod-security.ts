import type { CronJob, Job } from '../../../kube/api/batch-v1.ts';
import type { Namespace, Pod, PodSpec, PodTemplate, PodTemplateSpec } from '../../../kube/api/core-v1.ts';
import type { ObjectMeta } from '../../../kube/api/meta-v1.ts';
import { invalidObject } from '../../../kube/field-error.ts';
import { asKind, equalJson, type KubeObject } from '../../../kube/object.ts';
import type { AdmissionPlugin, AdmissionRequest, ObjectReader } from '../contracts.ts';
import { refusal, writes } from './attributes.ts';
import {
  detailsOf,
  type LevelVersion,
  levelText,
  notStricter,
  type Policy,
  policyOf,
  violationsOf,
} from './pod-security/policy.ts';

const ANNOTATIONS = 'pod-security.kubernetes.io/';
const CONTROLLERS = new Set([
  '/podtemplates',
  '/replicationcontrollers',
  'apps/replicasets',
  'apps/deployments',
  'apps/statefulsets',
  'apps/daemonsets',
  'batch/jobs',
  'batch/cronjobs',
]);
/** Subresources of Pods that change nothing the levels speak of. */
const HARMLESS = new Set(['exec', 'attach', 'binding', 'eviction', 'log', 'portforward', 'proxy', 'status']);
const maxPodsChecked = 3000;

/** The Pod Security Standards, as the namespace's labels ask. Mirrors pod-security-admission/admission. */
export const podSecurity: AdmissionPlugin = {
  name: 'PodSecurity',
  validate(request, reader) {
    const { info, operation } = request;
    if (operation !== 'CREATE' && operation !== 'UPDATE') return;
    if (info.group === '' && info.resource === 'namespaces') checkNamespace(request, reader);
    else if (info.group === '' && info.resource === 'pods') checkPod(request, reader);
    else if (CONTROLLERS.has(`${info.group}/${info.resource}`)) checkTemplate(request, reader);
  },
};

function checkNamespace(request: AdmissionRequest, reader: ObjectReader): void {
  const { object, oldObject } = request;
  if (object === undefined || !writes(request, '', 'namespaces')) return;
  const now = policyOf(object.metadata.labels);
  const before = policyOf(oldObject?.metadata.labels);
  const { name } = object.metadata;
  if (now.errors.length > 0 && (oldObject === undefined || !equalJson(now.errors, before.errors)))
    throw invalidObject('', 'Namespace', name ?? '', now.errors);
  if (oldObject === undefined) return;
  const { enforce } = now.policy;
  const old = before.policy.enforce;
  if (enforce.level === 'privileged') return;
  if (enforce.minor === old.minor && notStricter(enforce, old)) return;
  for (const text of existingPodWarnings(name ?? '', enforce, reader)) request.warn(text);
}

/** Which Pods that are there already the new level would not let in. */
function existingPodWarnings(
  namespace: string,
  enforce: LevelVersion,
  reader: ObjectReader,
): readonly string[] {
  const pods = oneOfEachControllerFirst(reader.list<KubeObject>('', 'pods', namespace));
  const byReason = new Map<string, { first: string; count: number }>();
  for (const object of pods.slice(0, maxPodsChecked)) {
    const { spec, metadata = {} } = asKind<Pod>(object);
    if (spec === undefined) continue;
    const reasons = violationsOf(enforce, metadata, spec).map(({ reason }) => reason);
    if (reasons.length === 0) continue;
    const name = metadata.name ?? '';
    const known = byReason.get(reasons.join(', ')) ?? { first: name, count: 0 };
    const first = name < known.first ? name : known.first;
    byReason.set(reasons.join(', '), { first, count: known.count + 1 });
  }
  const others = (count: number) =>
    count === 1 ? '' : count === 2 ? ' (and 1 other pod)' : ` (and ${count - 1} other pods)`;
  return [
    ...(pods.length > maxPodsChecked
      ? [
          `new PodSecurity enforce level only checked against the first ${maxPodsChecked} of ${pods.length} existing pods`,
        ]
      : []),
    ...(byReason.size > 0
      ? [
          `existing pods in namespace ${JSON.stringify(namespace)} violate the new PodSecurity enforce level "${levelText(enforce)}"`,
        ]
      : []),
    ...[...byReason].map(([reason, { first, count }]) => `${first}${others(count)}: ${reason}`).sort(),
  ];
}

function oneOfEachControllerFirst(pods: readonly KubeObject[]): readonly KubeObject[] {
  const seen = new Set<string>();
  const first: KubeObject[] = [];
  const rest: KubeObject[] = [];
  for (const pod of pods) {
    const owner = pod.metadata.ownerReferences?.find(({ controller }) => controller === true)?.uid;
    (owner !== undefined && seen.has(owner) ? rest : first).push(pod);
    if (owner !== undefined) seen.add(owner);
  }
  return [...first, ...rest];
}

function namespacePolicy(request: AdmissionRequest, reader: ObjectReader): Policy {
  const found = reader.get<KubeObject>('', 'namespaces', '', request.namespace);
  return policyOf(found === undefined ? undefined : asKind<Namespace>(found).metadata?.labels).policy;
}

function checkPod(request: AdmissionRequest, reader: ObjectReader): void {
  const { object, oldObject, info } = request;
  if (object === undefined || HARMLESS.has(info.subresource)) return;
  const policy = namespacePolicy(request, reader);
  if (Object.values(policy).every(({ level }: LevelVersion) => level === 'privileged')) return;
  const { spec, metadata = {} } = asKind<Pod>(object);
  if (spec === undefined) return;
  const old = oldObject && asKind<Pod>(oldObject).spec;
  if (old !== undefined && !isSignificant(spec, old)) return;
  evaluate(request, policy, metadata, spec, true);
}

/** Only images and ephemeral containers of a running Pod matter. */
function isSignificant(spec: PodSpec, old: PodSpec): boolean {
  const images = (list: readonly { name: string; image?: string | undefined }[] | undefined) =>
    (list ?? []).map(({ image }) => image);
  if (!equalJson(images(spec.containers), images(old.containers))) return true;
  if (!equalJson(images(spec.initContainers), images(old.initContainers))) return true;
  return (spec.ephemeralContainers ?? []).some(
    ({ name, image }) =>
      (old.ephemeralContainers ?? []).find((known) => known.name === name)?.image !== image,
  );
}

function checkTemplate(request: AdmissionRequest, reader: ObjectReader): void {
  const { object, info } = request;
  if (object === undefined || info.subresource !== '') return;
  const policy = namespacePolicy(request, reader);
  if (policy.warn.level === 'privileged' && policy.audit.level === 'privileged') return;
  const template = templateOf(info.resource, object);
  if (template?.spec !== undefined) evaluate(request, policy, template.metadata ?? {}, template.spec, false);
}

function templateOf(resource: string, object: KubeObject): PodTemplateSpec | undefined {
  if (resource === 'podtemplates') return asKind<PodTemplate>(object).template;
  if (resource === 'cronjobs') return asKind<CronJob>(object).spec?.jobTemplate?.spec?.template;
  return asKind<Job>(object).spec?.template;
}

function evaluate(
  request: AdmissionRequest,
  { enforce, audit, warn }: Policy,
  metadata: ObjectMeta,
  spec: PodSpec,
  enforces: boolean,
): void {
  const would = (level: LevelVersion): string | undefined => {
    const violations = violationsOf(level, metadata, spec);
    return violations.length === 0
      ? undefined
      : `violate PodSecurity "${levelText(level)}": ${detailsOf(violations)}`;
  };
  const audited = would(audit);
  if (audited !== undefined) request.annotate(`${ANNOTATIONS}audit-violations`, `would ${audited}`);
  if (enforces) {
    request.annotate(`${ANNOTATIONS}enforce-policy`, levelText(enforce));
    const refused = would(enforce);
    if (refused !== undefined) throw refusal(request, refused.replace(/^violate/, 'violates'));
  }
  const warned = would(warn);
  if (warned !== undefined) request.warn(`would ${warned}`);
}
