import { Errno } from '../../fs/errno.ts';
import { baseName, join } from '../../fs/paths.ts';
import type { Syscalls } from '../../process/syscalls.ts';
import { fail, idOf, type ProgramTable, parseOptions, usage } from '../kit.ts';
import { cp, each, expand, linkExists, mv, rm } from './copy.ts';

/** Programs that change the tree. */
export const changePrograms: ProgramTable = {
  mkdir: async (sys) => {
    const { flags, rest, wrong } = parseOptions(sys.args.slice(1), 'pm:v', { parents: 'p', mode: 'm' });
    if (wrong !== undefined || rest.length === 0)
      return usage(sys, wrong ?? '', 'mkdir [-m MODE] [-p] DIRECTORY...');
    return each(
      sys,
      rest,
      (path) => {
        if (flags.has('p')) makeAll(sys, path);
        else sys.files.mkdir(path);
        if (flags.has('m')) sys.files.chmod(path, modeOf(flags.get('m') ?? '', 0o777, true) ?? 0o777);
      },
      (path, text) =>
        sys.host.flavour.tools === 'gnu'
          ? `cannot create directory ‘${path}’: ${text}`
          : `can't create directory '${path}': ${text}`,
    );
  },
  rmdir: (sys) =>
    each(
      sys,
      parseOptions(sys.args.slice(1), 'p').rest,
      (path) => sys.files.rmdir(path),
      (path, text) => `'${path}': ${text}`,
    ),
  rm,
  unlink: (sys) =>
    each(
      sys,
      sys.args.slice(1),
      (path) => sys.files.unlink(path),
      (path, text) => `can't remove file '${path}': ${text}`,
    ),
  mv,
  cp,
  install: cp,
  ln: async (sys) => {
    const { flags, rest } = parseOptions(sys.args.slice(1), 'sfnbvT');
    const target = rest.at(-1) ?? '';
    const intoFolder = rest.length > 1 && sys.files.isDir(target) && !flags.has('n') && !flags.has('T');
    const sources = rest.length === 1 ? rest : rest.slice(0, -1);
    return each(
      sys,
      sources,
      (path) => {
        const to = rest.length === 1 ? baseName(path) : intoFolder ? join(target, baseName(path)) : target;
        if (flags.has('f') && linkExists(sys, to)) sys.files.unlink(to);
        if (flags.has('s')) sys.files.symlink(path, to);
        else sys.files.link(path, to);
      },
      (path, text) => `${rest.length === 1 ? path : target}: ${text}`,
    );
  },
  touch: async (sys) => {
    const { flags, rest, wrong } = parseOptions(sys.args.slice(1), 'camd:t:r:h');
    if (wrong !== undefined || rest.length === 0)
      return usage(sys, wrong ?? '', 'touch [-cham] [-d DATE] [-t DATE] [-r FILE] FILE...');
    const given = flags.get('d') === undefined ? Number.NaN : Date.parse(flags.get('d') ?? '');
    return each(
      sys,
      rest,
      (path) => {
        if (sys.files.exists(path)) sys.files.utimes(path, Number.isNaN(given) ? sys.now() : given);
        else if (!flags.has('c')) sys.close(sys.open(path, { write: true, create: true }));
      },
      (path, text) =>
        sys.host.flavour.tools === 'gnu' ? `cannot touch '${path}': ${text}` : `${path}: ${text}`,
    );
  },
  truncate: async (sys) => {
    const { flags, rest } = parseOptions(sys.args.slice(1), 'cs:');
    const size =
      Number(/^\d+/.exec(flags.get('s') ?? '')?.[0] ?? 0) *
      ({ K: 2 ** 10, M: 2 ** 20, G: 2 ** 30 }[/[KMG]/.exec(flags.get('s') ?? '')?.[0] ?? ''] ?? 1);
    return each(
      sys,
      rest,
      (path) => {
        const { node, found } = sys.files.openFile(path, { write: true, create: true });
        if (node.kind === 'file') sys.files.resize(node, found, size);
      },
      (path, text) => `${path}: ${text}`,
    );
  },
  mkfifo: (sys) =>
    each(
      sys,
      sys.args.slice(1),
      (path) => sys.files.mkfifo(path),
      (path, text) => `${path}: ${text}`,
    ),
  chmod: async (sys) => {
    const { flags, rest } = parseOptions(
      sys.args.slice(1).map((arg) => (/^-[rwxXst]/.test(arg) ? `\0${arg}` : arg)),
      'RvcfH',
    );
    const [mode = '', ...paths] = rest.map((arg) => arg.replace('\0', ''));
    return each(
      sys,
      expand(sys, paths, flags.has('R')),
      (path) => {
        const stat = sys.files.stat(path);
        const wanted = modeOf(mode, stat.mode, stat.kind === 'dir');
        if (wanted === undefined) throw new Errno('EINVAL');
        sys.files.chmod(path, wanted);
      },
      (path, text) => (text === 'Invalid argument' ? `invalid mode '${mode}'` : `${path}: ${text}`),
    );
  },
  chown: (sys) => chown(sys, 'owner'),
  chgrp: (sys) => chown(sys, 'group'),
  mktemp: async (sys) => {
    const { flags, rest } = parseOptions(sys.args.slice(1), 'dqtup:');
    const folder = flags.get('p') ?? sys.env.get('TMPDIR') ?? '/tmp';
    const template = rest[0] ?? `${folder}/tmp.XXXXXX`;
    const letters = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789';
    const path = template.replace(/X{3,}$/, (run) =>
      [...run].map(() => letters[sys.random.int(letters.length)]).join(''),
    );
    try {
      if (flags.has('d')) sys.files.mkdir(path, 0o700);
      else sys.files.writeBytes(path, new Uint8Array(0), 0o600);
    } catch (error) {
      if (!(error instanceof Errno)) throw error;
      return fail(sys, `(null): ${error.message}`);
    }
    await sys.out(`${path}\n`);
    return 0;
  },
};

