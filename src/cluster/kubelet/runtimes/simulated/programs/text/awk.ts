import { toBytes } from '../../process/bytes.ts';
import type { Syscalls } from '../../process/syscalls.ts';
import { eachInput, fail, linesOf, type ProgramTable } from '../kit.ts';
import { execByName } from '../system/basics.ts';
import { AwkEvaluator } from './awk-evaluator.ts';
import type { Statement } from './awk-nodes.ts';
import { parseAwk } from './awk-parser.ts';
import { AwkFailure } from './awk-tokens.ts';
import { Input, Leave, numberOf, numberText, textOf, truth, type Value } from './awk-values.ts';
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

class Awk extends AwkEvaluator {
  async run(paths: readonly string[]): Promise<number> {
    let code = 0;
    const { rules } = this.program;
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
        if (rule.when === 'BEGIN' && rule.body !== undefined) await this.do(rule.body);
    });
    if (!stopped && rules.some((rule) => rule.when !== 'BEGIN')) {
      await exit(async () => {
        const files = paths.filter((path) => {
          const set = /^([A-Za-z_]\w*)=(.*)$/.exec(path);
          if (set !== null) this.preset(set[1] ?? '', set[2] ?? '');
          return set === null;
        });
        const failed = await eachInput(
          this.sys,
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
          if (rule.when === 'END' && rule.body !== undefined) await this.do(rule.body);
      });
    }
    await this.out.flush();
    for (const fd of this.open.values()) this.sys.close(fd);
    return code;
  }

  async #file(fd: number, name: string): Promise<void> {
    this.variables.set('FILENAME', name === '-' ? '' : name);
    this.variables.set('FNR', 0);
    this.lines = linesOf(this.sys, fd);
    for (;;) {
      const line = await this.lines.next();
      if (line.done === true) break;
      this.count();
      this.setRecord(line.value);
      try {
        await this.#line();
      } catch (error) {
        if (!(error instanceof Leave) || error.kind !== 'next') throw error;
      }
    }
    // Output is seen as the input comes.
    await this.out.flush();
  }

  async #line(): Promise<void> {
    for (const [index, rule] of this.program.rules.entries()) {
      if (rule.when !== 'line') continue;
      if (rule.to !== undefined && rule.from !== undefined) {
        if (!this.ranges.has(index)) {
          if (!truth(await this.value(rule.from))) continue;
          this.ranges.add(index);
        }
        if (truth(await this.value(rule.to))) this.ranges.delete(index);
      } else if (rule.from !== undefined && !truth(await this.value(rule.from))) continue;
      if (rule.body === undefined) await this.out.put(`${this.record}${textOf(this.get('ORS'))}`);
      else await this.do(rule.body);
    }
  }

  protected async do(statement: Statement): Promise<void> {
    const wait = this.sys.spend(2);
    if (wait !== undefined) await wait;
    switch (statement.kind) {
      case 'expression':
        await this.value(statement.value);
        return;
      case 'print':
      case 'printf':
        return this.#print(statement);
      case 'block':
        for (const one of statement.body) await this.do(one);
        return;
      case 'if':
        if (truth(await this.value(statement.test))) await this.do(statement.yes);
        else if (statement.no !== undefined) await this.do(statement.no);
        return;
      case 'while':
        if (statement.after && (await this.#loopBody(statement.body))) return;
        while (truth(await this.value(statement.test))) if (await this.#loopBody(statement.body)) return;
        return;
      case 'for':
        if (statement.start !== undefined) await this.do(statement.start);
        while (statement.test === undefined || truth(await this.value(statement.test))) {
          if (await this.#loopBody(statement.body)) return;
          if (statement.step !== undefined) await this.do(statement.step);
        }
        return;
      case 'each':
        for (const key of [...this.array(statement.array).keys()]) {
          this.set(statement.variable, new Input(key));
          if (await this.#loopBody(statement.body)) return;
        }
        return;
      case 'exit':
      case 'return':
        throw new Leave(
          statement.kind,
          statement.value === undefined ? 0 : await this.value(statement.value),
        );
      case 'delete':
        if (statement.keys.length === 0) this.empty(this.array(statement.name));
        else this.remove(this.array(statement.name), await this.key(statement.keys));
        return;
      default:
        throw new Leave(statement.kind);
    }
  }

  /** True: the loop ends. */
  async #loopBody(body: Statement): Promise<boolean> {
    try {
      await this.do(body);
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
    for (const arg of args) values.push(await this.value(arg));
    const shown = (value: Value) => (typeof value === 'number' ? numberText(value) : textOf(value));
    const text =
      kind === 'printf'
        ? formatted(values.map(textOf)).text
        : `${values.length === 0 ? this.record : values.map(shown).join(textOf(this.get('OFS')))}${textOf(this.get('ORS'))}`;
    if (redirect === '' || target === undefined) {
      await this.out.put(text);
      return;
    }
    const path = textOf(await this.value(target));
    if (redirect === '|') {
      await this.out.flush();
      await this.#pipe(path, text);
      return;
    }
    if (path === '/dev/stderr') {
      await this.sys.err(text);
      return;
    }
    let fd = this.open.get(path);
    if (fd === undefined) {
      fd = this.sys.open(path, {
        write: true,
        create: true,
        ...(redirect === '>' ? { truncate: true } : { append: true }),
      });
      this.open.set(path, fd);
    }
    await this.sys.write(fd, text);
  }

  async #pipe(command: string, text: string): Promise<void> {
    const [reader, writer] = this.sys.pipe();
    const child = this.sys.fork((forked) => execByName(forked, ['sh', '-c', command]), {
      fds: new Map([[0, reader]]),
    });
    this.sys.close(reader);
    await this.sys.write(writer, toBytes(text));
    this.sys.close(writer);
    await child.wait();
  }
}
