import type { PodSpec, WindowsSecurityContextOptions } from '../../api/core-v1.ts';
import { type FieldError, forbiddenField, invalid } from '../../field-error.ts';
import { isDNS1123Subdomain, utf8Length } from '../../names.ts';
import { invalidFor } from './report.ts';
import { placedContainers } from './visit.ts';

const netBios = /^[^\\/:*?"<>|.][^\\/:*?"<>|]{0,14}$/;
const dnsName =
  /^[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?(?:\.[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?)*$/;
const control = /[\u0000-\u001f\u007f]/;
const badInUser = /["/\\:;|=,+*?<>@[\]]/;
const specLimitKiB = 64;
const domainLimit = 256;
const userLimit = 104;

function userNameProblems(name: string): string[] {
  if (name === '') return ['runAsUserName cannot be an empty string'];
  if (control.test(name)) return ['runAsUserName cannot contain control characters'];
  const parts = name.split('\\');
  if (parts.length > 2) return ['runAsUserName cannot contain more than one backslash'];
  const domain = parts.length === 1 ? undefined : parts[0];
  const user = parts[parts.length - 1] ?? '';
  const problems: string[] = [];
  if (utf8Length(domain ?? '') >= domainLimit)
    problems.push(`runAsUserName's Domain length must be under ${domainLimit} characters`);
  if (domain !== undefined && !netBios.test(domain) && !dnsName.test(domain))
    problems.push("runAsUserName's Domain doesn't match the NetBios nor the DNS format");
  if (user === '') problems.push("runAsUserName's User cannot be empty");
  else if (utf8Length(user) > userLimit)
    problems.push(`runAsUserName's User length must not be longer than ${userLimit} characters`);
  if (/^[. ]+$/.test(user)) problems.push("runAsUserName's User cannot contain only periods or spaces");
  if (badInUser.test(user))
    problems.push(`runAsUserName's User cannot contain the following characters: "/\\:;|=,+*?<>@[]`);
  return problems;
}

export function validateWindowsOptions(
  options: WindowsSecurityContextOptions | undefined,
  field: string,
): FieldError[] {
  if (!options) return [];
  const { gmsaCredentialSpecName: name, gmsaCredentialSpec: text, runAsUserName } = options;
  const errors: FieldError[] = [];
  if (typeof name === 'string')
    errors.push(...invalidFor(`${field}.gmsaCredentialSpecName`, name, isDNS1123Subdomain(name)));
  if (text === '')
    errors.push(invalid(`${field}.gmsaCredentialSpec`, text, 'gmsaCredentialSpec cannot be an empty string'));
  else if (utf8Length(text ?? '') > specLimitKiB * 1024)
    errors.push(
      invalid(
        `${field}.gmsaCredentialSpec`,
        text,
        `gmsaCredentialSpec size must be under ${specLimitKiB} KiB`,
      ),
    );
  if (typeof runAsUserName === 'string')
    errors.push(...invalidFor(`${field}.runAsUserName`, runAsUserName, userNameProblems(runAsUserName)));
  return errors;
}

/** HostProcess containers: all of them or none, and on the node's network. */
export function validateHostProcess(spec: PodSpec, field: string): FieldError[] {
  const errors: FieldError[] = [];
  const ofPod = spec.securityContext?.windowsOptions?.hostProcess;
  const containers = placedContainers(spec, field);
  let count = 0;
  for (const { container, path } of containers) {
    const own = container.securityContext?.windowsOptions?.hostProcess;
    if (typeof ofPod === 'boolean' && typeof own === 'boolean' && ofPod !== own)
      errors.push(
        invalid(
          `${path}.securityContext.windowsOptions.hostProcess`,
          own,
          `pod hostProcess value must be identical if both are specified, was ${ofPod}`,
        ),
      );
    if (own ?? ofPod) count += 1;
  }
  if (count === 0) return errors;
  if (count !== containers.length)
    errors.push(
      invalid(
        field,
        '',
        'If pod contains any hostProcess containers then all containers must be HostProcess containers',
      ),
    );
  if (!spec.hostNetwork)
    errors.push(
      invalid(
        `${field}.hostNetwork`,
        false,
        'hostNetwork must be true if pod contains any hostProcess containers',
      ),
    );
  return errors;
}

const linuxOnlyOfPod = [
  'seLinuxOptions',
  'seccompProfile',
  'fsGroup',
  'fsGroupChangePolicy',
  'sysctls',
  'runAsUser',
  'runAsGroup',
  'supplementalGroups',
  'supplementalGroupsPolicy',
  'seLinuxChangePolicy',
] as const;
const linuxOnly = [
  'appArmorProfile',
  'seLinuxOptions',
  'seccompProfile',
  'capabilities',
  'readOnlyRootFilesystem',
  'privileged',
  'allowPrivilegeEscalation',
  'procMount',
  'runAsUser',
  'runAsGroup',
] as const;

/** What `os.name: windows` rules out, in upstream's order. */
export function validateForWindows(spec: PodSpec, field: string): FieldError[] {
  const errors: FieldError[] = [];
  const refuse = (at: string) => errors.push(forbiddenField(at, 'cannot be set for a windows pod'));
  const context = spec.securityContext;
  if (context?.appArmorProfile) refuse(`${field}.securityContext.appArmorProfile`);
  for (const key of linuxOnlyOfPod) {
    if (key === 'seccompProfile') {
      if (typeof spec.hostUsers === 'boolean') refuse(`${field}.hostUsers`);
      if (spec.hostPID) refuse(`${field}.hostPID`);
      if (spec.hostIPC) refuse(`${field}.hostIPC`);
    }
    if (key === 'runAsUser' && typeof spec.shareProcessNamespace === 'boolean')
      refuse(`${field}.shareProcessNamespace`);
    const value = context?.[key];
    if (value === undefined || value === null || (key === 'sysctls' && context?.sysctls?.length === 0))
      continue;
    refuse(`${field}.securityContext.${key}`);
  }
  for (const { container, path } of placedContainers(spec, field))
    for (const key of linuxOnly) {
      const value = container.securityContext?.[key];
      if (value !== undefined && value !== null) refuse(`${path}.securityContext.${key}`);
    }
  return errors;
}

export function validateForLinux(spec: PodSpec, field: string): FieldError[] {
  const message = 'windows options cannot be set for a linux pod';
  const errors: FieldError[] = [];
  if (spec.securityContext?.windowsOptions)
    errors.push(forbiddenField(`${field}.securityContext.windowsOptions`, message));
  for (const { container, path } of placedContainers(spec, field))
    if (container.securityContext?.windowsOptions)
      errors.push(forbiddenField(`${path}.securityContext.windowsOptions`, message));
  return errors;
}