export function makeAll(sys: Syscalls, path: string): void {
  let at = path.startsWith('/') ? '' : '.';
  for (const part of path.split('/').filter((one) => one !== '')) {
    at += `/${part}`;
    if (sys.files.isDir(at)) continue;
    sys.files.mkdir(at);
  }
}

/** `755`, `u+x,go-w`; undefined: neither. */
function modeOf(text: string, before: number, isDir: boolean): number | undefined {
  if (/^[0-7]{1,4}$/.test(text)) return Number.parseInt(text, 8);
  let mode = before;
  for (const clause of text.split(',')) {
    const [, who = '', operator, letters = ''] = /^([ugoa]*)([-+=])([rwxXst]*)$/.exec(clause) ?? [];
    if (operator === undefined) return undefined;
    const classes = who === '' || who.includes('a') ? 'ugo' : who;
    let bits = 0;
    let clear = 0;
    for (const one of classes) {
      const shift = { u: 6, g: 3, o: 0 }[one] ?? 0;
      clear |= 7 << shift;
      for (const letter of letters) {
        if (letter === 'X') bits |= (isDir || (before & 0o111) !== 0 ? 1 : 0) << shift;
        else if (letter === 's') bits |= one === 'u' ? 0o4000 : one === 'g' ? 0o2000 : 0;
        else if (letter === 't') bits |= 0o1000;
        else bits |= ({ r: 4, w: 2, x: 1 }[letter] ?? 0) << shift;
      }
    }
    mode = operator === '+' ? mode | bits : operator === '-' ? mode & ~bits : (mode & ~clear) | bits;
  }
  return mode;
}

async function chown(sys: Syscalls, what: 'owner' | 'group'): Promise<number> {
  const { flags, rest } = parseOptions(sys.args.slice(1), 'RhvcfLHP');
  const [spec = '', ...paths] = rest;
  const [user = '', group] = what === 'owner' ? spec.split(/[:.]/) : ['', spec];
  const uid = user === '' ? undefined : idOf(sys, '/etc/passwd', user);
  const gid = group === undefined || group === '' ? undefined : idOf(sys, '/etc/group', group);
  if (user !== '' && uid === undefined) return fail(sys, `unknown user ${user}`);
  if (group !== undefined && group !== '' && gid === undefined) return fail(sys, `unknown group ${group}`);
  return each(
    sys,
    expand(sys, paths, flags.has('R')),
    (path) => sys.files.chown(path, uid, gid),
    (path, text) => `${path}: ${text}`,
  );
}
