/** Linux numbers on amd64 and arm64. */
const numbers: { readonly [name: string]: number } = {
  HUP: 1,
  INT: 2,
  QUIT: 3,
  ILL: 4,
  TRAP: 5,
  ABRT: 6,
  BUS: 7,
  FPE: 8,
  KILL: 9,
  USR1: 10,
  SEGV: 11,
  USR2: 12,
  PIPE: 13,
  ALRM: 14,
  TERM: 15,
  STKFLT: 16,
  CHLD: 17,
  CONT: 18,
  STOP: 19,
  TSTP: 20,
  TTIN: 21,
  TTOU: 22,
  URG: 23,
  XCPU: 24,
  XFSZ: 25,
  VTALRM: 26,
  PROF: 27,
  WINCH: 28,
  POLL: 29,
  PWR: 30,
  SYS: 31,
};

export const signal = {
  HUP: 1,
  INT: 2,
  QUIT: 3,
  KILL: 9,
  USR1: 10,
  SEGV: 11,
  PIPE: 13,
  ALRM: 14,
  TERM: 15,
  CHLD: 17,
  CONT: 18,
  STOP: 19,
  TSTP: 20,
  WINCH: 28,
} as const;

const names = new Map(Object.entries(numbers).map(([name, number]) => [number, name]));

/** `TERM`, `SIGTERM`, `15`; undefined: no such signal. 0 is one (`kill -0`). */
export function signalNumber(text: string): number | undefined {
  if (/^\d+$/.test(text)) {
    const number = Number(text);
    return number <= 64 ? number : undefined;
  }
  const name = text.toUpperCase().replace(/^SIG/, '');
  if (name === 'EXIT') return 0;
  return Object.hasOwn(numbers, name) ? numbers[name] : undefined;
}

export function signalName(number: number): string {
  if (number === 0) return 'EXIT';
  const rt = number - 34;
  return names.get(number) ?? (rt === 0 ? 'RTMIN' : rt > 0 ? `RTMIN+${rt}` : String(number));
}

/** What happens to a process without a handler. */
export function defaultAction(number: number): 'end' | 'ignore' | 'stop' | 'continue' {
  if (number === signal.CHLD || number === 23 || number === signal.WINCH) return 'ignore';
  if (number === signal.CONT) return 'continue';
  return number >= signal.STOP && number <= 22 ? 'stop' : 'end';
}

const descriptions: { readonly [number: number]: string } = {
  1: 'Hangup',
  3: 'Quit',
  4: 'Illegal instruction',
  5: 'Trace/breakpoint trap',
  6: 'Aborted',
  7: 'Bus error',
  8: 'Floating point exception',
  9: 'Killed',
  10: 'User defined signal 1',
  11: 'Segmentation fault',
  12: 'User defined signal 2',
  14: 'Alarm clock',
  15: 'Terminated',
};

/** What a shell says of a child that a signal ended (strsignal); '' for the silent ones. */
export function signalText(number: number): string {
  return descriptions[number] ?? (number === 2 || number === 13 ? '' : `Signal ${number}`);
}
