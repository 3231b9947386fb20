import { Scanner } from './scanner.ts';
import { type Mark, parseError, type Token, YamlError } from './token.ts';

export type Node = ScalarNode | SequenceNode | MappingNode | AliasNode;
export interface ScalarNode {
  readonly kind: 'scalar';
  readonly text: string;
  readonly plain: boolean;
  readonly tag: string;
  readonly line: number;
}
export interface SequenceNode {
  readonly kind: 'sequence';
  readonly items: Node[];
  readonly line: number;
}
export interface MappingNode {
  readonly kind: 'mapping';
  readonly entries: (readonly [Node, Node])[];
  readonly line: number;
}
export interface AliasNode {
  readonly kind: 'alias';
  readonly name: string;
  readonly target: Node;
  readonly line: number;
}

/** The first document of the text; undefined when there is none. Throws a YamlError. */
export function composeYaml(text: string): Node | undefined {
  return new Composer(text).document();
}

class Composer {
  readonly #scanner: Scanner;
  readonly #anchors = new Map<string, Node>();

  constructor(text: string) {
    this.#scanner = new Scanner(text);
  }

  document(): Node | undefined {
    while (this.#type() === 'document-end') this.#scanner.next();
    if (this.#type() === 'stream-end') return undefined;
    const directives = this.#type() === 'directive';
    while (this.#type() === 'directive') this.#scanner.next();
    if (this.#type() === 'document-start') this.#scanner.next();
    else if (directives)
      throw parseError('did not find expected <document start>', this.#scanner.peek().mark);
    const ends = ['directive', 'document-start', 'document-end', 'stream-end'];
    const node = ends.includes(this.#type()) ? this.#empty(this.#scanner.peek().mark) : this.#node(true);
    // Whatever else is there must begin another document.
    if (!ends.includes(this.#type()))
      throw parseError('did not find expected <document start>', this.#scanner.peek().mark);
    return node;
  }

  #type(): Token['type'] {
    return this.#scanner.peek().type;
  }

  #empty(mark: Mark): ScalarNode {
    return { kind: 'scalar', text: '', plain: true, tag: '', line: mark.line };
  }

  /** `bareSequence`: the value of a key may be a sequence that is not indented. */
  #node(block: boolean, bareSequence = false): Node {
    const first = this.#scanner.peek();
    if (first.type === 'alias') {
      this.#scanner.next();
      const target = this.#anchors.get(first.value);
      if (target === undefined) throw new YamlError(`yaml: unknown anchor '${first.value}' referenced`);
      return { kind: 'alias', name: first.value, target, line: first.mark.line };
    }
    let anchor = '';
    let tag = '';
    for (;;) {
      const token = this.#scanner.peek();
      if (token.type === 'anchor' && anchor === '') anchor = token.value;
      else if (token.type === 'tag' && tag === '') tag = shortTag(token.value);
      else break;
      this.#scanner.next();
    }
    return this.#content(block, bareSequence, first, anchor, tag);
  }

  #content(block: boolean, bareSequence: boolean, first: Token, anchor: string, tag: string): Node {
    const token = this.#scanner.peek();
    const { line } = first.mark;
    const remember = <T extends Node>(node: T): T => {
      if (anchor !== '') this.#anchors.set(anchor, node);
      return node;
    };
    if (bareSequence && token.type === 'block-entry')
      return this.#bareSequence(remember({ kind: 'sequence', items: [], line }));
    switch (token.type) {
      case 'scalar':
        this.#scanner.next();
        return remember({ kind: 'scalar', text: token.value, plain: token.plain, tag, line });
      case 'flow-sequence-start':
        return this.#flowSequence(remember({ kind: 'sequence', items: [], line }));
      case 'flow-mapping-start':
        return this.#flowMapping(remember({ kind: 'mapping', entries: [], line }));
      case 'block-sequence-start':
        if (block) return this.#blockSequence(remember({ kind: 'sequence', items: [], line }));
        break;
      case 'block-mapping-start':
        if (block) return this.#blockMapping(remember({ kind: 'mapping', entries: [], line }));
        break;
      default:
    }
    if (anchor !== '' || tag !== '') return remember({ ...this.#empty(first.mark), tag });
    throw parseError('did not find expected node content', token.mark, first.mark);
  }

  #blockSequence(node: SequenceNode): SequenceNode {
    const start = this.#scanner.next().mark;
    while (this.#type() === 'block-entry') {
      const { end } = this.#scanner.next();
      const nothing = this.#type() === 'block-entry' || this.#type() === 'block-end';
      node.items.push(nothing ? this.#empty(end) : this.#node(true));
    }
    const token = this.#scanner.peek();
    if (token.type !== 'block-end')
      throw parseError("did not find expected '-' indicator", token.mark, start);
    this.#scanner.next();
    return node;
  }

  #bareSequence(node: SequenceNode): SequenceNode {
    while (this.#type() === 'block-entry') {
      const { end } = this.#scanner.next();
      const nothing = ['block-entry', 'key', 'value', 'block-end'].includes(this.#type());
      node.items.push(nothing ? this.#empty(end) : this.#node(true));
    }
    return node;
  }

  #blockMapping(node: MappingNode): MappingNode {
    const start = this.#scanner.next().mark;
    const nothing = () => ['key', 'value', 'block-end'].includes(this.#type());
    for (;;) {
      const token = this.#scanner.peek();
      let key: Node;
      if (token.type === 'key') {
        this.#scanner.next();
        key = nothing() ? this.#empty(token.end) : this.#node(true, true);
      } else if (token.type === 'value') key = this.#empty(token.mark);
      else if (token.type === 'block-end') break;
      else throw parseError('did not find expected key', token.mark, start);
      let value: Node = this.#empty(this.#scanner.peek().mark);
      if (this.#type() === 'value') {
        const { end } = this.#scanner.next();
        value = nothing() ? this.#empty(end) : this.#node(true, true);
      }
      node.entries.push([key, value]);
    }
    this.#scanner.next();
    return node;
  }

  #flowSequence(node: SequenceNode): SequenceNode {
    const start = this.#scanner.next().mark;
    for (let first = true; this.#type() !== 'flow-sequence-end'; first = false) {
      if (!first) {
        this.#comma("did not find expected ',' or ']'", start);
        if (this.#type() === 'flow-sequence-end') break;
      }
      // `[a: b]` is a mapping of one entry.
      if (this.#type() === 'key') {
        const { mark } = this.#scanner.next();
        const pair = this.#flowPair('flow-sequence-end');
        node.items.push({ kind: 'mapping', entries: [pair], line: mark.line });
      } else node.items.push(this.#node(false));
    }
    this.#scanner.next();
    return node;
  }

  #flowMapping(node: MappingNode): MappingNode {
    const start = this.#scanner.next().mark;
    for (let first = true; this.#type() !== 'flow-mapping-end'; first = false) {
      if (!first) {
        this.#comma("did not find expected ',' or '}'", start);
        if (this.#type() === 'flow-mapping-end') break;
      }
      if (this.#type() === 'key') {
        this.#scanner.next();
        node.entries.push(this.#flowPair('flow-mapping-end'));
      } else {
        const key = this.#type() === 'value' ? this.#empty(this.#scanner.peek().mark) : this.#node(false);
        node.entries.push([key, this.#flowValue('flow-mapping-end')]);
      }
    }
    this.#scanner.next();
    return node;
  }

  #comma(problem: string, start: Mark): void {
    const token = this.#scanner.peek();
    if (token.type !== 'flow-entry') throw parseError(problem, token.mark, start);
    this.#scanner.next();
  }

  #flowPair(end: Token['type']): readonly [Node, Node] {
    const nothing = ['value', 'flow-entry', end].includes(this.#type());
    const key = nothing ? this.#empty(this.#scanner.peek().mark) : this.#node(false);
    return [key, this.#flowValue(end)];
  }

  #flowValue(end: Token['type']): Node {
    if (this.#type() !== 'value') return this.#empty(this.#scanner.peek().mark);
    const token = this.#scanner.next();
    return ['flow-entry', end].includes(this.#type()) ? this.#empty(token.end) : this.#node(false);
  }
}

const longPrefix = 'tag:yaml.org,2002:';

function shortTag(tag: string): string {
  return tag.startsWith(longPrefix) ? `!!${tag.slice(longPrefix.length)}` : tag;
}
