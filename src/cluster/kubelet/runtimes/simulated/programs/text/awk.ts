import { toBytes } from '../../process/bytes.ts';
import type { Syscalls } from '../../process/syscalls.ts';
import { eachInput, fail, linesOf, Output, type ProgramTable } from '../kit.ts';
import { execByName } from '../system/basics.ts';
import type { Node, Program, Statement } from './awk-nodes.ts';
import { parseAwk, regexOf } from './awk-parser.ts';
import { AwkFailure } from './awk-tokens.ts';
import {
  compute,
  Input,
  Leave,
  numberOf,
  numberText,
  numeric,
  textOf,
  truth,
  type Value,
} from './awk-values.ts';
import { formatted } from './printf.ts';

export const awkPrograms: ProgramTable = { awk, gawk: awk, mawk: awk };

async function awk(sys: Syscalls): Promise<number> {
  const args = [...sys.args.slice(1)];
  const settings: [string, string][] = [];
  let separator = ' ';
  let source: string | undefined;
  while (/^-./.test(args[0] ?? '')) {
    const arg = args.shift() ?? '';
    if (arg === '--') break;
    const value = () => arg.slice(2) || (args.shift() ?? '');
    if (arg.startsWith('-F')) separator = value();
    else if (arg.startsWith('-v')) {
      const text = value();
      settings.push([text.slice(0, text.indexOf('=')), text.slice(text.indexOf('=') + 1)]);
    } else if (arg.startsWith('-f')) source = sys.files.readText(value());
    else return fail(sys, `invalid option -- '${arg.slice(1, 2)}'`);
  }
  source ??= args.shift();
  if (source === undefined) return fail(sys, 'usage: awk [OPTIONS] [AWK_PROGRAM] [FILE]...');
  try {
    const program = parseAwk(source);
    const run = new Awk(sys, program, separator === 't' ? '\t' : separator.replaceAll('\\t', '\t'), [
      sys.args[0] ?? 'awk',
      ...args,
    ]);
    for (const [name, text] of settings) run.preset(name, text);
    return await run.run(args);
  } catch (error) {
    if (!(error instanceof AwkFailure)) throw error;
    return fail(sys, error.message);
  }
}

