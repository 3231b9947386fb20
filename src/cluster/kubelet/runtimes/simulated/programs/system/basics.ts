import { Errno } from '../../fs/errno.ts';
import type { Syscalls } from '../../process/syscalls.ts';
import {
  duration,
  fail,
  groupNameOf,
  type ProgramTable,
  parseOptions,
  rowsOf,
  usage,
  userNameOf,
} from '../kit.ts';
import { echoText } from '../text/echo.ts';
import { formatted } from '../text/printf.ts';
import { evaluateTest } from '../text/test.ts';

/** Small programs about the process and the machine. */
export const basics: ProgramTable = {
  true: () => 0,
  false: () => 1,
  sleep,
  usleep: async (sys) => {
    await sys.sleep(Number(sys.args[1] ?? 0) / 1000);
    return 0;
  },
  echo: async (sys) => {
    await sys.out(echoText(sys.args.slice(1)));
    return 0;
  },
  printf: async (sys) => {
    if (sys.args.length < 2) return usage(sys, '', 'printf FORMAT [ARG]...');
    const { text, problems } = formatted(sys.args.slice(1));
    await sys.out(text);
    for (const problem of problems) await fail(sys, problem);
    return problems.length > 0 ? 1 : 0;
  },
  test: (sys) => runTest(sys, sys.args.slice(1)),
  '[': async (sys) =>
    sys.args.at(-1) === ']' ? runTest(sys, sys.args.slice(1, -1)) : fail(sys, 'missing ]', 2),
  yes: async (sys) => {
    const line = `${sys.args.slice(1).join(' ') || 'y'}\n`;
    const block = line.repeat(Math.max(1, Math.floor(1024 / line.length)));
    for (;;) await sys.out(block);
  },
  env,
  printenv: async (sys) => {
    if (sys.args.length === 1) {
      for (const [name, value] of sys.env) await sys.out(`${name}=${value}\n`);
      return 0;
    }
    let code = 0;
    for (const name of sys.args.slice(1)) {
      const value = sys.env.get(name);
      if (value === undefined) code = 1;
      else await sys.out(`${value}\n`);
    }
    return code;
  },
  pwd: async (sys) => {
    await sys.out(`${sys.files.cwd}\n`);
    return 0;
  },
  id,
  whoami: async (sys) => {
    const name = userNameOf(sys, sys.cred.uid);
    if (name === undefined) return fail(sys, `unknown uid ${sys.cred.uid}`);
    await sys.out(`${name}\n`);
    return 0;
  },
  groups: async (sys) => {
    await sys.out(`${sys.cred.groups.map((gid) => groupNameOf(sys, gid) ?? String(gid)).join(' ')}\n`);
    return 0;
  },
  hostname,
  uname,
  arch: async (sys) => {
    await sys.out(`${sys.host.architecture}\n`);
    return 0;
  },
  nproc: async (sys) => {
    await sys.out(`${sys.host.cpus}\n`);
    return 0;
  },
  tty: async (sys) => {
    const terminal = sys.tty(0);
    await sys.out(`${terminal?.name ?? 'not a tty'}\n`);
    return terminal === undefined ? 1 : 0;
  },
  sync: () => 0,
  chroot: async (sys) => {
    const [, root, ...command] = sys.args;
    if (root === undefined) return usage(sys, '', 'chroot NEWROOT [PROG ARGS]');
    try {
      sys.chroot(root);
    } catch (error) {
      if (!(error instanceof Errno)) throw error;
      return fail(sys, `can't change root directory to '${root}': ${error.message}`);
    }
    return execByName(sys, command.length === 0 ? ['/bin/sh', '-i'] : command);
  },
  clear: async (sys) => {
    await sys.out('\x1b[H\x1b[J');
    return 0;
  },
  logname: async (sys) => {
    await sys.out(`${userNameOf(sys, sys.cred.uid) ?? sys.cred.uid}\n`);
    return 0;
  },
};

async function sleep(sys: Syscalls): Promise<number> {
  const args = sys.args.slice(1);
  if (args.length === 0) return usage(sys, '', 'sleep [N]...');
  let total = 0;
  for (const arg of args) {
    const ms = duration(arg);
    if (ms === undefined) return fail(sys, `invalid number '${arg}'`);
    total += ms;
  }
  await sys.sleep(total);
  return 0;
}

async function runTest(sys: Syscalls, args: readonly string[]): Promise<number> {
  const result = evaluateTest(sys, args);
  return typeof result === 'boolean' ? (result ? 0 : 1) : fail(sys, result, 2);
}

async function env(sys: Syscalls): Promise<number> {
  const { rest, flags } = parseOptions(sys.args.slice(1), '+iu:', { 'ignore-environment': 'i', unset: 'u' });
  const environment = new Map(flags.has('i') ? [] : sys.env);
  if (flags.has('u')) environment.delete(flags.get('u') ?? '');
  const command = [...rest];
  while (command[0]?.includes('=') === true) {
    const text = command.shift() ?? '';
    environment.set(text.slice(0, text.indexOf('=')), text.slice(text.indexOf('=') + 1));
  }
  if (command.length > 0) return execByName(sys, command, environment);
  for (const [name, value] of environment) await sys.out(`${name}=${value}\n`);
  return 0;
}

