import type { Affinity, Container, ContainerPort, NodeSelectorTerm, PodSpec } from '../../api/core-v1.ts';
import { goQuote } from '../../field-error.ts';
import { appArmorContainer, seccompContainer, seccompPod } from './annotations.ts';
import { fractionWarnings } from './fraction-warnings.ts';
import type { PodLike } from './options.ts';
import { placedContainers } from './visit.ts';
import { volumeWarnings } from './volume-warnings.ts';

/**
 * What is accepted and will not do what was meant, for `Warning:` headers. `field`: of a template; '' for a Pod. Mirrors
 * pkg/api/pod/warnings.go (maps in the order of their keys).
 */
export function podWarnings(pod: PodLike, field: string): string[] {
  const spec = pod.spec ?? { containers: [] };
  const annotations = pod.metadata?.annotations ?? {};
  const at = (path: string) => (field === '' ? path : `${field}.${path}`);
  const containers = placedContainers(spec, at('spec'));
  return [
    ...labelWarnings(spec, at('spec')),
    ...annotationWarnings(annotations, at('metadata.annotations')),
    ...volumeWarnings(spec.volumes, at('spec.volumes')),
    ...repeated(
      spec.hostAliases?.map(({ ip }) => ip),
      at('spec.hostAliases'),
      'ip',
    ),
    ...repeated(
      spec.imagePullSecrets?.map(({ name }) => name ?? ''),
      at('spec.imagePullSecrets'),
      'name',
    ),
    ...(spec.imagePullSecrets ?? []).flatMap(({ name }, i) =>
      name ? [] : [`${at('spec.imagePullSecrets')}[${i}].name: invalid empty name ""`],
    ),
    ...fractionWarnings(spec.overhead, at('spec.overhead')),
    ...(annotations[seccompPod] !== undefined && !spec.securityContext?.seccompProfile
      ? [seccompWarning(at('metadata.annotations'), seccompPod)]
      : []),
    ...containers.flatMap(({ container, path }) => [
      ...profileWarnings(container, spec, annotations, at('metadata.annotations'), field !== ''),
      ...fractionWarnings(container.resources?.limits, `${path}.resources.limits`, ['memory']),
      ...fractionWarnings(container.resources?.requests, `${path}.resources.requests`, ['memory']),
      ...fractionWarnings(container.resources?.limits, `${path}.resources.limits`, ['ephemeral-storage']),
      ...fractionWarnings(container.resources?.requests, `${path}.resources.requests`, ['ephemeral-storage']),
      ...envWarnings(container, path),
    ]),
    ...portWarnings(containers),
    ...((spec.terminationGracePeriodSeconds ?? 0) < 0
      ? [
          `${at('spec.terminationGracePeriodSeconds')}: must be >= 0; negative values are invalid and will be treated as 1`,
        ]
      : []),
    ...affinityWarnings(spec.affinity, at('spec.affinity')),
  ];
}

const oldLabels: { readonly [label: string]: string } = {
  'beta.kubernetes.io/arch': 'deprecated since v1.14; use "kubernetes.io/arch" instead',
  'beta.kubernetes.io/os': 'deprecated since v1.14; use "kubernetes.io/os" instead',
  'failure-domain.beta.kubernetes.io/region':
    'deprecated since v1.17; use "topology.kubernetes.io/region" instead',
  'failure-domain.beta.kubernetes.io/zone':
    'deprecated since v1.17; use "topology.kubernetes.io/zone" instead',
  'beta.kubernetes.io/instance-type':
    'deprecated since v1.17; use "node.kubernetes.io/instance-type" instead',
  'app.kubernetes.io/created-by': 'deprecated since v1.9',
  'scheduler.alpha.kubernetes.io/preferAvoidPods':
    'deprecated since v1.22; use Taints and Tolerations instead',
  'node-role.kubernetes.io/master': 'use "node-role.kubernetes.io/control-plane" instead',
};
const oldLabel = (label: string) => (Object.hasOwn(oldLabels, label) ? oldLabels[label] : undefined);

/** Labels of nodes that have another name now. */
function termWarnings(term: NodeSelectorTerm | undefined, field: string): string[] {
  return (term?.matchExpressions ?? []).flatMap(({ key }, i) => {
    const message = oldLabel(key);
    return message === undefined ? [] : [`${field}.matchExpressions[${i}].key: ${key} is ${message}`];
  });
}

function labelWarnings(spec: PodSpec, field: string): string[] {
  const warnings: string[] = [];
  for (const key of Object.keys(spec.nodeSelector ?? {}).sort()) {
    const message = oldLabel(key);
    if (message !== undefined) warnings.push(`${field}.nodeSelector[${key}]: ${message}`);
  }
  const affinity = spec.affinity?.nodeAffinity;
  const at = `${field}.affinity.nodeAffinity`;
  for (const [i, term] of (
    affinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms ?? []
  ).entries())
    warnings.push(
      ...termWarnings(term, `${at}.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms[${i}]`),
    );
  for (const [i, { preference }] of (
    affinity?.preferredDuringSchedulingIgnoredDuringExecution ?? []
  ).entries())
    warnings.push(
      ...termWarnings(preference, `${at}.preferredDuringSchedulingIgnoredDuringExecution[${i}].preference`),
    );
  for (const [i, { topologyKey = '', labelSelector }] of (spec.topologySpreadConstraints ?? []).entries()) {
    const spread = `${field}.topologySpreadConstraints[${i}]`;
    const message = oldLabel(topologyKey);
    if (message !== undefined) warnings.push(`${spread}.topologyKey: ${topologyKey} is ${message}`);
    if (!labelSelector) warnings.push(`${spread}.labelSelector: ${nullSelector}`);
  }
  return warnings;
}

