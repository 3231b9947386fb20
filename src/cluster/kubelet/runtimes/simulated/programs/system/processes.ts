import { Errno } from '../../fs/errno.ts';
import { signal, signalName, signalNumber } from '../../process/signals.ts';
import type { ProcessInfo, Syscalls } from '../../process/syscalls.ts';
import { duration, fail, type ProgramTable, parseOptions, usage, userNameOf } from '../kit.ts';
import { execByName } from './basics.ts';

/** Programs about other processes. */
export const processPrograms: ProgramTable = {
  ps,
  top,
  kill,
  killall: async (sys) => {
    const { number, rest } = signalOption(sys.args.slice(1));
    if (number === undefined) return fail(sys, `bad signal name '${rest[0]}'`);
    let code = 0;
    for (const name of rest) {
      const found = sys.processes
        .all()
        .filter((one) => one.comm === name && one.pid !== sys.pid && one.state !== 'Z');
      if (found.length === 0) code = await fail(sys, `${name}: no process killed`);
      for (const one of found) sys.kill(one.pid, number);
    }
    return code;
  },
  pidof: async (sys) => {
    const names = sys.args.slice(1).filter((arg) => !arg.startsWith('-'));
    const found = sys.processes
      .all()
      .filter((one) => one.state !== 'Z' && names.some((name) => one.comm === name || baseOf(one) === name));
    if (found.length === 0) return 1;
    await sys.out(
      `${found
        .map((one) => one.pid)
        .reverse()
        .join(' ')}\n`,
    );
    return 0;
  },
  pgrep: (sys) => search(sys, undefined),
  pkill: (sys) => {
    const { number, rest } = signalOption(sys.args.slice(1));
    return number === undefined ? fail(sys, `bad signal name '${rest[0]}'`) : search(sys, number, rest);
  },
  timeout,
  nohup: (sys) => {
    sys.onSignal(signal.HUP, 'ignore');
    return sys.args.length > 1 ? execByName(sys, sys.args.slice(1)) : usage(sys, '', 'nohup PROG ARGS');
  },
  nice: (sys) => execByName(sys, sys.args.slice(sys.args[1] === '-n' ? 3 : 1)),
  setsid: (sys) =>
    execByName(
      sys,
      sys.args.slice(1).filter((arg) => arg !== '-c'),
    ),
  time: async (sys) => {
    const startMs = sys.now();
    const child = sys.fork((forked) => execByName(forked, sys.args.slice(1)));
    const end = await child.wait();
    const seconds = (sys.now() - startMs) / 1000;
    const shown = `${Math.floor(seconds / 60)}m ${(seconds % 60).toFixed(2)}s`;
    await sys.err(`real\t${shown}\nuser\t0m 0.00s\nsys\t0m 0.00s\n`);
    return end.status;
  },
  watch: async (sys) => {
    const { flags, rest } = parseOptions(sys.args.slice(1), '+n:td');
    for (;;) {
      await sys.out('\x1b[H\x1b[J');
      if (!flags.has('t'))
        await sys.out(`Every ${Number(flags.get('n') ?? 2).toFixed(1)}s: ${rest.join(' ')}\n\n`);
      await sys.spawn('/bin/sh', ['sh', '-c', rest.join(' ')]).wait();
      await sys.sleep(Math.max(0.1, Number(flags.get('n') ?? 2)) * 1000);
    }
  },
};

function baseOf(one: ProcessInfo): string {
  const first = one.args[0] ?? '';
  return first.slice(first.lastIndexOf('/') + 1);
}

/** busybox's last column: `{comm} args` when they differ. */
function commandOf(one: ProcessInfo): string {
  if (one.state === 'Z' || one.args.length === 0) return `[${one.comm}]`;
  const text = one.args.join(' ').replace(/\n/g, ' ');
  return baseOf(one).startsWith(one.comm) || text.startsWith(one.comm) ? text : `{${one.comm}} ${text}`;
}

