import type { LinuxView } from '../backend.ts';
import { ancestorsOf, environmentValue, type Process, type Scan, startedAtMs } from './processes.ts';
import { isPseudoTerminal, parseStatus } from './status.ts';

/**
 * How surely a process is the learner's work, from most to least. A desktop is full of processes with namespaces of
 * their own (browser sandboxes, services with a private network) that must never pass an exercise.
 */
export type Belonging = 'intento' | 'terminal' | 'reciente' | 'docker' | 'ajeno';

export const belongingRank: { readonly [name in Belonging]: number } = {
  intento: 4,
  terminal: 3,
  reciente: 2,
  docker: 1,
  ajeno: 0,
};

/** What about this attempt tells the learner's processes from the rest. */
export interface AttemptMarks {
  /** `CURSO_INTENTO` of this attempt. */
  readonly token: string;
  readonly startedAtMs: number;
}

/** `CURSO_INTENTO` of a process, remembered while one scan lasts. */
export type TokenOf = (pid: number) => Promise<string | undefined>;

export function rememberTokens(view: LinuxView): TokenOf {
  const known = new Map<number, Promise<string | undefined>>();
  return (pid) => {
    const token = known.get(pid) ?? environmentValue(view, pid, 'CURSO_INTENTO');
    known.set(pid, token);
    return token;
  };
}

export async function belongingOf(
  view: LinuxView,
  process: Process,
  scan: Scan,
  marks: AttemptMarks,
  tokenOf: TokenOf,
): Promise<Belonging> {
  const ancestors = ancestorsOf(process.pid, scan);
  const upToCourse = ancestors.findIndex((one) => one.pid === view.selfPid);
  const line = [process, ...(upToCourse < 0 ? ancestors : ancestors.slice(0, upToCourse))];
  // `sudo` clears the environment, so an ancestor speaks for its descendants.
  const tokens = await Promise.all(line.map((one) => tokenOf(one.pid)));
  if (marks.token !== '' && tokens.includes(marks.token)) return 'intento';
  // What the course itself starts.
  if (upToCourse >= 0) return 'ajeno';
  const groups = await view.read(`/proc/${process.pid}/cgroup`, 16 * 1024);
  const cgroup = groups.ok ? groups.value : '';
  if (view.rung === 'station') return (await inStation(view, cgroup)) ? 'terminal' : 'ajeno';
  if (inDocker(cgroup, [process, ...ancestors])) return 'docker';
  if (line.some((one) => isPseudoTerminal(one.terminal))) return 'terminal';
  // Left behind by another attempt.
  if (tokens.some((token) => token !== undefined)) return 'ajeno';
  // Two seconds of slack: the kernel counts from boot, and its boot time is rounded to seconds.
  const recent = startedAtMs(process, scan) >= marks.startedAtMs - 2_000;
  if (!recent || isService(cgroup) || (await isSandboxed(view, process.pid))) return 'ajeno';
  return 'reciente';
}

/** A container of Docker, containerd or Podman: by the shim that is its ancestor or by the name of its group. */
export function inDocker(cgroup: string, ancestors: readonly Process[]): boolean {
  // `runc` itself, for the instant in which it has the namespaces and not yet the group.
  if (ancestors.some((one) => /^(containerd-shim|conmon|runc|crun)/.test(one.comm))) return true;
  return /(?:\/docker[/-]|\/libpod[/-]|cri-containerd|\/kubepods)[^\n]*[0-9a-f]{32}/.test(cgroup);
}

/**
 * The station sees every process of the machine that runs the engine. Its own are in its container's group; one that
 * the learner moved to another group still carries the token, or its parent does.
 */
async function inStation(view: LinuxView, cgroup: string): Promise<boolean> {
  const own = await view.read(`/proc/${view.selfPid}/cgroup`, 16 * 1024);
  const container = own.ok ? /[0-9a-f]{64}/.exec(own.value)?.[0] : undefined;
  return container !== undefined && cgroup.includes(container);
}

/** systemd's own services; `user@UID.service` holds the whole session of a person and does not count. */
function isService(cgroup: string): boolean {
  return /\/system\.slice\/[^\n]*\.service/.test(cgroup) || /\/app\.slice\/[^\n]*\.service/.test(cgroup);
}

/** Browsers and desktop sandboxes drop the right to gain privileges; a learner's shell does not. */
async function isSandboxed(view: LinuxView, pid: number): Promise<boolean> {
  const status = await view.read(`/proc/${pid}/status`, 8192);
  return status.ok && parseStatus(status.value).get('NoNewPrivs') === '1';
}
