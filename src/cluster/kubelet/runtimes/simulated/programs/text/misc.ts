import { Errno } from '../../fs/errno.ts';
import { baseName, folderOf, join } from '../../fs/paths.ts';
import { toText } from '../../process/bytes.ts';
import type { Syscalls } from '../../process/syscalls.ts';
import { modeText } from '../files/ls.ts';
import { fail, type ProgramTable, parseOptions, readAll } from '../kit.ts';
import { formatDate, human } from '../system/machine.ts';
import { expr } from './expr.ts';
import { seq, tr } from './sets.ts';

/** Small programs about text and names. */
export const miscPrograms: ProgramTable = {
  tr,
  seq,
  expr,
  basename: async (sys) => {
    const [, path = '', suffix = ''] = sys.args;
    const name = baseName(path);
    await sys.out(
      `${suffix !== '' && name !== suffix && name.endsWith(suffix) ? name.slice(0, -suffix.length) : name}\n`,
    );
    return 0;
  },
  dirname: async (sys) => {
    await sys.out(`${folderOf(sys.args[1] ?? '')}\n`);
    return 0;
  },
  readlink: async (sys) => {
    const { flags, rest } = parseOptions(sys.args.slice(1), 'fnsve');
    try {
      await sys.out(
        `${flags.has('f') ? canonical(sys, rest[0] ?? '') : sys.files.readlink(rest[0] ?? '')}${flags.has('n') ? '' : '\n'}`,
      );
      return 0;
    } catch (error) {
      if (!(error instanceof Errno)) throw error;
      return 1;
    }
  },
  realpath: async (sys) => {
    let code = 0;
    for (const path of sys.args.slice(1)) {
      try {
        await sys.out(`${canonical(sys, path)}\n`);
      } catch (error) {
        if (!(error instanceof Errno)) throw error;
        code = await fail(sys, `${path}: ${error.message}`);
      }
    }
    return code;
  },
  which: async (sys) => {
    let code = 0;
    for (const name of sys.args.slice(1).filter((arg) => !arg.startsWith('-'))) {
      const path = (sys.env.get('PATH') ?? '')
        .split(':')
        .map((folder) => `${folder}/${name}`)
        .find((one) => sys.files.access(one, 1) && !sys.files.isDir(one));
      if (path === undefined) code = 1;
      else await sys.out(`${path}\n`);
    }
    return code;
  },
  stat,
  du,
  cmp: async (sys) => {
    const { flags, rest } = parseOptions(sys.args.slice(1), 'sl');
    const [a, b] = await Promise.all([content(sys, rest[0]), content(sys, rest[1])]);
    const length = Math.min(a.byteLength, b.byteLength);
    const at = a.subarray(0, length).findIndex((byte, index) => byte !== b[index]);
    if (at < 0 && a.byteLength === b.byteLength) return 0;
    if (!flags.has('s')) {
      const line = toText(a.subarray(0, Math.max(0, at))).split('\n').length;
      await (at < 0
        ? sys.err(`cmp: EOF on ${a.byteLength < b.byteLength ? rest[0] : rest[1]}\n`)
        : sys.out(`${rest[0]} ${rest[1]} differ: char ${at + 1}, line ${line}\n`));
    }
    return 1;
  },
  diff,
  getopt: (sys) => fail(sys, 'not supported'),
};

async function content(sys: Syscalls, path = '-'): Promise<Uint8Array> {
  return path === '-' ? readAll(sys) : sys.files.readBytes(path);
}

function canonical(sys: Syscalls, path: string): string {
  const found = sys.files.find(path);
  if (found.node === undefined && path.endsWith('/')) throw new Errno('ENOENT');
  return found.path;
}