async function ps(sys: Syscalls): Promise<number> {
  const { flags } = parseOptions(sys.args.slice(1), 'aewlfo:ATp:H');
  const all = sys.processes.all();
  const width = sys.tty(1)?.width || Number.POSITIVE_INFINITY;
  const put = (line: string) => sys.out(`${line.slice(0, width).trimEnd()}\n`);
  const columns = flags.get('o');
  if (columns !== undefined) return custom(sys, all, columns.split(','));
  const user = (one: ProcessInfo) => (userNameOf(sys, one.uid) ?? String(one.uid)).slice(0, 8).padEnd(8);
  if (sys.host.flavour.tools === 'gnu') {
    const everyone = sys.args.length > 1;
    const full = flags.has('f') || sys.args[1] === 'aux' || flags.has('l');
    await put(
      full ? 'UID          PID    PPID  C STIME TTY          TIME CMD' : '    PID TTY          TIME CMD',
    );
    for (const one of everyone ? all : all.filter((other) => other.tty === (sys.tty(0)?.name ?? ''))) {
      const tty = (one.tty.replace('/dev/', '') || '?').padEnd(8);
      const start = new Date(one.startedAtMs).toISOString().slice(11, 16);
      const head = full
        ? `${user(one)} ${String(one.pid).padStart(7)} ${String(one.ppid).padStart(7)}  0 ${start} ${tty}`
        : `${String(one.pid).padStart(7)} ${tty}`;
      await put(`${head} ${clock(one.cpuMs)} ${full ? one.args.join(' ') : one.comm}`);
    }
    return 0;
  }
  const { psTime } = sys.host.flavour;
  await put(`PID   USER     ${psTime ? 'TIME  ' : ''}COMMAND`);
  for (const one of all) {
    const time = psTime
      ? `${Math.floor(one.cpuMs / 60_000)}:${String(Math.floor(one.cpuMs / 1000) % 60).padStart(2, '0')}`.padStart(
          5,
        )
      : '';
    await put(
      `${String(one.pid).padStart(5)} ${user(one)} ${time === '' ? '' : `${time} `}${commandOf(one)}`,
    );
  }
  return 0;
}

function clock(ms: number): string {
  return new Date(ms).toISOString().slice(11, 19);
}

async function custom(
  sys: Syscalls,
  all: readonly ProcessInfo[],
  columns: readonly string[],
): Promise<number> {
  const values: { readonly [name: string]: readonly [string, number, (one: ProcessInfo) => string] } = {
    pid: ['PID', 5, (one) => String(one.pid)],
    ppid: ['PPID', 5, (one) => String(one.ppid)],
    pgid: ['PGID', 5, (one) => String(one.pgid)],
    user: ['USER', 8, (one) => userNameOf(sys, one.uid) ?? String(one.uid)],
    uid: ['UID', 5, (one) => String(one.uid)],
    group: ['GROUP', 8, (one) => String(one.gid)],
    comm: ['COMMAND', 16, (one) => one.comm],
    args: ['COMMAND', 27, commandOf],
    cmd: ['COMMAND', 27, commandOf],
    stat: ['STAT', 4, (one) => one.state],
    rss: ['RSS', 4, (one) => String(Math.round(one.memoryBytes / 1024))],
    vsz: ['VSZ', 4, (one) => String(Math.round((one.memoryBytes * 3) / 1024))],
    tty: ['TT', 6, (one) => one.tty.replace('/dev/', '') || '?'],
    time: ['TIME', 5, (one) => clock(one.cpuMs)],
    etime: ['ELAPSED', 7, (one) => clock(sys.now() - one.startedAtMs).slice(3)],
  };
  const known = columns.map((name) => values[name.replace(/=.*/, '')]);
  const wrong = columns.find((_, index) => known[index] === undefined);
  if (wrong !== undefined)
    return fail(sys, `bad -o argument '${wrong}', supported arguments: ${Object.keys(values).join(',')}`);
  const row = (cells: readonly string[]) =>
    sys.out(
      `${cells.map((cell, index) => (index === cells.length - 1 ? cell : cell.padEnd(known[index]?.[1] ?? 5))).join(' ')}\n`,
    );
  await row(known.map((one) => one?.[0] ?? ''));
  for (const one of all) await row(known.map((column) => column?.[2](one) ?? ''));
  return 0;
}

async function top(sys: Syscalls): Promise<number> {
  const { flags } = parseOptions(sys.args.slice(1), 'bn:d:mH');
  const rounds = Number(flags.get('n') ?? Number.POSITIVE_INFINITY);
  let before = new Map<number, number>();
  for (let round = 0; round < rounds; round++) {
    if (round > 0) await sys.sleep(Number(flags.get('d') ?? 5) * 1000);
    const seconds =
      round === 0 ? Math.max(1, (sys.now() - sys.host.bootedAtMs) / 1000) : Number(flags.get('d') ?? 5);
    const all = sys.processes.all();
    const total = Math.round(sys.host.memoryBytes / 1024);
    const used =
      Math.round(all.reduce((sum, one) => sum + one.memoryBytes, 0) / 1024) + Math.round(total * 0.2);
    if (!flags.has('b')) await sys.out('\x1b[H\x1b[J');
    await sys.out(
      `Mem: ${used}K used, ${total - used}K free, 1200K shrd, 40000K buff, ${Math.round(total * 0.2)}K cached\n`,
    );
    await sys.out('CPU:   2% usr   1% sys   0% nic  97% idle   0% io   0% irq   0% sirq\n');
    await sys.out(`Load average: 0.05 0.03 0.00 1/${all.length} ${sys.pid}\n`);
    await sys.out('  PID  PPID USER     STAT   VSZ %VSZ CPU %CPU COMMAND\n');
    const busy = (one: ProcessInfo) =>
      (one.cpuMs - (before.get(one.pid) ?? 0)) / 10 / seconds / sys.host.cpus;
    for (const one of [...all].sort((a, b) => busy(b) - busy(a))) {
      const size = Math.round((one.memoryBytes * 3) / 1024);
      const user = (userNameOf(sys, one.uid) ?? String(one.uid)).slice(0, 8).padEnd(8);
      const cells = [
        String(one.pid).padStart(5),
        String(one.ppid).padStart(5),
        user,
        one.state.padEnd(4),
        String(size).padStart(5),
        `${String(Math.round((size / total) * 100)).padStart(3)}%`,
        '  0',
        `${String(Math.round(busy(one))).padStart(3)}%`,
      ];
      await sys.out(`${cells.join(' ')} ${commandOf(one)}\n`);
    }
    before = new Map(all.map((one) => [one.pid, one.cpuMs]));
  }
  return 0;
}