const nullSelector = 'a null labelSelector results in matching no pod';

function affinityWarnings(affinity: Affinity | undefined, field: string): string[] {
  const warnings: string[] = [];
  for (const side of ['podAffinity', 'podAntiAffinity'] as const) {
    const terms = affinity?.[side];
    for (const [i, term] of (terms?.requiredDuringSchedulingIgnoredDuringExecution ?? []).entries())
      if (!term.labelSelector)
        warnings.push(
          `${field}.${side}.requiredDuringSchedulingIgnoredDuringExecution[${i}].labelSelector: ${nullSelector}`,
        );
    for (const [i, term] of (terms?.preferredDuringSchedulingIgnoredDuringExecution ?? []).entries())
      if (!term.podAffinityTerm?.labelSelector)
        warnings.push(
          `${field}.${side}.preferredDuringSchedulingIgnoredDuringExecution[${i}].podAffinityTerm.labelSelector: ${nullSelector}`,
        );
  }
  return warnings;
}

const oldAnnotations = [
  [
    'scheduler.alpha.kubernetes.io/critical-pod',
    'non-functional in v1.16+; use the "priorityClassName" field instead',
  ],
  ['security.alpha.kubernetes.io/sysctls', 'non-functional in v1.11+; use the "sysctls" field instead'],
  [
    'security.alpha.kubernetes.io/unsafe-sysctls',
    'non-functional in v1.11+; use the "sysctls" field instead',
  ],
] as const;

function annotationWarnings(annotations: { readonly [key: string]: string }, field: string): string[] {
  return oldAnnotations
    .filter(([key]) => annotations[key] !== undefined)
    .map(([key, message]) => `${field}[${key}]: ${message}`);
}

const seccompWarning = (field: string, key: string) =>
  `${field}[${key}]: non-functional in v1.27+; use the "seccompProfile" field instead`;

function profileWarnings(
  container: Container,
  spec: PodSpec,
  annotations: { readonly [key: string]: string },
  field: string,
  inTemplate: boolean,
): string[] {
  const warnings: string[] = [];
  const seccomp = `${seccompContainer}${container.name}`;
  if (annotations[seccomp] !== undefined && !container.securityContext?.seccompProfile)
    warnings.push(seccompWarning(field, seccomp));
  const appArmor = `${appArmorContainer}${container.name}`;
  const profile = container.securityContext?.appArmorProfile ?? spec.securityContext?.appArmorProfile;
  // In a Pod the annotation has become the field by now.
  if (annotations[appArmor] !== undefined && (!inTemplate || !profile))
    warnings.push(`${field}[${appArmor}]: deprecated since v1.30; use the "appArmorProfile" field instead`);
  return warnings;
}

function repeated(values: readonly string[] | undefined, field: string, key: string): string[] {
  const seen = new Set<string>();
  return (values ?? []).flatMap((value = '', i) => {
    if (seen.has(value)) return [`${field}[${i}].${key}: duplicate ${key} ${goQuote(value)}`];
    seen.add(value);
    return [];
  });
}

function envWarnings({ env }: Container, field: string): string[] {
  const seen = new Set<string>();
  return (env ?? []).flatMap(({ name = '', value = '', valueFrom }, i) => {
    if (!seen.has(name)) {
      seen.add(name);
      return [];
    }
    // A value that builds on the one before is meant.
    const own = `$(${name})`;
    if (!valueFrom && value !== own && value.includes(own)) return [];
    return [
      `${field}.env[${i}]: hides previous definition of ${goQuote(name)}, which may be dropped when using apply`,
    ];
  });
}

function portWarnings(containers: readonly { container: Container; path: string }[]): string[] {
  const warnings: string[] = [];
  const seen = new Map<string, { readonly path: string; readonly port: ContainerPort }[]>();
  for (const { container, path } of containers)
    for (const [i, port] of (container.ports ?? []).entries()) {
      const at = `${path}.ports[${i}]`;
      const { name = '', hostPort = 0, containerPort = 0, protocol = '', hostIP = '' } = port;
      if (hostIP !== '' && hostPort === 0)
        warnings.push(
          `${at}: hostIP set without hostPort: {Name:${name} HostPort:${hostPort} ContainerPort:${containerPort} Protocol:${protocol} HostIP:${hostIP}}`,
        );
      const key = `${containerPort}/${protocol}`;
      const others = seen.get(key) ?? [];
      for (const other of others) {
        const { hostPort: otherPort = 0, hostIP: otherIp = '' } = other.port;
        if (hostIP === otherIp && hostPort === otherPort)
          warnings.push(`${at}: duplicate port definition with ${other.path}`);
        else if (hostPort === 0 || otherPort === 0)
          warnings.push(`${at}: overlapping port definition with ${other.path}`);
        else if (hostPort === otherPort && (hostIP === '') !== (otherIp === ''))
          warnings.push(`${at}: dangerously ambiguous port definition with ${other.path}`);
      }
      seen.set(key, [...others, { path: at, port }]);
    }
  return warnings;
}
