import type { PodSpec } from '../../api/core-v1.ts';
import { duplicate, type FieldError, invalid, required } from '../../field-error.ts';

const segment = '[a-z0-9]([-_a-z0-9]*[a-z0-9])?';
const expression = `^(${segment}[\\./])*${segment}$`;
const maxLength = 253;

/** In one pass, whatever the text: the pattern above goes back and forth over long ones. */
function isSysctlName(name: string): boolean {
  if (name.length > maxLength) return false;
  return name.split(/[./]/).every((part) => /^[-_a-z0-9]+$/.test(part) && !/^[-_]|[-_]$/.test(part));
}

const ofIpc = new Set([
  'kernel.sem',
  'kernel.shm',
  'kernel.shmall',
  'kernel.shmmax',
  'kernel.shmmni',
  'kernel.shm_rmid_forced',
  'kernel.msg',
  'kernel.msgmax',
  'kernel.msgmnb',
  'kernel.msgmni',
]);

/** Mirrors component-helpers/node/util/sysctl. */
function namespaceOf(name: string): 'net' | 'ipc' | undefined {
  // The first separator decides which one the others are.
  const slashes = /[./]/.exec(name)?.[0] === '/';
  const dotted = slashes ? name.replace(/[./]/g, (c) => (c === '/' ? '.' : '/')) : name;
  if (dotted.startsWith('net.')) return 'net';
  return ofIpc.has(dotted) || dotted.startsWith('fs.mqueue.') ? 'ipc' : undefined;
}

/** A Pod that shares a namespace with its node cannot change its kernel parameters. */
export function hostSysctlProblem(name: string, spec: PodSpec, field: string): FieldError | undefined {
  const namespace = namespaceOf(name);
  if (spec.hostNetwork && namespace === 'net')
    return invalid(field, name, "may not be specified when 'hostNetwork' is true");
  if (spec.hostIPC && namespace === 'ipc')
    return invalid(field, name, "may not be specified when 'hostIPC' is true");
  return undefined;
}

export function validateSysctls(
  spec: PodSpec,
  field: string,
  options: { readonly hostSysctls: boolean },
): FieldError[] {
  const errors: FieldError[] = [];
  const names = new Set<string>();
  for (const [i, { name = '' }] of (spec.securityContext?.sysctls ?? []).entries()) {
    const at = `${field}[${i}].name`;
    if (name === '') errors.push(required(at));
    else if (!isSysctlName(name))
      errors.push(
        invalid(at, name, `must have at most ${maxLength} characters and match regex ${expression}`),
      );
    else if (names.has(name)) errors.push(duplicate(at, name));
    const problem = options.hostSysctls ? undefined : hostSysctlProblem(name, spec, at);
    if (problem !== undefined) errors.push(problem);
    names.add(name);
  }
  return errors;
}
