import { linesOf } from '../kit.ts';
import { regexOf } from './awk-expressions.ts';
import type { Node, Statement } from './awk-nodes.ts';
import { AwkState } from './awk-state.ts';
import { AwkFailure } from './awk-tokens.ts';
import {
  compute,
  Input,
  Leave,
  numberOf,
  numeric,
  textOf,
  truth,
  type Value,
  weightOf,
} from './awk-values.ts';

/** Before a text longer than this is made, there must be memory for it. */
const longestText = 1 << 20;

/** Values of expressions. */
export abstract class AwkEvaluator extends AwkState {
  protected async key(keys: readonly Node[]): Promise<string> {
    const parts: string[] = [];
    for (const key of keys) parts.push(textOf(await this.value(key)));
    return parts.join(textOf(this.get('SUBSEP')));
  }

  async #assign(target: Node, value: Value): Promise<Value> {
    if (target.kind === 'name') this.set(target.name, value);
    else if (target.kind === 'element') {
      const array = this.array(target.name);
      const key = await this.key(target.keys);
      const isNew = !array.has(key);
      this.memory.change(weightOf(value) - weightOf(array.get(key)) + (isNew ? 64 + key.length : 0));
      array.set(key, value);
    } else if (target.kind === 'field') {
      const index = numberOf(await this.value(target.index));
      if (index === 0) this.setRecord(textOf(value));
      else if (index > 0 && index < 100_000) {
        const parts = this.parts();
        while (parts.length < index) parts.push('');
        parts[index - 1] = textOf(value);
        this.record = parts.join(textOf(this.get('OFS')));
      }
    }
    return value;
  }

  protected async value(node: Node): Promise<Value> {
    switch (node.kind) {
      case 'number':
      case 'string':
        return node.value;
      case 'regex':
        return node.value.test(this.record.slice(0, 100_000)) ? 1 : 0;
      case 'name':
        return this.get(node.name);
      case 'field': {
        const index = numberOf(await this.value(node.index));
        return new Input(index === 0 ? this.record : (this.parts()[index - 1] ?? ''));
      }
      case 'element':
        return this.array(node.name).get(await this.key(node.keys)) ?? new Input('');
      case 'in':
        return this.array(node.name).has(await this.key(node.keys)) ? 1 : 0;
      case 'unary': {
        const value = await this.value(node.value);
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
        const before = numberOf(await this.value(node.value));
        const after = before + (node.operator === '++' ? 1 : -1);
        await this.#assign(node.value, after);
        return node.kind === 'pre' ? after : before;
      }
      case 'assign': {
        const right = await this.value(node.value);
        if (node.operator === '') return this.#assign(node.target, right);
        return this.#assign(
          node.target,
          compute(node.operator, numberOf(await this.value(node.target)), numberOf(right)),
        );
      }
      case 'ternary':
        return this.value(truth(await this.value(node.test)) ? node.yes : node.no);
      case 'binary':
        return this.#binary(node);
      case 'getline':
        return this.#getline(node);
      case 'call':
        return this.#call(node.name, node.args);
    }
  }

  async #binary({ operator, left, right }: Extract<Node, { kind: 'binary' }>): Promise<Value> {
    const a = await this.value(left);
    if (operator === '&&') return truth(a) && truth(await this.value(right)) ? 1 : 0;
    if (operator === '||') return truth(a) || truth(await this.value(right)) ? 1 : 0;
    if (operator === '~' || operator === '!~')
      return (await this.#regex(right)).test(textOf(a).slice(0, 100_000)) === (operator === '~') ? 1 : 0;
    const b = await this.value(right);
    if (operator === ' ') {
      const [before, after] = [textOf(a), textOf(b)];
      const size = before.length + after.length;
      if (size > longestText) {
        this.sys.hold(size);
        this.sys.hold(-size);
      }
      return before + after;
    }
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
    return node.kind === 'regex' ? node.value : regexOf(textOf(await this.value(node)));
  }

  async #getline({ target, file }: Extract<Node, { kind: 'getline' }>): Promise<Value> {
    let lines = this.lines;
    if (file !== undefined) {
      const path = textOf(await this.value(file));
      if (!this.sys.files.exists(path)) return -1;
      lines = this.inputs.get(path) ?? linesOf(this.sys, this.sys.open(path, { read: true }));
      this.inputs.set(path, lines);
    }
    lines ??= linesOf(this.sys, 0);
    const line = await lines.next();
    if (line.done === true) return 0;
    if (file === undefined) this.count();
    if (target === undefined) this.setRecord(line.value);
    else await this.#assign(target, new Input(line.value));
    return 1;
  }

  async #call(name: string, args: readonly Node[]): Promise<Value> {
    const own = this.program.functions.get(name);
    if (own !== undefined) return this.#ownFunction(own, args);
    const [first, second, third] = args;
    if (name === 'sub' || name === 'gsub')
      return this.#substitute(name === 'gsub', await this.#regex(first), second, third);
    if (name === 'split' && second?.kind === 'name') {
      const separator =
        third === undefined
          ? textOf(this.get('FS'))
          : third.kind === 'regex'
            ? third.value.source
            : textOf(await this.value(third));
      const array = this.array(second.name);
      this.empty(array);
      const parts = this.split(textOf(await this.value(first ?? second)), separator);
      this.memory.change(
        parts.reduce((sum, part, index) => sum + part.length + 64 + String(index + 1).length, 0),
      );
      for (const [index, part] of parts.entries()) array.set(String(index + 1), new Input(part));
      return parts.length;
    }
    if (
      name === 'length' &&
      first?.kind === 'name' &&
      (this.arrays.has(first.name) || this.locals.at(-1)?.arrays.has(first.name) === true)
    )
      return this.array(first.name).size;
    if (name === 'match') {
      const found = (await this.#regex(second)).exec(
        textOf(first === undefined ? '' : await this.value(first)).slice(0, 100_000),
      );
      this.set('RSTART', found === null ? 0 : found.index + 1);
      this.set('RLENGTH', found === null ? -1 : found[0].length);
      return found === null ? 0 : found.index + 1;
    }
    const values: Value[] = [];
    for (const arg of args) values.push(await this.value(arg));
    return this.builtin(name, values);
  }

  async #ownFunction(
    { parameters, body }: { readonly parameters: readonly string[]; readonly body: Statement },
    args: readonly Node[],
  ): Promise<Value> {
    if (this.locals.length > 200) throw new AwkFailure('cmd. line:1: recursion too deep');
    await Promise.resolve();
    const values = new Map<string, Value>();
    const arrays = new Map<string, Map<string, Value>>();
    for (const [index, parameter] of parameters.entries()) {
      const arg = args[index];
      if (arg === undefined) continue;
      if (
        arg.kind === 'name' &&
        (this.arrays.has(arg.name) || this.locals.at(-1)?.arrays.has(arg.name) === true)
      )
        arrays.set(parameter, this.array(arg.name));
      else values.set(parameter, await this.value(arg));
    }
    this.locals.push({ values, arrays, names: new Set(parameters) });
    try {
      await this.do(body);
      return new Input('');
    } catch (error) {
      if (error instanceof Leave && error.kind === 'return') return error.value;
      throw error;
    } finally {
      this.locals.pop();
    }
  }

  async #substitute(
    all: boolean,
    expression: RegExp,
    replacement: Node | undefined,
    target: Node | undefined,
  ): Promise<Value> {
    const text = replacement === undefined ? '' : textOf(await this.value(replacement));
    const where: Node = target ?? { kind: 'field', index: { kind: 'number', value: 0 } };
    const before = textOf(await this.value(where)).slice(0, 1_000_000);
    let count = 0;
    const after = before.replace(new RegExp(expression.source, all ? 'g' : ''), (match) => {
      count++;
      return text.replace(/\\\\&|\\&|&/g, (one) =>
        one === '&' ? match : one === '\\&' ? '&' : `\\${match}`,
      );
    });
    if (count > 0) await this.#assign(where, after);
    return count;
  }

  protected abstract do(statement: Statement): Promise<void>;
}
