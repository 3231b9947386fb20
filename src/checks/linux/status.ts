/** Fields of `/proc/<pid>/status` by name (proc_pid_status(5)), values trimmed. */
export function parseStatus(text: string): ReadonlyMap<string, string> {
  const fields = new Map<string, string>();
  for (const line of text.split('\n')) {
    const colon = line.indexOf(':');
    if (colon > 0) fields.set(line.slice(0, colon), line.slice(colon + 1).trim());
  }
  return fields;
}

/** The part of `/proc/<pid>/stat` that decides whose process it is (proc_pid_stat(5)). */
export interface ProcessStat {
  readonly pid: number;
  readonly comm: string;
  /** R, S, D, T, Z, X… */
  readonly state: string;
  readonly parent: number;
  readonly session: number;
  /** Device number of the controlling terminal; 0 when none. */
  readonly terminal: number;
  readonly kernelThread: boolean;
  /** Clock ticks (1/100 s) after boot. */
  readonly startTicks: number;
}

/** PF_KTHREAD of include/linux/sched.h. */
const kernelThreadFlag = 0x00200000;

export function parseStat(text: string): ProcessStat | undefined {
  // The name is between the first '(' and the last ')' and may itself contain both, and spaces.
  const open = text.indexOf('(');
  const close = text.lastIndexOf(')');
  if (open < 0 || close < open) return undefined;
  const rest = text.slice(close + 2).split(' ');
  const number = (index: number) => Number(rest[index] ?? 0);
  return {
    pid: Number(text.slice(0, open)),
    comm: text.slice(open + 1, close),
    state: rest[0] ?? '?',
    parent: number(1),
    session: number(3),
    terminal: number(4),
    kernelThread: (number(6) & kernelThreadFlag) !== 0,
    startTicks: number(19),
  };
}

/** Major numbers of pseudo-terminals (Documentation/admin-guide/devices.txt: 136-143 Unix98 PTY slaves). */
export function isPseudoTerminal(terminal: number): boolean {
  const major = (terminal >>> 8) & 0xfff;
  return major >= 136 && major <= 143;
}