async function stat(sys: Syscalls): Promise<number> {
  const { flags, rest } = parseOptions(sys.args.slice(1), 'Lfc:t', { format: 'c', dereference: 'L' });
  let code = 0;
  for (const path of rest) {
    try {
      const one = sys.files.stat(path, flags.has('L'));
      const kind = {
        file: one.size === 0 ? 'regular empty file' : 'regular file',
        dir: 'directory',
        link: 'symbolic link',
        device: 'character special file',
        fifo: 'fifo',
      }[one.kind];
      const time = formatDate(one.mtimeMs, '%Y-%m-%d %H:%M:%S.%N +0000');
      const mode = one.mode.toString(8);
      const values: { readonly [letter: string]: string } = {
        n: path,
        N: `'${path}'`,
        s: String(one.size),
        a: mode,
        A: modeText(one),
        u: String(one.uid),
        g: String(one.gid),
        U: String(one.uid),
        G: String(one.gid),
        F: kind,
        Y: String(Math.floor(one.mtimeMs / 1000)),
        y: time,
        X: String(Math.floor(one.mtimeMs / 1000)),
        Z: String(Math.floor(one.mtimeMs / 1000)),
        h: String(one.nlink),
        b: String(Math.ceil(one.size / 512)),
        B: '512',
        i: '1024',
        f: (one.mode | (one.kind === 'dir' ? 0o40000 : 0o100000)).toString(16),
      };
      const format = flags.get('c');
      if (format !== undefined)
        await sys.out(
          `${format.replace(/%([a-zA-Z])/g, (whole, letter: string) => values[letter] ?? whole)}\n`,
        );
      else
        await sys.out(
          `  File: ${path}\n  Size: ${String(one.size).padEnd(15)} Blocks: ${String(Math.ceil(one.size / 4096) * 8).padEnd(10)} IO Block: 4096   ${kind}\nDevice: 2bh/43d\tInode: 1024        Links: ${one.nlink}\nAccess: (${mode.padStart(4, '0')}/${modeText(one)})  Uid: (${String(one.uid).padStart(5)}/ UNKNOWN)   Gid: (${String(one.gid).padStart(5)}/ UNKNOWN)\nAccess: ${time}\nModify: ${time}\nChange: ${time}\n`,
        );
    } catch (error) {
      if (!(error instanceof Errno)) throw error;
      code = await fail(
        sys,
        sys.host.flavour.tools === 'gnu'
          ? `cannot statx '${path}': ${error.message}`
          : `can't stat '${path}': ${error.message}`,
      );
    }
  }
  return code;
}

async function du(sys: Syscalls): Promise<number> {
  const { flags, rest } = parseOptions(sys.args.slice(1), 'aHLdclsxhmkbd:');
  const show = (kilobytes: number, path: string) =>
    sys.out(
      `${flags.has('h') ? human(kilobytes * 1024) : flags.has('m') ? Math.ceil(kilobytes / 1024) : kilobytes}\t${path}\n`,
    );
  const walk = async (path: string, depth: number): Promise<number> => {
    const one = sys.files.stat(path, false);
    await sys.spend(3);
    if (one.kind !== 'dir') {
      const size = one.kind === 'file' ? Math.ceil(one.size / 4096) * 4 : 0;
      if (flags.has('a') || depth === 0) await show(size, path);
      return size;
    }
    let total = 4;
    for (const name of sys.files.readdir(path)) total += await walk(join(path, name), depth + 1);
    if (depth === 0 || (!flags.has('s') && depth <= Number(flags.get('d') || Number.POSITIVE_INFINITY)))
      await show(total, path);
    return total;
  };
  let code = 0;
  for (const path of rest.length === 0 ? ['.'] : rest) {
    try {
      await walk(path, 0);
    } catch (error) {
      if (!(error instanceof Errno)) throw error;
      code = await fail(sys, `${path}: ${error.message}`);
    }
  }
  return code;
}

async function diff(sys: Syscalls): Promise<number> {
  const { flags, rest } = parseOptions(sys.args.slice(1), 'abBdiNqruTtwsU:');
  const [left = '', right = ''] = rest;
  let a: string[];
  let b: string[];
  try {
    [a, b] = [toText(await content(sys, left)).split('\n'), toText(await content(sys, right)).split('\n')];
  } catch (error) {
    if (!(error instanceof Errno)) throw error;
    return fail(sys, `can't stat '${sys.files.exists(left) ? right : left}': ${error.message}`, 2);
  }
  if (a.join('\n') === b.join('\n')) return 0;
  if (flags.has('q')) {
    await sys.out(`Files ${left} and ${right} differ\n`);
    return 1;
  }
  // The common start and end stay; everything between is one change.
  let start = 0;
  while (start < a.length && start < b.length && a[start] === b[start]) start++;
  let end = 0;
  while (end < a.length - start && end < b.length - start && a.at(-1 - end) === b.at(-1 - end)) end++;
  const [gone, come] = [a.slice(start, a.length - end), b.slice(start, b.length - end)];
  const from = Math.max(0, start - 3);
  const after = a
    .slice(a.length - end, Math.min(a.length, a.length - end + 3))
    .filter((line, index, all) => line !== '' || index < all.length - 1);
  const context = a.slice(from, start);
  const counts = (count: number) => `${from + 1},${count}`;
  await sys.out(
    `--- ${left}\n+++ ${right}\n@@ -${counts(context.length + gone.length + after.length)} +${counts(context.length + come.length + after.length)} @@\n`,
  );
  const lines = [
    ...context.map((line) => ` ${line}`),
    ...gone.map((line) => `-${line}`),
    ...come.map((line) => `+${line}`),
    ...after.map((line) => ` ${line}`),
  ];
  await sys.out(`${lines.join('\n')}\n`);
  return 1;
}
