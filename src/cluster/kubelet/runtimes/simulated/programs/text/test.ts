import { Errno } from '../../fs/errno.ts';
import type { Stat } from '../../fs/file-view.ts';
import type { Syscalls } from '../../process/syscalls.ts';

/** `test` and `[`: the verdict, or the message about what is wrong. */
export function evaluateTest(sys: Syscalls, args: readonly string[], isDouble = false): boolean | string {
  try {
    return new Test(sys, args, isDouble).whole();
  } catch (error) {
    if (error instanceof TestFailure) return error.message;
    throw error;
  }
}

class TestFailure extends Error {}

const binary = new Set([
  '=',
  '==',
  '!=',
  '<',
  '>',
  '-eq',
  '-ne',
  '-lt',
  '-le',
  '-gt',
  '-ge',
  '-nt',
  '-ot',
  '-ef',
  '=~',
]);
const unary = /^-[bcdefghknprstuwxzLSOG]$/;

class Test {
  readonly #sys: Syscalls;
  readonly #args: readonly string[];
  readonly #double: boolean;
  #at = 0;

  constructor(sys: Syscalls, args: readonly string[], isDouble: boolean) {
    this.#sys = sys;
    this.#args = args;
    this.#double = isDouble;
  }

  whole(): boolean {
    const args = this.#args;
    if (args.length === 0) return false;
    // POSIX decides by the number of arguments first.
    if (args.length === 1) return args[0] !== '';
    if (args.length === 3 && binary.has(args[1] ?? ''))
      return this.#binary(args[0] ?? '', args[1] ?? '', args[2] ?? '');
    if (args.length === 2 && args[0] === '!') return args[1] === '';
    if (args.length === 2 && unary.test(args[0] ?? '')) return this.#unary(args[0] ?? '', args[1] ?? '');
    if (args.length === 2 && binary.has(args[1] ?? ''))
      throw new TestFailure(`${args[1]}: argument expected`);
    const result = this.#or();
    if (this.#at < args.length) throw new TestFailure(`${args[this.#at]}: unknown operand`);
    return result;
  }

  #or(): boolean {
    let result = this.#and();
    while (this.#accept('-o') || (this.#double && this.#accept('||'))) result = this.#and() || result;
    return result;
  }

  #and(): boolean {
    let result = this.#not();
    while (this.#accept('-a') || (this.#double && this.#accept('&&'))) result = this.#not() && result;
    return result;
  }

  #not(): boolean {
    if (
      this.#args[this.#at] === '!' &&
      this.#at + 1 < this.#args.length &&
      !binary.has(this.#args[this.#at + 1] ?? '')
    ) {
      this.#at++;
      return !this.#not();
    }
    return this.#primary();
  }

  #primary(): boolean {
    const args = this.#args;
    const first = args[this.#at];
    if (first === undefined) throw new TestFailure('argument expected');
    const operator = args[this.#at + 1];
    if (operator !== undefined && binary.has(operator) && this.#at + 2 < args.length) {
      this.#at += 3;
      return this.#binary(first, operator, args[this.#at - 1] ?? '');
    }
    if (first === '(') {
      this.#at++;
      if (args.length === 2 && binary.has(args[1] ?? ''))
        throw new TestFailure(`${args[1]}: argument expected`);
      const result = this.#or();
      if (!this.#accept(')')) throw new TestFailure('closing paren expected');
      return result;
    }
    if (unary.test(first) && operator !== undefined) {
      this.#at += 2;
      return this.#unary(first, operator);
    }
    this.#at++;
    return first !== '';
  }

  #accept(text: string): boolean {
    if (this.#args[this.#at] !== text) return false;
    this.#at++;
    return true;
  }

  #binary(left: string, operator: string, right: string): boolean {
    switch (operator) {
      case '=':
      case '==':
        return left === right;
      case '!=':
        return left !== right;
      case '<':
        return left < right;
      case '>':
        return left > right;
      case '=~':
        return matchesSafely(right, left);
      case '-ef':
        return this.#stat(left)?.node === this.#stat(right)?.node && this.#stat(left) !== undefined;
      case '-nt':
        return (this.#stat(left)?.mtimeMs ?? 0) > (this.#stat(right)?.mtimeMs ?? 0);
      case '-ot':
        return (this.#stat(left)?.mtimeMs ?? 0) < (this.#stat(right)?.mtimeMs ?? 0);
    }
    const [a, b] = [number(left), number(right)];
    switch (operator) {
      case '-eq':
        return a === b;
      case '-ne':
        return a !== b;
      case '-lt':
        return a < b;
      case '-le':
        return a <= b;
      case '-gt':
        return a > b;
      default:
        return a >= b;
    }
  }

  #unary(operator: string, operand: string): boolean {
    const { files } = this.#sys;
    switch (operator) {
      case '-n':
        return operand !== '';
      case '-z':
        return operand === '';
      case '-t':
        return this.#sys.tty(Number(operand)) !== undefined;
      case '-r':
        return files.access(operand, 4);
      case '-w':
        return files.access(operand, 2);
      case '-x':
        return files.access(operand, 1);
      case '-L':
      case '-h':
        return this.#stat(operand, false)?.kind === 'link';
    }
    const stat = this.#stat(operand);
    if (stat === undefined) return false;
    switch (operator) {
      case '-e':
        return true;
      case '-f':
        return stat.kind === 'file';
      case '-d':
        return stat.kind === 'dir';
      case '-p':
        return stat.kind === 'fifo';
      case '-c':
        return stat.kind === 'device';
      case '-s':
        return stat.size > 0;
      case '-u':
        return (stat.mode & 0o4000) !== 0;
      case '-g':
        return (stat.mode & 0o2000) !== 0;
      case '-k':
        return (stat.mode & 0o1000) !== 0;
      case '-O':
        return stat.uid === this.#sys.cred.uid;
      case '-G':
        return stat.gid === this.#sys.cred.gid;
      default:
        return false;
    }
  }

  #stat(path: string, follow = true): Stat | undefined {
    try {
      return this.#sys.files.stat(path, follow);
    } catch (error) {
      if (error instanceof Errno) return undefined;
      throw error;
    }
  }
}

function number(text: string): bigint {
  const trimmed = text.trim();
  if (!/^[-+]?\d+$/.test(trimmed)) throw new TestFailure(`${text}: bad number`);
  return BigInt(trimmed);
}

function matchesSafely(pattern: string, text: string): boolean {
  try {
    return new RegExp(pattern).test(text.slice(0, 4096));
  } catch {
    return false;
  }
}
