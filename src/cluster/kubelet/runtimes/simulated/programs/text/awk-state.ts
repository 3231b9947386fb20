import type { Syscalls } from '../../process/syscalls.ts';
import { Held, Output } from '../kit.ts';
import { execByName } from '../system/basics.ts';
import { regexOf } from './awk-expressions.ts';
import type { Program } from './awk-nodes.ts';
import { AwkFailure } from './awk-tokens.ts';
import { Input, numberOf, textOf, type Value, weightOf } from './awk-values.ts';
import { formatted } from './printf.ts';

/** Variables, the record and its fields, and the functions that need no more. */
export class AwkState {
  protected readonly sys: Syscalls;
  protected readonly program: Program;
  protected readonly out: Output;
  protected readonly memory: Held;
  protected readonly variables = new Map<string, Value>();
  protected arrays = new Map<string, Map<string, Value>>();
  protected locals: {
    readonly values: Map<string, Value>;
    readonly arrays: Map<string, Map<string, Value>>;
    readonly names: ReadonlySet<string>;
  }[] = [];
  protected record = '';
  #fields: string[] | undefined;
  protected readonly open = new Map<string, number>();
  protected readonly inputs = new Map<string, AsyncGenerator<string>>();
  protected lines: AsyncGenerator<string> | undefined;
  protected readonly ranges = new Set<number>();

  constructor(sys: Syscalls, program: Program, separator: string, args: readonly string[]) {
    this.sys = sys;
    this.program = program;
    this.out = new Output(sys);
    this.memory = new Held(sys);
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
    for (const [name, value] of Object.entries(usual)) this.variables.set(name, value);
    this.arrays.set('ENVIRON', new Map([...sys.env].map(([name, value]) => [name, new Input(value)])));
    this.arrays.set('ARGV', new Map(args.map((arg, index) => [String(index), new Input(arg)])));
  }

  preset(name: string, text: string): void {
    this.variables.set(name, new Input(text.replaceAll('\\n', '\n').replaceAll('\\t', '\t')));
  }

  protected count(): void {
    for (const name of ['NR', 'FNR']) this.variables.set(name, numberOf(this.variables.get(name) ?? 0) + 1);
  }

  protected setRecord(text: string): void {
    this.record = text;
    this.#fields = undefined;
  }

  protected split(text: string, separator: string): string[] {
    if (text === '') return [];
    if (separator === ' ') return text.trim() === '' ? [] : text.trim().split(/[ \t\n]+/);
    if (separator.length === 1 && separator !== '\\') return text.split(separator);
    return text.split(regexOf(separator));
  }

  protected parts(): string[] {
    this.#fields ??= this.split(this.record, textOf(this.get('FS')));
    return this.#fields;
  }

  protected get(name: string): Value {
    if (name === 'NF') return this.parts().length;
    const frame = this.locals.at(-1);
    if (frame?.names.has(name) === true) return frame.values.get(name) ?? new Input('');
    return this.variables.get(name) ?? new Input('');
  }

  protected set(name: string, value: Value): void {
    const frame = this.locals.at(-1);
    if (frame?.names.has(name) === true) {
      frame.values.set(name, value);
      return;
    }
    if (name === 'NF') {
      const parts = this.parts();
      parts.length = Math.max(0, Math.min(100_000, numberOf(value)));
      this.record = Array.from(parts, (part) => part ?? '').join(textOf(this.get('OFS')));
      return;
    }
    this.memory.change(weightOf(value) - weightOf(this.variables.get(name)));
    this.variables.set(name, value);
  }

  protected array(name: string): Map<string, Value> {
    const frame = this.locals.at(-1);
    const arrays = frame?.names.has(name) === true ? frame.arrays : this.arrays;
    const known = arrays.get(name) ?? new Map<string, Value>();
    arrays.set(name, known);
    return known;
  }

  protected empty(array: Map<string, Value>): void {
    for (const key of array.keys()) this.remove(array, key);
  }

  protected remove(array: Map<string, Value>, key: string): void {
    if (array.has(key)) this.memory.change(-64 - key.length - weightOf(array.get(key)));
    array.delete(key);
  }

  protected async builtin(name: string, values: readonly Value[]): Promise<Value> {
    const text = (index: number) => textOf(values[index] ?? '');
    const number = (index: number) => numberOf(values[index] ?? 0);
    switch (name) {
      case 'length':
        return values.length === 0 ? this.record.length : text(0).length;
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
        return this.sys.random.int(1_000_000) / 1_000_000;
      case 'srand':
        return 0;
      case 'systime':
        return Math.floor(this.sys.now() / 1000);
      case 'close':
      case 'fflush':
        await this.out.flush();
        return 0;
      case 'system':
        await this.out.flush();
        return (await this.sys.fork((child) => execByName(child, ['sh', '-c', text(0)])).wait()).status;
      default:
        throw new AwkFailure(`cmd. line:1: Call to undefined function`);
    }
  }
}