function signalOption(args: readonly string[]): {
  readonly number: number | undefined;
  readonly rest: readonly string[];
} {
  const [first = ''] = args;
  if (first === '-s') return { number: signalNumber(args[1] ?? ''), rest: args.slice(2) };
  if (/^-[A-Z0-9]/.test(first)) return { number: signalNumber(first.slice(1)), rest: args.slice(1) };
  return { number: signal.TERM, rest: args };
}

async function kill(sys: Syscalls): Promise<number> {
  const args = sys.args.slice(1);
  if (args[0] === '-l') {
    await sys.out(
      Array.from({ length: 31 }, (_, n) => `${String(n + 1).padStart(2)}) ${signalName(n + 1)}\n`).join(''),
    );
    return 0;
  }
  const { number, rest } = signalOption(args);
  if (number === undefined) return fail(sys, `bad signal name '${(args[0] ?? '').slice(1)}'`);
  if (rest.length === 0) return fail(sys, 'you need to specify whom to kill');
  let code = 0;
  for (const text of rest) {
    const pid = Number(text);
    if (!Number.isInteger(pid)) {
      code = await fail(sys, `invalid number '${text}'`);
      continue;
    }
    try {
      sys.kill(pid, number);
    } catch (error) {
      if (!(error instanceof Errno)) throw error;
      code = await fail(sys, `can't kill pid ${pid}: ${error.message}`);
    }
  }
  return code;
}

async function search(
  sys: Syscalls,
  number: number | undefined,
  args: readonly string[] = sys.args.slice(1),
): Promise<number> {
  const { flags, rest } = parseOptions(args, 'flnovxas:P:');
  const [pattern = ''] = rest;
  const text = (one: ProcessInfo) => (flags.has('f') ? one.args.join(' ') : one.comm);
  const found = sys.processes
    .all()
    .filter(
      (one) =>
        one.pid !== sys.pid &&
        one.state !== 'Z' &&
        (flags.has('x') ? text(one) === pattern : contains(pattern, text(one))),
    );
  for (const one of found) {
    if (number !== undefined) sys.kill(one.pid, number);
    else
      await sys.out(
        `${one.pid}${flags.has('l') || flags.has('a') ? ` ${flags.has('a') ? one.args.join(' ') : one.comm}` : ''}\n`,
      );
  }
  return found.length > 0 ? 0 : 1;
}

function contains(pattern: string, text: string): boolean {
  try {
    return new RegExp(pattern.slice(0, 200)).test(text.slice(0, 4096));
  } catch {
    return text.includes(pattern);
  }
}

async function timeout(sys: Syscalls): Promise<number> {
  const { flags, rest } = parseOptions(sys.args.slice(1), '+s:k:t:');
  const number = signalNumber(flags.get('s') ?? 'TERM');
  if (number === undefined) return fail(sys, `bad signal name '${flags.get('s')}'`);
  const [first = '', ...others] = rest;
  const ms = duration(flags.get('t') ?? first);
  const command = flags.has('t') ? rest : others;
  if (ms === undefined) return fail(sys, `invalid number '${first}'`);
  if (command.length === 0) return usage(sys, '', 'timeout [-s SIG] [-k KILL_SECS] SECS PROG ARGS');
  const child = sys.fork((forked) => execByName(forked, command));
  let late = false;
  const stop = (what: number) => {
    if (child.end === undefined) sys.kill(child.pid, what);
  };
  const timers = [
    sys.after(ms, () => {
      late = true;
      stop(number);
    }),
  ];
  const again = duration(flags.get('k') ?? '');
  if (again !== undefined) timers.push(sys.after(ms + again, () => stop(signal.KILL)));
  try {
    const end = await child.wait();
    if (!late) return end.status;
    if (end.signal === 0 && end.code !== 0) return end.code;
    if (sys.host.flavour.tools === 'gnu') return end.signal === signal.KILL ? 137 : 124;
    // busybox: the command itself is this process, so its signal is what is seen.
    sys.kill(sys.pid, end.signal || number);
    return 128 + (end.signal || number);
  } finally {
    for (const cancel of timers) cancel();
  }
}
