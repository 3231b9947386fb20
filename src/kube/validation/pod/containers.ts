import type { Container, PodSpec } from '../../api/core-v1.ts';
import {
  duplicate,
  type FieldError,
  forbiddenField,
  invalid,
  notFoundField,
  notSupported,
  required,
} from '../../field-error.ts';
import { isDNS1123Label } from '../../names.ts';
import { goResizePolicy } from '../go-values.ts';
import { validateEnvironment } from './env.ts';
import { type VolumesByName, validateVolumeDevices, validateVolumeMounts } from './mounts.ts';
import type { PodOptions } from './options.ts';
import { hostPortConflicts, validateContainerPorts } from './ports.ts';
import { refuseProbes, validateLifecycle, validateProbes } from './probes.ts';
import { invalidFor, oneOf, oneOfGiven } from './report.ts';
import { validateContainerResources } from './resources.ts';
import { validateSecurityContext } from './security-context.ts';

/** What every container of a Pod is checked against. */
export interface ContainerScope {
  readonly spec: PodSpec;
  readonly volumes: VolumesByName;
  readonly claims: ReadonlySet<string>;
  readonly options: PodOptions;
}

function validateResizePolicy(
  { resizePolicy }: Container,
  restartPolicy: string | undefined,
  field: string,
): FieldError[] {
  const errors: FieldError[] = [];
  const seen = new Set<string>();
  for (const [i, { resourceName = '', restartPolicy: policy = '' }] of (resizePolicy ?? []).entries()) {
    if (seen.has(resourceName)) errors.push(duplicate(`${field}[${i}]`, resourceName));
    seen.add(resourceName);
    errors.push(...oneOf(field, resourceName, ['cpu', 'memory']));
    errors.push(...oneOf(field, policy, ['NotRequired', 'RestartContainer']));
    if (restartPolicy === 'Never' && policy !== 'NotRequired')
      errors.push(invalid(field, policy, "must be 'NotRequired' when `restartPolicy` is 'Never'"));
  }
  return errors;
}

function validateCommon(container: Container, field: string, scope: ContainerScope): FieldError[] {
  const { spec, volumes, claims, options } = scope;
  const name = container.name ?? '';
  const errors: FieldError[] =
    name === '' ? [required(`${field}.name`)] : invalidFor(`${field}.name`, name, isDNS1123Label(name));
  if (!container.image) errors.push(required(`${field}.image`));
  errors.push(
    ...oneOf(`${field}.terminationMessagePolicy`, container.terminationMessagePolicy, [
      'File',
      'FallbackToLogsOnError',
    ]),
    ...validateContainerPorts(container.ports, `${field}.ports`),
    ...validateEnvironment(container, field, options),
    ...validateVolumeMounts(container, volumes, `${field}.volumeMounts`),
    ...validateVolumeDevices(
      container.volumeDevices,
      container.volumeMounts,
      volumes,
      `${field}.volumeDevices`,
    ),
    ...oneOf(`${field}.imagePullPolicy`, container.imagePullPolicy, ['Always', 'IfNotPresent', 'Never']),
    ...validateContainerResources(container.resources, claims, `${field}.resources`, options.anyHugePages),
    ...validateResizePolicy(container, spec.restartPolicy, `${field}.resizePolicy`),
    ...validateSecurityContext(
      container.securityContext,
      `${field}.securityContext`,
      spec.hostUsers !== false,
    ),
  );
  return errors;
}

export function validateContainers(scope: ContainerScope, field: string): FieldError[] {
  const containers = scope.spec.containers ?? [];
  if (containers.length === 0) return [required(field)];
  const errors: FieldError[] = [];
  const grace = scope.spec.terminationGracePeriodSeconds;
  const names = new Set<string>();
  for (const [i, container] of containers.entries()) {
    const at = `${field}[${i}]`;
    errors.push(...validateCommon(container, at, scope));
    const name = container.name ?? '';
    if (names.has(name)) errors.push(duplicate(`${at}.name`, name));
    else names.add(name);
    errors.push(...validateLifecycle(container.lifecycle, grace, `${at}.lifecycle`, scope.options));
    errors.push(...validateProbes(container, grace, at, scope.options));
    if (typeof container.restartPolicy === 'string')
      errors.push(forbiddenField(`${at}.restartPolicy`, 'may not be set for non-init containers'));
  }
  errors.push(...hostPortConflicts(containers, field));
  return errors;
}

