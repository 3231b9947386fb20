import { wrapText } from '../base/width.ts';
import type { VerdictName } from '../checks/verdict.ts';

/** Where commands write. State is always told by a sign and a word; colour only repeats it. */
export interface Output {
  /** Columns to wrap at: the terminal's, at most 100; 80 without a terminal. */
  readonly columns: number;
  readonly interactive: boolean;
  readonly accessible: boolean;
  /** A line on stdout. */
  print(line?: string): void;
  /** Wrapped paragraphs on stdout. */
  prose(text: string, indent?: string): void;
  /** A line on stderr: notices and errors, so that stdout stays what was asked for. */
  note(line: string): void;
  /** The one JSON document of `--json`. */
  json(value: unknown): void;
  paint(style: Style, text: string): string;
  /** «✓ conseguida» */
  state(state: State): string;
}

export type Style = 'good' | 'bad' | 'wait' | 'muted' | 'strong' | 'accent';
export type State = VerdictName | 'started' | 'pending' | 'good' | 'missing' | 'advice';

const styleCodes: { readonly [style in Style]: readonly [number, number] } = {
  good: [32, 39],
  bad: [31, 39],
  wait: [33, 39],
  muted: [2, 22],
  strong: [1, 22],
  accent: [36, 39],
};

const states: { readonly [state in State]: readonly [sign: string, word: string, style: Style] } = {
  passed: ['✓', 'conseguido', 'good'],
  failed: ['✗', 'falta', 'bad'],
  waiting: ['…', 'todavía no', 'wait'],
  unknown: ['?', 'no se pudo mirar', 'wait'],
  skipped: ['–', 'en espera', 'muted'],
  started: ['◐', 'en curso', 'wait'],
  pending: ['·', 'por hacer', 'muted'],
  good: ['✓', 'listo', 'good'],
  missing: ['✗', 'falta', 'bad'],
  advice: ['!', 'aviso', 'wait'],
};

export interface OutputStreams {
  readonly stdout: { readonly isTTY?: boolean; readonly columns?: number; write(text: string): unknown };
  readonly stderr: { write(text: string): unknown };
  readonly interactive: boolean;
}

export function openOutput(
  streams: OutputStreams,
  env: { readonly [name: string]: string | undefined },
  accessible: boolean,
): Output {
  const colour = wantsColour(env, streams.stdout.isTTY === true) && !accessible;
  const columns = Math.min(100, Math.max(40, streams.stdout.columns ?? 80));
  const paint = (style: Style, text: string): string => {
    const [on, off] = styleCodes[style];
    return colour && text !== '' ? `\u001b[${on}m${text}\u001b[${off}m` : text;
  };
  return {
    columns,
    interactive: streams.interactive,
    accessible,
    print: (line = '') => void streams.stdout.write(`${line}\n`),
    prose: (text, indent = '') => {
      for (const line of wrapText(text, columns, indent)) streams.stdout.write(`${line}\n`);
    },
    note: (line) => void streams.stderr.write(`${line}\n`),
    json: (value) => void streams.stdout.write(`${JSON.stringify(value, null, 2)}\n`),
    paint,
    state: (state) => {
      const [sign, word, style] = states[state];
      return paint(style, accessible ? word : `${sign} ${word}`);
    },
  };
}

/** https://no-color.org and https://force-color.org: the first one forbids, the second one asks; else, a terminal. */
export function wantsColour(
  env: { readonly [name: string]: string | undefined },
  isTerminal: boolean,
): boolean {
  const forced = env['FORCE_COLOR'];
  if (forced !== undefined) return forced !== '0' && forced !== 'false';
  if (env['NO_COLOR']) return false;
  return isTerminal && env['TERM'] !== 'dumb';
}
