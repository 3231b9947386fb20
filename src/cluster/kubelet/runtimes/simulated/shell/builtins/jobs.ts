import { Errno } from '../../fs/errno.ts';
import { signal, signalName, signalNumber, signalText } from '../../process/signals.ts';
import { type Builtin, type Job, jobEnded, type ShellHost } from '../host.ts';

/** Built-ins for background jobs and signals. */
export const jobs: { readonly [name: string]: Builtin } = {
  wait,
  kill,
  jobs: async (shell, args) => {
    for (const job of [...shell.jobs.listed]) {
      if (args[1] === '-p') await shell.sys.out(`${job.children[0]?.pid}\n`);
      else await shell.sys.out(jobLine(shell, job, args[1] === '-l'));
      if (jobEnded(job)) shell.jobs.remove(job);
    }
    return 0;
  },
  fg: async (shell, args) => {
    const job = shell.jobs.find(args[1] ?? '%%');
    if (job === undefined) return noJob(shell, 'fg', args[1]);
    await shell.sys.out(`${job.text}\n`);
    resume(shell, job);
    const terminal = shell.sys.tty(0);
    const last = job.children.at(-1);
    if (terminal !== undefined) terminal.foreground = job.children[0]?.pid ?? 0;
    const status = last === undefined ? 0 : await shell.waitFor(last);
    if (terminal !== undefined) terminal.foreground = shell.sys.pgid;
    shell.jobs.remove(job);
    return status;
  },
  bg: async (shell, args) => {
    const job = shell.jobs.find(args[1] ?? '%%');
    if (job === undefined) return noJob(shell, 'bg', args[1]);
    await shell.sys.out(`[${job.number}] ${job.text}\n`);
    resume(shell, job);
    return 0;
  },
};

async function noJob(shell: ShellHost, name: string, spec: string | undefined): Promise<number> {
  await shell.complain(spec === undefined ? `${name}: no current job` : `${name}: ${spec}: no such job`);
  return 2;
}

function resume(shell: ShellHost, job: Job): void {
  job.stopped = false;
  for (const child of job.children) if (child.end === undefined) shell.sys.kill(child.pid, signal.CONT);
}

/** `[1]+  Done                    sleep 1` */
export function jobLine(shell: ShellHost, job: Job, withPid = false): string {
  const current = shell.jobs.all.at(-1) === job ? '+' : shell.jobs.all.at(-2) === job ? '-' : ' ';
  const end = job.children.at(-1)?.end;
  const state =
    end === undefined || !jobEnded(job)
      ? job.stopped
        ? 'Stopped'
        : 'Running'
      : end.signal > 0
        ? signalText(end.signal)
        : end.code === 0
          ? 'Done'
          : `Done(${end.code})`;
  const pid = withPid ? `${job.children[0]?.pid} ` : '';
  return `[${job.number}] ${current} ${pid}${state.padEnd(27 - 4)} ${job.text}\n`.replace(
    /^(\[\d+\]) (.) /,
    '$1$2  ',
  );
}

async function wait(shell: ShellHost, args: readonly string[]): Promise<number> {
  if (args.length === 1) {
    for (const job of [...shell.jobs.all]) {
      for (const child of job.children) {
        const status = await shell.waitFor(child);
        if (child.end === undefined) return status;
      }
      shell.jobs.remove(job);
    }
    return 0;
  }
  let status = 0;
  for (const spec of args.slice(1)) {
    const job = spec.startsWith('%') ? shell.jobs.find(spec) : shell.jobs.ofPid(Number(spec));
    const child = spec.startsWith('%')
      ? job?.children.at(-1)
      : job?.children.find((one) => one.pid === Number(spec));
    if (job === undefined || child === undefined) {
      status = 127;
      continue;
    }
    status = await shell.waitFor(child);
    if (child.end === undefined) return status;
    await sayEnd(shell, child.end.signal);
    if (jobEnded(job)) shell.jobs.remove(job);
  }
  return status;
}

/** Of a job that a signal ended, unless it was the usual one. */
async function sayEnd(shell: ShellHost, number: number): Promise<void> {
  if (number > 0 && number !== signal.INT && number !== signal.PIPE && !shell.interactive)
    await shell.sys.err(`${signalText(number)}\n`);
}

async function kill(shell: ShellHost, args: readonly string[]): Promise<number> {
  const rest = args.slice(1);
  let number: number = signal.TERM;
  if (rest[0] === '-l') {
    const status = Number(rest[1] ?? Number.NaN);
    const all = Array.from({ length: 31 }, (_, n) => `${String(n + 1).padStart(2)}) ${signalName(n + 1)}`);
    await shell.sys.out(
      `${Number.isNaN(status) ? all.join('\n') : signalName(status > 128 ? status - 128 : status)}\n`,
    );
    return 0;
  }
  if (rest[0] === '-s' || rest[0] === '-n') {
    number = signalNumber(rest[1] ?? '') ?? -1;
    if (number < 0) return badSignal(shell, rest[1] ?? '');
    rest.splice(0, 2);
  } else if (/^-./.test(rest[0] ?? '') && rest[0] !== '--') {
    number = signalNumber((rest[0] ?? '').slice(1)) ?? -1;
    if (number < 0) return badSignal(shell, (rest[0] ?? '').slice(1));
    rest.shift();
  }
  if (rest[0] === '--') rest.shift();
  if (rest.length === 0) {
    await shell.sys.err(`${shell.state.name}: you need to specify whom to kill\n`);
    return 1;
  }
  let failed = 0;
  for (const target of rest) {
    const job = target.startsWith('%') ? shell.jobs.find(target) : undefined;
    if (target.startsWith('%') && job === undefined) return noJob(shell, 'kill', target);
    const pids =
      job === undefined
        ? [Number(target)]
        : job.children.filter((one) => one.end === undefined).map((one) => one.pid);
    for (const pid of pids) {
      if (!Number.isInteger(pid)) {
        await shell.sys.err(`${shell.state.name}: invalid number '${target}'\n`);
        failed = 1;
        continue;
      }
      try {
        shell.sys.kill(pid, number);
      } catch (error) {
        if (!(error instanceof Errno)) throw error;
        await shell.sys.err(`${shell.state.name}: can't kill pid ${pid}: ${error.message}\n`);
        failed = 1;
      }
    }
  }
  return failed;
}

async function badSignal(shell: ShellHost, name: string): Promise<number> {
  await shell.sys.err(`${shell.state.name}: bad signal name '${name}'\n`);
  return 1;
}