export function validateInitContainers(scope: ContainerScope, field: string): FieldError[] {
  const errors: FieldError[] = [];
  const grace = scope.spec.terminationGracePeriodSeconds;
  const names = new Set((scope.spec.containers ?? []).map(({ name = '' }) => name));
  for (const [i, container] of (scope.spec.initContainers ?? []).entries()) {
    const at = `${field}[${i}]`;
    errors.push(...validateCommon(container, at, scope));
    const policy = container.restartPolicy;
    if (typeof policy === 'string') errors.push(...oneOfGiven(`${at}.restartPolicy`, policy, ['Always']));
    const name = container.name ?? '';
    if (names.has(name)) errors.push(duplicate(`${at}.name`, name));
    else if (name !== '') names.add(name);
    // One by one: they do not run at the same time. Upstream says [0] whichever it is.
    errors.push(...hostPortConflicts([container], field));
    if (policy === 'Always') {
      errors.push(...validateLifecycle(container.lifecycle, grace, `${at}.lifecycle`, scope.options));
      errors.push(...validateProbes(container, grace, at, scope.options));
    } else errors.push(...refuseProbes(container, at));
    if (container.resizePolicy?.length)
      errors.push(
        invalid(
          `${at}.resizePolicy`,
          goResizePolicy(container.resizePolicy),
          'must not be set for init containers',
        ),
      );
  }
  return errors;
}

/** What a container that is put into a running Pod may not have, in upstream's order. */
const notEphemeral = [
  'ports',
  'resources',
  'resizePolicy',
  'restartPolicy',
  'livenessProbe',
  'readinessProbe',
  'startupProbe',
  'lifecycle',
] as const;
const refusal = 'cannot be set for an Ephemeral Container';

function isSet(value: unknown): boolean {
  if (value === undefined || value === null) return false;
  return typeof value !== 'object' || Array.isArray(value) || Object.keys(value).length > 0;
}

export function validateEphemeralContainers(scope: ContainerScope, field: string): FieldError[] {
  const errors: FieldError[] = [];
  const { spec } = scope;
  const others = new Set(
    [...(spec.containers ?? []), ...(spec.initContainers ?? [])].map(({ name = '' }) => name),
  );
  const names = new Set(others);
  for (const [i, container] of (spec.ephemeralContainers ?? []).entries()) {
    const at = `${field}[${i}]`;
    errors.push(...validateCommon(container, at, scope), ...validateImageText(container, at));
    const name = container.name ?? '';
    if (names.has(name)) errors.push(duplicate(`${at}.name`, name));
    else names.add(name);
    const target = container.targetContainerName;
    if (target && !others.has(target)) errors.push(notFoundField(`${at}.targetContainerName`, target));
    for (const key of notEphemeral)
      if (isSet(container[key])) errors.push(forbiddenField(`${at}.${key}`, refusal));
    for (const [m, mount] of (container.volumeMounts ?? []).entries())
      for (const key of ['subPath', 'subPathExpr'] as const)
        if (mount[key]) errors.push(forbiddenField(`${at}.volumeMounts[${m}].${key}`, refusal));
  }
  return errors;
}

/** Only in Pods, not in templates. */
export function validateImageText({ image = '' }: Container, field: string): FieldError[] {
  return image.trim() === image
    ? []
    : [invalid(`${field}.image`, image, 'must not have leading or trailing whitespace')];
}

/** A Pod on its node's network listens where its containers listen. */
export function validateHostNetworkPorts({ spec, options }: ContainerScope, field: string): FieldError[] {
  if (!spec.hostNetwork) return [];
  return (spec.containers ?? []).flatMap(({ ports }, c) =>
    (ports ?? []).flatMap(({ hostPort = 0, containerPort = 0 }, p) =>
      (options.isPod || hostPort !== 0) && hostPort !== containerPort
        ? [
            invalid(
              `${field}[${c}].ports[${p}].hostPort`,
              hostPort,
              'must match `containerPort` when `hostNetwork` is true',
            ),
          ]
        : [],
    ),
  );
}

export function validateRestartPolicy(policy: string | undefined, field: string): FieldError[] {
  return oneOf(field, policy, ['Always', 'OnFailure', 'Never']);
}

/** For controllers that keep Pods running. */
export function mustRestartAlways(policy: string | undefined, field: string): FieldError[] {
  return policy === 'Always' ? [] : [notSupported(field, policy ?? '', ['Always'])];
}
