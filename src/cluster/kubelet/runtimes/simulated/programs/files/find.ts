import { Errno } from '../../fs/errno.ts';
import type { Stat } from '../../fs/file-view.ts';
import { baseName, join } from '../../fs/paths.ts';
import type { Syscalls } from '../../process/syscalls.ts';
import { Pattern } from '../../shell/pattern.ts';
import { fail, idOf, linesOf, type ProgramTable, parseOptions } from '../kit.ts';
import { execByName } from '../system/basics.ts';

export const findPrograms: ProgramTable = { find, xargs };

type Test = (path: string, stat: Stat, depth: number) => boolean | Promise<boolean>;

class FindFailure extends Error {}

async function find(sys: Syscalls): Promise<number> {
  const args = sys.args.slice(1);
  const first = args.findIndex((arg) => /^[-(!]/.test(arg));
  const roots = args.slice(0, first < 0 ? undefined : first);
  const limits = { min: 0, max: Number.POSITIVE_INFINITY, depthFirst: false };
  let code = 0;
  let prune = false;
  let test: Test;
  try {
    test = expression(sys, args.slice(roots.length), limits, () => {
      prune = true;
    });
  } catch (error) {
    if (!(error instanceof FindFailure)) throw error;
    return fail(sys, error.message);
  }
  const walk = async (path: string, depth: number): Promise<void> => {
    await sys.spend(3);
    let stat: Stat;
    try {
      stat = sys.files.stat(path, false);
    } catch (error) {
      if (!(error instanceof Errno)) throw error;
      code = await fail(sys, `${path}: ${error.message}`);
      return;
    }
    prune = false;
    const visit = async () => {
      if (depth >= limits.min) await test(path, stat, depth);
    };
    if (!limits.depthFirst) await visit();
    if (stat.kind === 'dir' && depth < limits.max && !prune) {
      try {
        for (const name of sys.files.readdir(path)) await walk(join(path, name), depth + 1);
      } catch (error) {
        if (!(error instanceof Errno)) throw error;
        code = await fail(sys, `${path}: ${error.message}`);
      }
    }
    if (limits.depthFirst) await visit();
  };
  for (const root of roots.length === 0 ? ['.'] : roots) await walk(root, 0);
  return code;
}

function expression(
  sys: Syscalls,
  args: readonly string[],
  limits: { min: number; max: number; depthFirst: boolean },
  prune: () => void,
): Test {
  let at = 0;
  let acts = false;
  const value = (name: string) => {
    const text = args[at++];
    if (text === undefined) throw new FindFailure(`${name}: requires an argument`);
    return text;
  };
  const number = (text: string): ((actual: number) => boolean) => {
    const wanted = Number(text.replace(/^[-+]/, '').replace(/[ckMG]$/, ''));
    if (Number.isNaN(wanted)) throw new FindFailure(`invalid number '${text}'`);
    return (actual) =>
      text.startsWith('+')
        ? actual > wanted
        : text.startsWith('-')
          ? actual < wanted
          : Math.floor(actual) === wanted;
  };
  const or = (): Test => {
    let left = and();
    while (args[at] === '-o' || args[at] === '-or') {
      at++;
      const [before, right] = [left, and()];
      left = async (...one) => (await before(...one)) || right(...one);
    }
    return left;
  };
  const and = (): Test => {
    let left = not();
    while (at < args.length && args[at] !== ')' && args[at] !== '-o' && args[at] !== '-or') {
      if (args[at] === '-a' || args[at] === '-and') at++;
      const [before, right] = [left, not()];
      left = async (...one) => (await before(...one)) && right(...one);
    }
    return left;
  };
  const not = (): Test => {
    if (args[at] === '!' || args[at] === '-not') {
      at++;
      const inner = not();
      return async (...one) => !(await inner(...one));
    }
    return primary();
  };
  const primary = (): Test => {
    const name = args[at++] ?? '';
    switch (name) {
      case '(': {
        const inner = or();
        if (args[at++] !== ')') throw new FindFailure('bad expression');
        return inner;
      }
      case '-name':
      case '-iname': {
        const text = value(name);
        const pattern = new Pattern(name === '-iname' ? text.toLowerCase() : text);
        return (path) => pattern.matches(name === '-iname' ? baseName(path).toLowerCase() : baseName(path));
      }
      case '-path': {
        const pattern = new Pattern(value(name));
        return (path) => pattern.matches(path);
      }
      case '-type': {
        const kind = { f: 'file', d: 'dir', l: 'link', p: 'fifo', c: 'device' }[value(name)];
        return (_, stat) => stat.kind === kind;
      }
      case '-maxdepth':
        limits.max = Number(value(name));
        return () => true;
      case '-mindepth':
        limits.min = Number(value(name));
        return () => true;
      case '-depth':
        limits.depthFirst = true;
        return () => true;
      case '-xdev':
        return () => true;
      case '-size': {
        const text = value(name);
        const test = number(text);
        const unit = { c: 1, k: 2 ** 10, M: 2 ** 20, G: 2 ** 30 }[text.at(-1) ?? ''] ?? 512;
        return (_, stat) => test(Math.ceil(stat.size / unit));
      }
      case '-mtime':
      case '-mmin': {
        const test = number(value(name));
        const unit = name === '-mtime' ? 86_400_000 : 60_000;
        return (_, stat) => test((sys.now() - stat.mtimeMs) / unit);
      }
      case '-newer': {
        const than = sys.files.stat(value(name)).mtimeMs;
        return (_, stat) => stat.mtimeMs > than;
      }
      case '-perm': {
        const text = value(name);
        const wanted = Number.parseInt(text.replace(/^[-/]/, ''), 8);
        return (_, { mode }) =>
          text.startsWith('-')
            ? (mode & wanted) === wanted
            : text.startsWith('/')
              ? (mode & wanted) !== 0
              : mode === wanted;
      }
      case '-user': {
        const uid = idOf(sys, '/etc/passwd', value(name));
        return (_, stat) => stat.uid === uid;
      }
      case '-empty':
        return (path, stat) => (stat.kind === 'dir' ? sys.files.readdir(path).length === 0 : stat.size === 0);
      case '-true':
        return () => true;
      case '-prune':
        return () => {
          prune();
          return true;
        };
      case '-print':
      case '-print0':
        acts = true;
        return async (path) => {
          await sys.out(path + (name === '-print' ? '\n' : '\0'));
          return true;
        };
      case '-delete':
        acts = true;
        limits.depthFirst = true;
        return (path, stat) => {
          if (stat.kind === 'dir') sys.files.rmdir(path);
          else sys.files.unlink(path);
          return true;
        };
      case '-exec': {
        acts = true;
        const end = args.findIndex((arg, index) => index >= at && (arg === ';' || arg === '+'));
        if (end < 0) throw new FindFailure('-exec: requires an argument');
        const command = args.slice(at, end);
        at = end + 1;
        return async (path) => {
          const filled = command.map((arg) => arg.replaceAll('{}', path));
          return (await sys.fork((child) => execByName(child, filled)).wait()).status === 0;
        };
      }
      default:
        throw new FindFailure(`unrecognized: ${name}`);
    }
  };
  if (args.length === 0) {
    return async (path) => {
      await sys.out(`${path}\n`);
      return true;
    };
  }
  const whole = or();
  if (at < args.length) throw new FindFailure(`unrecognized: ${args[at]}`);
  if (acts) return whole;
  return async (path, stat, depth) => {
    if (await whole(path, stat, depth)) await sys.out(`${path}\n`);
    return true;
  };
}

async function xargs(sys: Syscalls): Promise<number> {
  const { flags, rest } = parseOptions(sys.args.slice(1), '+prt0n:s:E:I:L:P:d:', { null: '0' });
  const command = rest.length === 0 ? ['echo'] : rest;
  const items: string[] = [];
  if (flags.has('0')) {
    let text = '';
    for await (const line of linesOf(sys, 0)) text += `${line}\n`;
    items.push(
      ...text
        .replace(/\n$/, '')
        .split('\0')
        .filter((item) => item !== ''),
    );
  } else {
    for await (const line of linesOf(sys, 0)) {
      if (flags.has('I') || flags.has('L')) items.push(...(line.trim() === '' ? [] : [line.trim()]));
      else
        for (const [, single, double, word] of line.matchAll(/'([^']*)'|"([^"]*)"|(\S+)/g))
          items.push(single ?? double ?? word ?? '');
    }
  }
  if (items.length === 0 && (flags.has('r') || flags.has('I'))) return 0;
  const size = flags.has('I') || flags.has('L') ? 1 : Number(flags.get('n') ?? 5000);
  let code = 0;
  for (let at = 0; at < Math.max(1, items.length); at += size) {
    const batch = items.slice(at, at + size);
    const replaced = flags.get('I');
    const full =
      replaced === undefined
        ? [...command, ...batch]
        : command.map((arg) => arg.replaceAll(replaced, batch[0] ?? ''));
    if (flags.has('t')) await sys.err(`${full.join(' ')}\n`);
    const { status } = await sys.fork((child) => execByName(child, full)).wait();
    if (status === 127 || status === 126) return status;
    if (status !== 0) code = 123;
  }
  return code;
}
