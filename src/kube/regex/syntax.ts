/** The parts of a regular expression in Go's (RE2's) syntax, https://github.com/google/re2/wiki/Syntax. */
export type Node =
  | { readonly kind: 'empty' }
  | { readonly kind: 'set'; readonly set: CharSet }
  | { readonly kind: 'assert'; readonly what: Assertion }
  | { readonly kind: 'cat' | 'alt'; readonly parts: readonly Node[] }
  | {
      readonly kind: 'repeat';
      readonly of: Node;
      readonly min: number;
      readonly max: number;
      readonly greedy: boolean;
    };

export type Assertion = 'lineStart' | 'lineEnd' | 'textStart' | 'textEnd' | 'word' | 'notWord';

/** Which code points match: ranges (inclusive) and Unicode classes, all of it turned round by `negated`. */
export interface CharSet {
  readonly ranges: readonly (readonly [number, number])[];
  readonly classes: readonly { readonly expression: RegExp; readonly negated: boolean }[];
  readonly negated: boolean;
}

/** `error parsing regexp: missing closing ): ` + the part, in Go's words. */
export class RegexSyntaxError extends Error {
  constructor(why: string, part: string) {
    super(`error parsing regexp: ${why}: \`${part}\``);
  }
}