/** This process becomes another program, found by PATH. */
export async function execByName(
  sys: Syscalls,
  command: readonly string[],
  environment: ReadonlyMap<string, string> = sys.env,
): Promise<number> {
  const [name = ''] = command;
  const folders = name.includes('/') ? [''] : (sys.env.get('PATH') ?? '/usr/bin:/bin').split(':');
  const path = folders
    .map((folder) => (folder === '' ? name : `${folder}/${name}`))
    .find((one) => sys.files.access(one, 1));
  if (path === undefined) return fail(sys, `can't execute '${name}': No such file or directory`, 127);
  try {
    return sys.exec(path, command, environment);
  } catch (error) {
    if (!(error instanceof Errno)) throw error;
    return fail(sys, `can't execute '${name}': ${error.message}`, 126);
  }
}

async function id(sys: Syscalls): Promise<number> {
  const { flags, rest, wrong } = parseOptions(sys.args.slice(1), 'ugnGr', {
    user: 'u',
    group: 'g',
    name: 'n',
    groups: 'G',
  });
  if (wrong !== undefined) return usage(sys, wrong, 'id [-ugGnr] [USER]');
  let { uid, gid, groups } = sys.cred;
  const [user] = rest;
  if (user !== undefined) {
    const row = rowsOf(sys, '/etc/passwd').find((one) => one[0] === user || one[2] === user);
    if (row === undefined)
      return fail(sys, sys.host.flavour.tools === 'gnu' ? `‘${user}’: no such user` : `unknown user ${user}`);
    uid = Number(row[2]);
    gid = Number(row[3]);
    groups = [gid];
  }
  const userName = userNameOf(sys, uid);
  const groupName = groupNameOf(sys, gid);
  if (flags.has('u')) await sys.out(`${flags.has('n') ? (userName ?? uid) : uid}\n`);
  else if (flags.has('g')) await sys.out(`${flags.has('n') ? (groupName ?? gid) : gid}\n`);
  else if (flags.has('G')) {
    await sys.out(
      `${groups.map((one) => (flags.has('n') ? (groupNameOf(sys, one) ?? one) : one)).join(' ')}\n`,
    );
  } else {
    const shown = (number: number, name: string | undefined) =>
      `${number}${name === undefined ? '' : `(${name})`}`;
    const list = groups.map((one) => shown(one, groupNameOf(sys, one))).join(',');
    await sys.out(`uid=${shown(uid, userName)} gid=${shown(gid, groupName)} groups=${list}\n`);
  }
  return 0;
}

async function hostname(sys: Syscalls): Promise<number> {
  const { flags, rest } = parseOptions(sys.args.slice(1), 'sdfiIF:', { fqdn: 'f', 'all-ip-addresses': 'I' });
  const [name] = rest;
  if (name !== undefined) {
    try {
      sys.setHostname(name);
      return 0;
    } catch (error) {
      if (!(error instanceof Errno)) throw error;
      return fail(sys, `sethostname: ${error.message}`);
    }
  }
  const { hostname: short, domainname } = sys.host;
  if (flags.has('i') || flags.has('I')) await sys.out(`${sys.net.ip}${flags.has('I') ? ' ' : ''}\n`);
  else if (flags.has('f'))
    await sys.out(
      `${domainname === '' || short.endsWith(`.${domainname}`) ? short : `${short}.${domainname}`}\n`,
    );
  else if (flags.has('d')) await sys.out(`${domainname}\n`);
  else await sys.out(`${flags.has('s') ? short.split('.')[0] : short}\n`);
  return 0;
}

async function uname(sys: Syscalls): Promise<number> {
  const { flags, wrong } = parseOptions(sys.args.slice(1), 'amnrspvio', {
    all: 'a',
    'kernel-release': 'r',
    machine: 'm',
  });
  if (wrong !== undefined) return usage(sys, wrong, 'uname [-amnrspvio]');
  const { hostname: node, kernel, architecture } = sys.host;
  const gnu = sys.host.flavour.tools === 'gnu';
  const fields: readonly (readonly [string, string])[] = [
    ['s', 'Linux'],
    ['n', node],
    ['r', kernel],
    ['v', '#1 SMP PREEMPT_DYNAMIC Thu Nov 13 12:00:00 UTC 2025'],
    ['m', architecture],
    ['o', gnu ? 'GNU/Linux' : 'Linux'],
  ];
  const wanted = flags.size === 0 ? ['s'] : [...flags.keys()];
  const shown = fields
    .filter(([letter]) => flags.has('a') || wanted.includes(letter))
    .map(([, text]) => text);
  await sys.out(`${(shown.length === 0 ? ['unknown'] : shown).join(' ')}\n`);
  return 0;
}