class Awk {
  readonly #sys: Syscalls;
  readonly #program: Program;
  readonly #out: Output;
  readonly #variables = new Map<string, Value>();
  #arrays = new Map<string, Map<string, Value>>();
  #locals: {
    readonly values: Map<string, Value>;
    readonly arrays: Map<string, Map<string, Value>>;
    readonly names: ReadonlySet<string>;
  }[] = [];
  #record = '';
  #fields: string[] | undefined;
  readonly #open = new Map<string, number>();
  readonly #inputs = new Map<string, AsyncGenerator<string>>();
  #lines: AsyncGenerator<string> | undefined;
  readonly #ranges = new Set<number>();

  constructor(sys: Syscalls, program: Program, separator: string, args: readonly string[]) {
    this.#sys = sys;
    this.#program = program;
    this.#out = new Output(sys);
    const usual: { readonly [name: string]: Value } = {
      FS: separator,
      OFS: ' ',
      ORS: '\n',
      RS: '\n',
      NR: 0,
      FNR: 0,
      SUBSEP: '\x1c',
      CONVFMT: '%.6g',
      OFMT: '%.6g',
      FILENAME: '',
      RSTART: 0,
      RLENGTH: -1,
      ARGC: args.length,
    };
    for (const [name, value] of Object.entries(usual)) this.#variables.set(name, value);
    this.#arrays.set('ENVIRON', new Map([...sys.env].map(([name, value]) => [name, new Input(value)])));
    this.#arrays.set('ARGV', new Map(args.map((arg, index) => [String(index), new Input(arg)])));
  }

  preset(name: string, text: string): void {
    this.#variables.set(name, new Input(text.replaceAll('\\n', '\n').replaceAll('\\t', '\t')));
  }

  async run(paths: readonly string[]): Promise<number> {
    let code = 0;
    const { rules } = this.#program;
    const exit = async (body: () => Promise<void>): Promise<boolean> => {
      try {
        await body();
        return false;
      } catch (error) {
        if (!(error instanceof Leave) || error.kind !== 'exit') throw error;
        code = numberOf(error.value) & 255;
        return true;
      }
    };
    const stopped = await exit(async () => {
      for (const rule of rules)
        if (rule.when === 'BEGIN' && rule.body !== undefined) await this.#do(rule.body);
    });
    if (!stopped && rules.some((rule) => rule.when !== 'BEGIN')) {
      await exit(async () => {
        const files = paths.filter((path) => {
          const set = /^([A-Za-z_]\w*)=(.*)$/.exec(path);
          if (set !== null) this.preset(set[1] ?? '', set[2] ?? '');
          return set === null;
        });
        const failed = await eachInput(
          this.#sys,
          files,
          (fd, name) => this.#file(fd, name),
          (path, text) => `${path}: ${text}`,
        );
        if (failed !== 0) code = 2;
      });
    }
    if (!stopped) {
      await exit(async () => {
        for (const rule of rules)
          if (rule.when === 'END' && rule.body !== undefined) await this.#do(rule.body);
      });
    }
    await this.#out.flush();
    for (const fd of this.#open.values()) this.#sys.close(fd);
    return code;
  }

  async #file(fd: number, name: string): Promise<void> {
    this.#variables.set('FILENAME', name === '-' ? '' : name);
    this.#variables.set('FNR', 0);
    this.#lines = linesOf(this.#sys, fd);
    for (;;) {
      const line = await this.#lines.next();
      if (line.done === true) break;
      this.#count();
      this.#setRecord(line.value);
      try {
        await this.#line();
      } catch (error) {
        if (!(error instanceof Leave) || error.kind !== 'next') throw error;
      }
    }
    // Output is seen as the input comes.
    await this.#out.flush();
  }

  #count(): void {
    for (const name of ['NR', 'FNR']) this.#variables.set(name, numberOf(this.#variables.get(name) ?? 0) + 1);
  }

  async #line(): Promise<void> {
    for (const [index, rule] of this.#program.rules.entries()) {
      if (rule.when !== 'line') continue;
      if (rule.to !== undefined && rule.from !== undefined) {
        if (!this.#ranges.has(index)) {
          if (!truth(await this.#value(rule.from))) continue;
          this.#ranges.add(index);
        }
        if (truth(await this.#value(rule.to))) this.#ranges.delete(index);
      } else if (rule.from !== undefined && !truth(await this.#value(rule.from))) continue;
      if (rule.body === undefined) await this.#out.put(`${this.#record}${textOf(this.#get('ORS'))}`);
      else await this.#do(rule.body);
    }
  }

  async #do(statement: Statement): Promise<void> {
    const wait = this.#sys.spend(2);
    if (wait !== undefined) await wait;
    switch (statement.kind) {
      case 'expression':
        await this.#value(statement.value);
        return;
      case 'print':
      case 'printf':
        return this.#print(statement);
      case 'block':
        for (const one of statement.body) await this.#do(one);
        return;
      case 'if':
        if (truth(await this.#value(statement.test))) await this.#do(statement.yes);
        else if (statement.no !== undefined) await this.#do(statement.no);
        return;
      case 'while':
        if (statement.after && (await this.#loopBody(statement.body))) return;
        while (truth(await this.#value(statement.test))) if (await this.#loopBody(statement.body)) return;
        return;
      case 'for':
        if (statement.start !== undefined) await this.#do(statement.start);
        while (statement.test === undefined || truth(await this.#value(statement.test))) {
          if (await this.#loopBody(statement.body)) return;
          if (statement.step !== undefined) await this.#do(statement.step);
        }
        return;
      case 'each':
        for (const key of [...this.#array(statement.array).keys()]) {
          this.#set(statement.variable, new Input(key));
          if (await this.#loopBody(statement.body)) return;
        }
        return;
      case 'exit':
      case 'return':
        throw new Leave(
          statement.kind,
          statement.value === undefined ? 0 : await this.#value(statement.value),
        );
      case 'delete':
        if (statement.keys.length === 0) this.#array(statement.name).clear();
        else this.#array(statement.name).delete(await this.#key(statement.keys));
        return;
      default:
        throw new Leave(statement.kind);
    }
  }

  /** True: the loop ends. */
  async #loopBody(body: Statement): Promise<boolean> {
    try {
      await this.#do(body);
      return false;
    } catch (error) {
      if (!(error instanceof Leave) || (error.kind !== 'break' && error.kind !== 'continue')) throw error;
      return error.kind === 'break';
    }
  }

  async #print({
    kind,
    args,
    redirect,
    target,
  }: Extract<Statement, { kind: 'print' | 'printf' }>): Promise<void> {
    const values: Value[] = [];
    for (const arg of args) values.push(await this.#value(arg));
    const shown = (value: Value) => (typeof value === 'number' ? numberText(value) : textOf(value));
    const text =
      kind === 'printf'
        ? formatted(values.map(textOf)).text
        : `${values.length === 0 ? this.#record : values.map(shown).join(textOf(this.#get('OFS')))}${textOf(this.#get('ORS'))}`;
    if (redirect === '' || target === undefined) {
      await this.#out.put(text);
      return;
    }
    const path = textOf(await this.#value(target));
    if (redirect === '|') {
      await this.#out.flush();
      await this.#pipe(path, text);
      return;
    }
    if (path === '/dev/stderr') {
      await this.#sys.err(text);
      return;
    }
    let fd = this.#open.get(path);
    if (fd === undefined) {
      fd = this.#sys.open(path, {
        write: true,
        create: true,
        ...(redirect === '>' ? { truncate: true } : { append: true }),
      });
      this.#open.set(path, fd);
    }
    await this.#sys.write(fd, text);
  }

  async #pipe(command: string, text: string): Promise<void> {
    const [reader, writer] = this.#sys.pipe();
    const child = this.#sys.fork((forked) => execByName(forked, ['sh', '-c', command]), {
      fds: new Map([[0, reader]]),
    });
    this.#sys.close(reader);
    await this.#sys.write(writer, toBytes(text));
    this.#sys.close(writer);
    await child.wait();
  }

  #setRecord(text: string): void {
    this.#record = text;
    this.#fields = undefined;
  }

  #split(text: string, separator: string): string[] {
    if (text === '') return [];
    if (separator === ' ') return text.trim() === '' ? [] : text.trim().split(/[ \t\n]+/);
    if (separator.length === 1 && separator !== '\\') return text.split(separator);
    return text.split(regexOf(separator));
  }

  #parts(): string[] {
    this.#fields ??= this.#split(this.#record, textOf(this.#get('FS')));
    return this.#fields;
  }

  #get(name: string): Value {
    if (name === 'NF') return this.#parts().length;
    const frame = this.#locals.at(-1);
    if (frame?.names.has(name) === true) return frame.values.get(name) ?? new Input('');
    return this.#variables.get(name) ?? new Input('');
  }

  #set(name: string, value: Value): void {
    const frame = this.#locals.at(-1);
    if (frame?.names.has(name) === true) {
      frame.values.set(name, value);
      return;
    }
    if (name === 'NF') {
      const parts = this.#parts();
      parts.length = Math.max(0, Math.min(100_000, numberOf(value)));
      this.#record = Array.from(parts, (part) => part ?? '').join(textOf(this.#get('OFS')));
      return;
    }
    this.#variables.set(name, value);
  }

  #array(name: string): Map<string, Value> {
    const frame = this.#locals.at(-1);
    const arrays = frame?.names.has(name) === true ? frame.arrays : this.#arrays;
    const known = arrays.get(name) ?? new Map<string, Value>();
    arrays.set(name, known);
    return known;
  }

  async #key(keys: readonly Node[]): Promise<string> {
    const parts: string[] = [];
    for (const key of keys) parts.push(textOf(await this.#value(key)));
    return parts.join(textOf(this.#get('SUBSEP')));
  }

  async #assign(target: Node, value: Value): Promise<Value> {
    if (target.kind === 'name') this.#set(target.name, value);
    else if (target.kind === 'element') {
      const array = this.#array(target.name);
      const key = await this.#key(target.keys);
      if (!array.has(key)) this.#sys.allocate(64);
      array.set(key, value);
    } else if (target.kind === 'field') {
      const index = numberOf(await this.#value(target.index));
      if (index === 0) this.#setRecord(textOf(value));
      else if (index > 0 && index < 100_000) {
        const parts = this.#parts();
        while (parts.length < index) parts.push('');
        parts[index - 1] = textOf(value);
        this.#record = parts.join(textOf(this.#get('OFS')));
      }
    }
    return value;
  }

  async #value(node: Node): Promise<Value> {
    switch (node.kind) {
      case 'number':
      case 'string':
        return node.value;
      case 'regex':
        return node.value.test(this.#record.slice(0, 100_000)) ? 1 : 0;
      case 'name':
        return this.#get(node.name);
      case 'field': {
        const index = numberOf(await this.#value(node.index));
        return new Input(index === 0 ? this.#record : (this.#parts()[index - 1] ?? ''));
      }
      case 'element':
        return this.#array(node.name).get(await this.#key(node.keys)) ?? new Input('');
      case 'in':
        return this.#array(node.name).has(await this.#key(node.keys)) ? 1 : 0;
      case 'unary': {
        const value = await this.#value(node.value);
        if (node.operator === '(') return value;
        return node.operator === '!'
          ? truth(value)
            ? 0
            : 1
          : node.operator === '-'
            ? -numberOf(value)
            : numberOf(value);
      }
      case 'pre':
      case 'post': {
        const before = numberOf(await this.#value(node.value));
        const after = before + (node.operator === '++' ? 1 : -1);
        await this.#assign(node.value, after);
        return node.kind === 'pre' ? after : before;
      }
      case 'assign': {
        const right = await this.#value(node.value);
        if (node.operator === '') return this.#assign(node.target, right);
        return this.#assign(
          node.target,
          compute(node.operator, numberOf(await this.#value(node.target)), numberOf(right)),
        );
      }
      case 'ternary':
        return this.#value(truth(await this.#value(node.test)) ? node.yes : node.no);
      case 'binary':
        return this.#binary(node);
      case 'getline':
        return this.#getline(node);
      case 'call':
        return this.#call(node.name, node.args);
    }
  }

  async #binary({ operator, left, right }: Extract<Node, { kind: 'binary' }>): Promise<Value> {
    const a = await this.#value(left);
    if (operator === '&&') return truth(a) && truth(await this.#value(right)) ? 1 : 0;
    if (operator === '||') return truth(a) || truth(await this.#value(right)) ? 1 : 0;
    if (operator === '~' || operator === '!~')
      return (await this.#regex(right)).test(textOf(a).slice(0, 100_000)) === (operator === '~') ? 1 : 0;
    const b = await this.#value(right);
    if (operator === ' ') return textOf(a) + textOf(b);
    if ('+-*/%^'.includes(operator)) return compute(operator, numberOf(a), numberOf(b));
    const order =
      numeric(a) && numeric(b)
        ? numberOf(a) - numberOf(b)
        : textOf(a) < textOf(b)
          ? -1
          : textOf(a) > textOf(b)
            ? 1
            : 0;
    const holds = {
      '<': order < 0,
      '<=': order <= 0,
      '==': order === 0,
      '!=': order !== 0,
      '>': order > 0,
      '>=': order >= 0,
    }[operator];
    return holds === true ? 1 : 0;
  }

  async #regex(node: Node | undefined): Promise<RegExp> {
    if (node === undefined) return /(?:)/;
    return node.kind === 'regex' ? node.value : regexOf(textOf(await this.#value(node)));
  }

  async #getline({ target, file }: Extract<Node, { kind: 'getline' }>): Promise<Value> {
    let lines = this.#lines;
    if (file !== undefined) {
      const path = textOf(await this.#value(file));
      if (!this.#sys.files.exists(path)) return -1;
      lines = this.#inputs.get(path) ?? linesOf(this.#sys, this.#sys.open(path, { read: true }));
      this.#inputs.set(path, lines);
    }
    lines ??= linesOf(this.#sys, 0);
    const line = await lines.next();
    if (line.done === true) return 0;
    if (file === undefined) this.#count();
    if (target === undefined) this.#setRecord(line.value);
    else await this.#assign(target, new Input(line.value));
    return 1;
  }

  async #call(name: string, args: readonly Node[]): Promise<Value> {
    const own = this.#program.functions.get(name);
    if (own !== undefined) return this.#ownFunction(own, args);
    const [first, second, third] = args;
    if (name === 'sub' || name === 'gsub')
      return this.#substitute(name === 'gsub', await this.#regex(first), second, third);
    if (name === 'split' && second?.kind === 'name') {
      const separator =
        third === undefined
          ? textOf(this.#get('FS'))
          : third.kind === 'regex'
            ? third.value.source
            : textOf(await this.#value(third));
      const array = this.#array(second.name);
      array.clear();
      const parts = this.#split(textOf(await this.#value(first ?? second)), separator);
      for (const [index, part] of parts.entries()) array.set(String(index + 1), new Input(part));
      return parts.length;
    }
    if (
      name === 'length' &&
      first?.kind === 'name' &&
      (this.#arrays.has(first.name) || this.#locals.at(-1)?.arrays.has(first.name) === true)
    )
      return this.#array(first.name).size;
    if (name === 'match') {
      const found = (await this.#regex(second)).exec(
        textOf(first === undefined ? '' : await this.#value(first)).slice(0, 100_000),
      );
      this.#set('RSTART', found === null ? 0 : found.index + 1);
      this.#set('RLENGTH', found === null ? -1 : found[0].length);
      return found === null ? 0 : found.index + 1;
    }
    const values: Value[] = [];
    for (const arg of args) values.push(await this.#value(arg));
    return this.#builtin(name, values);
  }

  async #builtin(name: string, values: readonly Value[]): Promise<Value> {
    const text = (index: number) => textOf(values[index] ?? '');
    const number = (index: number) => numberOf(values[index] ?? 0);
    switch (name) {
      case 'length':
        return values.length === 0 ? this.#record.length : text(0).length;
      case 'substr': {
        const start = Math.round(number(1));
        const end = values.length > 2 ? start + Math.round(number(2)) : Number.POSITIVE_INFINITY;
        return text(0).slice(Math.max(0, start - 1), Math.max(0, end - 1));
      }
      case 'index':
        return text(0).indexOf(text(1)) + 1;
      case 'toupper':
        return text(0).toUpperCase();
      case 'tolower':
        return text(0).toLowerCase();
      case 'sprintf':
        return formatted(values.map(textOf)).text;
      case 'int':
        return Math.trunc(number(0));
      case 'sqrt':
      case 'exp':
      case 'log':
      case 'sin':
      case 'cos':
        return Math[name](number(0));
      case 'atan2':
        return Math.atan2(number(0), number(1));
      case 'rand':
        return this.#sys.random.int(1_000_000) / 1_000_000;
      case 'srand':
        return 0;
      case 'systime':
        return Math.floor(this.#sys.now() / 1000);
      case 'close':
      case 'fflush':
        await this.#out.flush();
        return 0;
      case 'system':
        await this.#out.flush();
        return (await this.#sys.fork((child) => execByName(child, ['sh', '-c', text(0)])).wait()).status;
      default:
        throw new AwkFailure(`cmd. line:1: Call to undefined function`);
    }
  }

  async #ownFunction(
    { parameters, body }: { readonly parameters: readonly string[]; readonly body: Statement },
    args: readonly Node[],
  ): Promise<Value> {
    if (this.#locals.length > 200) throw new AwkFailure('cmd. line:1: recursion too deep');
    await Promise.resolve();
    const values = new Map<string, Value>();
    const arrays = new Map<string, Map<string, Value>>();
    for (const [index, parameter] of parameters.entries()) {
      const arg = args[index];
      if (arg === undefined) continue;
      if (
        arg.kind === 'name' &&
        (this.#arrays.has(arg.name) || this.#locals.at(-1)?.arrays.has(arg.name) === true)
      )
        arrays.set(parameter, this.#array(arg.name));
      else values.set(parameter, await this.#value(arg));
    }
    this.#locals.push({ values, arrays, names: new Set(parameters) });
    try {
      await this.#do(body);
      return new Input('');
    } catch (error) {
      if (error instanceof Leave && error.kind === 'return') return error.value;
      throw error;
    } finally {
      this.#locals.pop();
    }
  }

  async #substitute(
    all: boolean,
    expression: RegExp,
    replacement: Node | undefined,
    target: Node | undefined,
  ): Promise<Value> {
    const text = replacement === undefined ? '' : textOf(await this.#value(replacement));
    const where: Node = target ?? { kind: 'field', index: { kind: 'number', value: 0 } };
    const before = textOf(await this.#value(where)).slice(0, 1_000_000);
    let count = 0;
    const after = before.replace(new RegExp(expression.source, all ? 'gu' : 'u'), (match) => {
      count++;
      return text.replace(/\\\\&|\\&|&/g, (one) =>
        one === '&' ? match : one === '\\&' ? '&' : `\\${match}`,
      );
    });
    if (count > 0) await this.#assign(where, after);
    return count;
  }
}
