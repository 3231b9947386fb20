import { parseRegex } from './parse.ts';
import { type Assertion, type CharSet, type Node, RegexSyntaxError } from './syntax.ts';

export { RegexSyntaxError } from './syntax.ts';

/**
 * A regular expression with Go's syntax and meaning (leftmost-first), matched in time proportional to text × pattern:
 * patterns come from users, and JavaScript's engine can be made to run for ages.
 */
export interface GoRegex {
  readonly source: string;
  /** Whether it matches anywhere in the text. */
  test(text: string): boolean;
  /** The first match at or after `from` (UTF-16 offsets), undefined when there is none. */
  find(text: string, from?: number): { readonly start: number; readonly end: number } | undefined;
}

type Instruction =
  | { readonly op: 'set'; readonly set: CharSet }
  | { readonly op: 'assert'; readonly what: Assertion }
  | { readonly op: 'split'; first: number; second: number }
  | { readonly op: 'jump'; to: number }
  | { readonly op: 'match' };

/** Repetitions are written out, so small patterns can make large programs. */
const maxInstructions = 20_000;
const cache = new Map<string, GoRegex>();
const maxCached = 1000;

/** Throws a RegexSyntaxError in Go's words. Compiled patterns are kept. */
export function compileRegex(pattern: string): GoRegex {
  const known = cache.get(pattern);
  if (known !== undefined) return known;
  const regex = new Matcher(pattern);
  if (cache.size >= maxCached) cache.clear();
  cache.set(pattern, regex);
  return regex;
}

/** Why it is no regular expression, as Go says it; undefined when it is one. */
export function regexProblem(pattern: string): string | undefined {
  try {
    compileRegex(pattern);
    return undefined;
  } catch (error) {
    if (error instanceof RegexSyntaxError) return error.message;
    throw error;
  }
}

class Matcher implements GoRegex {
  readonly source: string;
  readonly #code: Instruction[] = [];

  constructor(source: string) {
    this.source = source;
    this.#emit(parseRegex(source));
    this.#push({ op: 'match' });
  }

  test(text: string): boolean {
    return this.#run(text, 0, true) !== undefined;
  }

  find(text: string, from = 0): { readonly start: number; readonly end: number } | undefined {
    return this.#run(text, from, false);
  }

  #push(instruction: Instruction): number {
    if (this.#code.length >= maxInstructions) throw new RegexSyntaxError('expression too large', this.source);
    return this.#code.push(instruction) - 1;
  }

  #emit(node: Node): void {
    switch (node.kind) {
      case 'empty':
        return;
      case 'set':
        this.#push({ op: 'set', set: node.set });
        return;
      case 'assert':
        this.#push({ op: 'assert', what: node.what });
        return;
      case 'cat':
        for (const part of node.parts) this.#emit(part);
        return;
      case 'alt':
        this.#alternatives(node.parts);
        return;
      case 'repeat':
        this.#repeat(node);
    }
  }

  #alternatives(parts: readonly Node[]): void {
    const jumps: { to: number }[] = [];
    for (const [i, part] of parts.entries()) {
      if (i === parts.length - 1) {
        this.#emit(part);
        break;
      }
      const split = { op: 'split' as const, first: 0, second: 0 };
      this.#push(split);
      split.first = this.#code.length;
      this.#emit(part);
      const jump = { op: 'jump' as const, to: 0 };
      this.#push(jump);
      jumps.push(jump);
      split.second = this.#code.length;
    }
    for (const jump of jumps) jump.to = this.#code.length;
  }

  #repeat({ of, min, max, greedy }: Extract<Node, { kind: 'repeat' }>): void {
    for (let i = 0; i < min; i++) this.#emit(of);
    const branch = () => {
      const split = { op: 'split' as const, first: 0, second: 0 };
      const at = this.#push(split);
      return {
        at,
        /** Inside it goes on with the body; `out` is where it stops. */
        set(body: number, out: number) {
          split.first = greedy ? body : out;
          split.second = greedy ? out : body;
        },
      };
    };
    if (max === Number.POSITIVE_INFINITY) {
      const split = branch();
      const body = this.#code.length;
      this.#emit(of);
      this.#push({ op: 'jump', to: split.at });
      split.set(body, this.#code.length);
      return;
    }
    const splits = [];
    for (let i = min; i < max; i++) {
      const split = branch();
      splits.push({ split, body: this.#code.length });
      this.#emit(of);
    }
    for (const { split, body } of splits) split.set(body, this.#code.length);
  }

  /** Pike's machine: all threads go through the text together, the better ones first. */
  #run(text: string, from: number, any: boolean): { start: number; end: number } | undefined {
    const code = this.#code;
    const seen = new Int32Array(code.length).fill(-1);
    let threads: { at: number; start: number }[] = [];
    let next: { at: number; start: number }[] = [];
    let found: { start: number; end: number } | undefined;
    let step = 0;
    const stack: number[] = [];
    const add = (list: { at: number; start: number }[], entry: number, start: number, position: number) => {
      stack.push(entry);
      for (;;) {
        const at = stack.pop();
        if (at === undefined) return;
        if (seen[at] === step) continue;
        seen[at] = step;
        const instruction = code[at];
        if (instruction === undefined) continue;
        if (instruction.op === 'jump') stack.push(instruction.to);
        else if (instruction.op === 'split') stack.push(instruction.second, instruction.first);
        else if (instruction.op === 'assert') {
          if (holds(instruction.what, text, position)) stack.push(at + 1);
        } else list.push({ at, start });
      }
    };
    for (let position = from; ; ) {
      // A new thread starts here, worse than all that started earlier.
      if (found === undefined) add(threads, 0, position, position);
      if (threads.length === 0 && found !== undefined) return found;
      step++;
      const char = position < text.length ? (text.codePointAt(position) ?? 0) : -1;
      const width = char > 0xffff ? 2 : 1;
      next = [];
      for (const { at, start } of threads) {
        const instruction = code[at];
        if (instruction?.op === 'match') {
          found = { start, end: position };
          if (any) return found;
          break;
        }
        if (char >= 0 && instruction?.op === 'set' && includes(instruction.set, char))
          add(next, at + 1, start, position + width);
      }
      if (char < 0) return found;
      position += width;
      threads = next;
    }
  }
}

function includes({ ranges, classes, negated }: CharSet, char: number): boolean {
  for (const [low, high] of ranges) if (char >= low && char <= high) return !negated;
  for (const { expression, negated: not } of classes)
    if (expression.test(String.fromCodePoint(char)) !== not) return !negated;
  return negated;
}

const isWord = (text: string, at: number) => at >= 0 && at < text.length && /\w/.test(text[at] ?? '');

function holds(what: Assertion, text: string, at: number): boolean {
  switch (what) {
    case 'textStart':
      return at === 0;
    case 'textEnd':
      return at === text.length;
    case 'lineStart':
      return at === 0 || text[at - 1] === '\n';
    case 'lineEnd':
      return at === text.length || text[at] === '\n';
    case 'word':
      return isWord(text, at - 1) !== isWord(text, at);
    case 'notWord':
      return isWord(text, at - 1) === isWord(text, at);
  }
}
