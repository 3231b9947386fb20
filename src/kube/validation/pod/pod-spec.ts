import type { PodResourceClaim, PodSpec } from '../../api/core-v1.ts';
import {
  duplicate,
  type FieldError,
  forbiddenField,
  type GoText,
  invalid,
  notSupported,
  required,
} from '../../field-error.ts';
import { goPointer, goStruct } from '../../go-syntax.ts';
import { isDNS1123Label, nameIsDNSSubdomain, rangeMessage } from '../../names.ts';
import { validateLabels } from '../metadata.ts';
import { validateAffinity } from './affinity.ts';
import {
  type ContainerScope,
  validateContainers,
  validateEphemeralContainers,
  validateHostNetworkPorts,
  validateInitContainers,
  validateRestartPolicy,
} from './containers.ts';
import { validateDnsConfig, validateGates, validateHostAliases } from './dns.ts';
import type { PodOptions } from './options.ts';
import { invalidFor, oneOf } from './report.ts';
import { validateContainerResources } from './resources.ts';
import { validateTolerations, validateTopologySpread } from './scheduling.ts';
import { validatePodSecurityContext } from './security-context.ts';
import { validateVolumes } from './volumes.ts';
import { validateForLinux, validateForWindows, validateHostProcess } from './windows.ts';

const maxInt32 = 2147483647;

function goClaim({ name = '', resourceClaimName, resourceClaimTemplateName }: PodResourceClaim): GoText {
  return goStruct('core.PodResourceClaim', [
    ['Name', name],
    ['ResourceClaimName', goPointer('string', resourceClaimName !== undefined)],
    ['ResourceClaimTemplateName', goPointer('string', resourceClaimTemplateName !== undefined)],
  ]);
}

function validateClaims(claims: readonly PodResourceClaim[] | undefined, field: string): FieldError[] {
  const errors: FieldError[] = [];
  const names = new Set<string>();
  for (const [i, claim] of (claims ?? []).entries()) {
    const at = `${field}[${i}]`;
    const { name = '', resourceClaimName: direct, resourceClaimTemplateName: template } = claim;
    if (name === '') errors.push(required(`${at}.name`));
    else if (names.has(name)) errors.push(duplicate(`${at}.name`, name));
    else errors.push(...invalidFor(`${at}.name`, name, isDNS1123Label(name)));
    if (name !== '') names.add(name);
    if (typeof direct === 'string' && typeof template === 'string')
      errors.push(
        invalid(
          at,
          goClaim(claim),
          'at most one of `resourceClaimName` or `resourceClaimTemplateName` may be specified',
        ),
      );
    if (typeof direct !== 'string' && typeof template !== 'string')
      errors.push(
        invalid(at, goClaim(claim), 'must specify one of: `resourceClaimName`, `resourceClaimTemplateName`'),
      );
    for (const key of ['resourceClaimName', 'resourceClaimTemplateName'] as const) {
      const value = claim[key];
      if (typeof value === 'string')
        errors.push(...invalidFor(`${at}.${key}`, value, nameIsDNSSubdomain(value, false)));
    }
  }
  return errors;
}

/** Field → key in the message: two of them are capital upstream. */
const hostNamespaces = [
  ['hostNetwork', 'hostNetwork'],
  ['hostPID', 'HostPID'],
  ['hostIPC', 'HostIPC'],
] as const;

function validateHostUsers(spec: PodSpec, field: string): FieldError[] {
  if (spec.hostUsers !== false) return [];
  return hostNamespaces
    .filter(([key]) => spec[key])
    .map(([, shown]) => forbiddenField(`${field}.${shown}`, 'when `pod.Spec.HostUsers` is false'));
}

function validateOs(spec: PodSpec, field: string): FieldError[] {
  if (!spec.os) return [];
  const name = spec.os.name ?? '';
  if (name === '') return [required(`${field}.os.name`, 'cannot be empty')];
  if (name === 'linux') return validateForLinux(spec, field);
  if (name === 'windows') return validateForWindows(spec, field);
  return [notSupported(`${field}.os`, name, ['linux', 'windows'])];
}

