/** What the parser makes of a script. */
export interface List {
  readonly items: readonly ListItem[];
}

export interface ListItem {
  readonly andOr: AndOr;
  /** Followed by `&`. */
  readonly background: boolean;
  /** As written, for `jobs`. */
  readonly text: string;
}

export interface AndOr {
  readonly first: Pipeline;
  readonly rest: readonly { readonly operator: '&&' | '||'; readonly pipeline: Pipeline }[];
}

export interface Pipeline {
  readonly negated: boolean;
  readonly commands: readonly Command[];
}

export type Command =
  | {
      readonly kind: 'simple';
      readonly assignments: readonly Assignment[];
      readonly words: readonly Word[];
      readonly redirections: readonly Redirection[];
      readonly line: number;
    }
  | {
      readonly kind: 'group' | 'subshell';
      readonly body: List;
      readonly redirections: readonly Redirection[];
    }
  | {
      readonly kind: 'if';
      readonly branches: readonly { readonly test: List; readonly body: List }[];
      readonly otherwise: List | undefined;
      readonly redirections: readonly Redirection[];
    }
  | {
      readonly kind: 'loop';
      readonly until: boolean;
      readonly test: List;
      readonly body: List;
      readonly redirections: readonly Redirection[];
    }
  | {
      readonly kind: 'for';
      readonly variable: string;
      /** Undefined: the positional parameters. */
      readonly words: readonly Word[] | undefined;
      readonly body: List;
      readonly redirections: readonly Redirection[];
    }
  | {
      readonly kind: 'case';
      readonly subject: Word;
      readonly cases: readonly {
        readonly patterns: readonly Word[];
        readonly body: List;
        /** `;&` */
        readonly fallsThrough: boolean;
      }[];
      readonly redirections: readonly Redirection[];
    }
  | {
      readonly kind: 'function';
      readonly name: string;
      readonly body: Command;
      readonly redirections: readonly [];
    };

export interface Assignment {
  readonly name: string;
  readonly value: Word;
  readonly append: boolean;
}

export interface Redirection {
  readonly fd: number;
  readonly operator: '<' | '>' | '>>' | '<>' | '>|' | '<&' | '>&' | '<<' | '&>';
  /** Of `<<`: the text of the document. */
  target: Word;
}

export type Word = readonly Part[];

export type Part =
  | { readonly kind: 'text'; readonly text: string; readonly quoted: boolean }
  | { readonly kind: 'quoted'; readonly parts: Word }
  | {
      readonly kind: 'parameter';
      readonly name: string;
      /** '' plain, `#` length; else the operator after the name. */
      readonly operator: string;
      readonly argument: Word;
      /** Of `/` and `:`: what comes after the second separator. */
      readonly second: Word | undefined;
    }
  | { readonly kind: 'command'; readonly body: List }
  | { readonly kind: 'arithmetic'; readonly expression: Word }
  | { readonly kind: 'tilde'; readonly user: string };

/** The script is wrong; `incomplete`: more lines could make it right. */
export class SyntaxFailure extends Error {
  readonly line: number;
  readonly incomplete: boolean;
  constructor(message: string, line: number, incomplete = false) {
    super(message);
    this.line = line;
    this.incomplete = incomplete;
  }
}
