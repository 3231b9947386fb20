/** Where something begins; lines and columns from 0. */
export interface Mark {
  readonly index: number;
  readonly line: number;
  readonly column: number;
}

export type TokenType =
  | 'stream-end'
  | 'document-start'
  | 'document-end'
  | 'directive'
  | 'block-sequence-start'
  | 'block-mapping-start'
  | 'block-end'
  | 'flow-sequence-start'
  | 'flow-sequence-end'
  | 'flow-mapping-start'
  | 'flow-mapping-end'
  | 'block-entry'
  | 'flow-entry'
  | 'key'
  | 'value'
  | 'alias'
  | 'anchor'
  | 'tag'
  | 'scalar';

export interface Token {
  readonly type: TokenType;
  readonly mark: Mark;
  readonly end: Mark;
  /** Of alias, anchor, tag and scalar. */
  readonly value: string;
  /** A scalar that was not quoted: its text says what it is. */
  readonly plain: boolean;
}

/** A complaint in the words of go-yaml, which the API passes on. */
export class YamlError extends Error {}

/** The scanner counts lines from 1 in its complaints, the parser from 0, and neither tells the first: as libyaml does. */
export function scanError(problem: string, at: Mark): YamlError {
  return new YamlError(at.line === 0 ? `yaml: ${problem}` : `yaml: line ${at.line + 1}: ${problem}`);
}

/** `context` stands in where the problem is on the first line. */
export function parseError(problem: string, at: Mark, context?: Mark): YamlError {
  const line = at.line !== 0 ? at.line : (context?.line ?? 0);
  return new YamlError(line === 0 ? `yaml: ${problem}` : `yaml: line ${line}: ${problem}`);
}