function validateNames(spec: PodSpec, field: string): FieldError[] {
  const errors: FieldError[] = [];
  for (const [key, check] of [
    ['serviceAccountName', (name: string) => nameIsDNSSubdomain(name, false)],
    ['nodeName', (name: string) => nameIsDNSSubdomain(name, false)],
    ['activeDeadlineSeconds', () => []],
    ['hostname', isDNS1123Label],
    ['subdomain', isDNS1123Label],
  ] as const) {
    const value = spec[key];
    if (key === 'activeDeadlineSeconds') {
      if (typeof value === 'number' && (value < 1 || value > maxInt32))
        errors.push(invalid(`${field}.${key}`, value, rangeMessage(1, maxInt32)));
    } else if (typeof value === 'string' && value !== '')
      errors.push(...invalidFor(`${field}.${key}`, value, check(value)));
  }
  return errors;
}

/**
 * Mirrors ValidatePodSpec of pkg/apis/core/validation. `podName`: of the Pod, when it is one and named already, which
 * the claims of ephemeral volumes depend on.
 */
export function validatePodSpec(
  spec: PodSpec,
  podName: string | undefined,
  field: string,
  options: PodOptions,
): FieldError[] {
  const errors: FieldError[] = [];
  if (typeof spec.terminationGracePeriodSeconds !== 'number')
    errors.push(required(`${field}.terminationGracePeriodSeconds`));
  const volumes = validateVolumes(spec.volumes, podName, `${field}.volumes`, options);
  const claims = new Set((spec.resourceClaims ?? []).map(({ name }) => name).filter(Boolean));
  const scope: ContainerScope = { spec, volumes: volumes.byName, claims, options };
  errors.push(
    ...volumes.errors,
    ...validateClaims(spec.resourceClaims, `${field}.resourceClaims`),
    ...validateContainers(scope, `${field}.containers`),
    ...validateInitContainers(scope, `${field}.initContainers`),
    ...validateEphemeralContainers(scope, `${field}.ephemeralContainers`),
    ...validateHostNetworkPorts(scope, `${field}.containers`),
    ...validateRestartPolicy(spec.restartPolicy, `${field}.restartPolicy`),
    ...oneOf(`${field}.dnsPolicy`, spec.dnsPolicy, [
      'ClusterFirstWithHostNet',
      'ClusterFirst',
      'Default',
      'None',
    ]),
    ...validateLabels(spec.nodeSelector, `${field}.nodeSelector`),
    ...validatePodSecurityContext(spec, `${field}.securityContext`, options),
    ...validateAffinity(spec.affinity, `${field}.affinity`, options.anySelectorValue),
    ...validateDnsConfig(spec, `${field}.dnsConfig`, options),
    ...validateGates(spec, field),
    ...validateTopologySpread(
      spec.topologySpreadConstraints,
      `${field}.topologySpreadConstraints`,
      options.anySpreadSelector,
    ),
    ...validateHostProcess(spec, field),
    ...validateHostUsers(spec, field),
    ...validateNames(spec, field),
    ...validateTolerations(spec.tolerations, `${field}.tolerations`),
    ...validateHostAliases(spec.hostAliases, `${field}.hostAliases`),
  );
  if (spec.priorityClassName)
    errors.push(
      ...invalidFor(
        `${field}.priorityClassName`,
        spec.priorityClassName,
        nameIsDNSSubdomain(spec.priorityClassName, false),
      ),
    );
  if (typeof spec.runtimeClassName === 'string')
    errors.push(
      ...invalidFor(
        `${field}.runtimeClassName`,
        spec.runtimeClassName,
        nameIsDNSSubdomain(spec.runtimeClassName, false),
      ),
    );
  if (typeof spec.preemptionPolicy === 'string')
    errors.push(
      ...oneOf(`${field}.preemptionPolicy`, spec.preemptionPolicy, ['PreemptLowerPriority', 'Never']),
    );
  if (spec.overhead)
    errors.push(
      ...validateContainerResources(
        { limits: spec.overhead },
        new Set(),
        `${field}.overhead`,
        options.anyHugePages,
      ),
    );
  errors.push(...validateOs(spec, field));
  return errors;
}
