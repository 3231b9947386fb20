import type {
  AppArmorProfile,
  PodSecurityContext,
  PodSpec,
  SeccompProfile,
  SecurityContext,
} from '../../api/core-v1.ts';
import { type FieldError, invalid, notSupported, required, tooLong } from '../../field-error.ts';
import { isValidGroupID, isValidUserID, utf8Length } from '../../names.ts';
import { goSeccompProfile, goSecurityContext } from '../go-values.ts';
import type { PodOptions } from './options.ts';
import { localDescending } from './paths.ts';
import { invalidFor, oneOfGiven } from './report.ts';
import { validateSysctls } from './sysctls.ts';
import { validateWindowsOptions } from './windows.ts';

const profileTypes = ['Localhost', 'RuntimeDefault', 'Unconfined'];

function validateSeccompProfile(profile: SeccompProfile | undefined, field: string): FieldError[] {
  if (!profile) return [];
  const { type = '', localhostProfile } = profile;
  const errors: FieldError[] = [];
  if (type === '') errors.push(required(`${field}.type`, 'type is required when seccompProfile is set'));
  else errors.push(...oneOfGiven(`${field}.type`, type, profileTypes));
  if (type === 'Localhost') {
    if (typeof localhostProfile !== 'string')
      errors.push(required(`${field}.localhostProfile`, 'must be set when seccomp type is Localhost'));
    else errors.push(...localDescending(localhostProfile, `${field}.localhostProfile`));
  } else if (typeof localhostProfile === 'string')
    errors.push(
      invalid(
        `${field}.localhostProfile`,
        goSeccompProfile(type),
        'can only be set when seccomp type is Localhost',
      ),
    );
  return errors;
}

/** PATH_MAX without its end. */
const longestPath = 4095;

function validateAppArmorProfile(profile: AppArmorProfile | undefined, field: string): FieldError[] {
  if (!profile) return [];
  const { type = '', localhostProfile } = profile;
  const at = `${field}.localhostProfile`;
  const mustBeSet = required(at, 'must be set when AppArmor type is Localhost');
  if (type === '') return [required(`${field}.type`, 'type is required when appArmorProfile is set')];
  if (type === 'Localhost') {
    if (typeof localhostProfile !== 'string') return [mustBeSet];
    const errors: FieldError[] = [];
    if (localhostProfile.trim() !== localhostProfile)
      errors.push(invalid(at, localhostProfile, 'must not be padded with whitespace'));
    else if (localhostProfile === '') errors.push(mustBeSet);
    if (utf8Length(localhostProfile) > longestPath) errors.push(tooLong(at, '', longestPath));
    return errors;
  }
  if (!profileTypes.includes(type)) return [notSupported(`${field}.type`, type, profileTypes)];
  return typeof localhostProfile === 'string'
    ? [invalid(at, localhostProfile, 'can only be set when AppArmor type is Localhost')]
    : [];
}

function ids(
  context: PodSecurityContext | SecurityContext,
  keys: readonly ('runAsUser' | 'runAsGroup')[],
  field: string,
) {
  return keys.flatMap((key) => {
    const id = context[key];
    if (typeof id !== 'number') return [];
    return invalidFor(`${field}.${key}`, id, key === 'runAsUser' ? isValidUserID(id) : isValidGroupID(id));
  });
}

/** A container's. `hostUsers`: it shares the node's user namespace. */
export function validateSecurityContext(
  context: SecurityContext | undefined,
  field: string,
  hostUsers: boolean,
): FieldError[] {
  if (!context) return [];
  const errors = ids(context, ['runAsUser', 'runAsGroup'], field);
  if (typeof context.procMount === 'string') {
    errors.push(...oneOfGiven(`${field}.procMount`, context.procMount, ['Default', 'Unmasked']));
    if (hostUsers && context.procMount === 'Unmasked')
      errors.push(
        invalid(`${field}.procMount`, context.procMount, '`hostUsers` must be false to use `Unmasked`'),
      );
  }
  errors.push(...validateSeccompProfile(context.seccompProfile, `${field}.seccompProfile`));
  if (context.allowPrivilegeEscalation === false) {
    const refuse = (what: string) =>
      errors.push(
        invalid(
          field,
          goSecurityContext(context),
          `cannot set \`allowPrivilegeEscalation\` to false and ${what}`,
        ),
      );
    if (context.privileged) refuse('`privileged` to true');
    for (const capability of context.capabilities?.add ?? [])
      if (capability === 'CAP_SYS_ADMIN') refuse('`capabilities.Add` CAP_SYS_ADMIN');
  }
  errors.push(...validateWindowsOptions(context.windowsOptions, `${field}.windowsOptions`));
  errors.push(...validateAppArmorProfile(context.appArmorProfile, `${field}.appArmorProfile`));
  return errors;
}

/** A Pod's. */
export function validatePodSecurityContext(spec: PodSpec, field: string, options: PodOptions): FieldError[] {
  const context = spec.securityContext;
  if (!context) return [];
  const errors: FieldError[] = [];
  if (typeof context.fsGroup === 'number')
    errors.push(...invalidFor(`${field}.fsGroup`, context.fsGroup, isValidGroupID(context.fsGroup)));
  errors.push(...ids(context, ['runAsUser', 'runAsGroup'], field));
  for (const [i, group] of (context.supplementalGroups ?? []).entries())
    errors.push(...invalidFor(`${field}.supplementalGroups[${i}]`, group, isValidGroupID(group)));
  if (spec.shareProcessNamespace && spec.hostPID)
    errors.push(
      invalid(
        `${field}.shareProcessNamespace`,
        true,
        'ShareProcessNamespace and HostPID cannot both be enabled',
      ),
    );
  errors.push(...validateSysctls(spec, `${field}.sysctls`, options));
  if (typeof context.fsGroupChangePolicy === 'string')
    errors.push(
      ...oneOfGiven(`${field}.fsGroupChangePolicy`, context.fsGroupChangePolicy, [
        'Always',
        'OnRootMismatch',
      ]),
    );
  errors.push(...validateSeccompProfile(context.seccompProfile, `${field}.seccompProfile`));
  errors.push(...validateWindowsOptions(context.windowsOptions, `${field}.windowsOptions`));
  errors.push(...validateAppArmorProfile(context.appArmorProfile, `${field}.appArmorProfile`));
  if (typeof context.supplementalGroupsPolicy === 'string')
    errors.push(
      ...oneOfGiven(`${field}.supplementalGroupsPolicy`, context.supplementalGroupsPolicy, [
        'Merge',
        'Strict',
      ]),
    );
  if (typeof context.seLinuxChangePolicy === 'string')
    errors.push(...oneOfGiven(`${field}.seLinuxChangePolicy`, context.seLinuxChangePolicy, ['Recursive']));
  return errors;
}
