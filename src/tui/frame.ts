import { type Look, smallest } from './look.ts';
import { between, clip, styledWidth } from './styled.ts';
import { texts } from './texts.ts';

/** What a screen has to say; the frame gives it its place. */
export interface Screen {
  /** Left and right of the first line. */
  readonly title: string;
  readonly right: string;
  readonly body: Body;
  /** What to do next: always in sight, above the keys. */
  readonly next: string;
  readonly keys: readonly Key[];
}

export type Body =
  | Scrolled
  /** A list that the learner picks from; `before` and `after` stay around it. */
  | {
      readonly kind: 'select';
      readonly before: readonly string[];
      readonly options: readonly string[];
      readonly index: number;
      /** The list is a new one when this changes. */
      readonly listKey: string;
      readonly after: readonly string[];
    };

export interface Scrolled {
  readonly kind: 'lines';
  /** Already cut to the visible ones. */
  readonly lines: readonly string[];
  /** Lines hidden above and below, and the furthest offset. */
  readonly above: number;
  readonly below: number;
  readonly max: number;
}

export interface Key {
  readonly key: string;
  readonly does: string;
}

/** Lines of the body: all but title, two rules, next step and keys. */
export function bodyRows(look: Look): number {
  return Math.max(1, look.rows - 5);
}

/** The visible part of `lines` from `scroll`, in `rows` lines. */
export function viewport(lines: readonly string[], scroll: number, rows: number): Scrolled {
  const max = Math.max(0, lines.length - rows);
  const from = Math.min(scroll, max);
  return {
    kind: 'lines',
    lines: lines.slice(from, from + rows),
    above: from,
    below: Math.max(0, lines.length - from - rows),
    max,
  };
}

/** The two lines on top. */
export function headLines(screen: Screen, look: Look): readonly string[] {
  return [between(screen.title, screen.right, look.columns - 1), rule(look)];
}

/** The three lines at the bottom; the last cell stays empty so that no terminal scrolls. */
export function footLines(screen: Screen, look: Look): readonly string[] {
  const hidden = screen.body.kind === 'lines' ? hiddenText(screen.body, look) : '';
  return [rule(look, hidden), clip(screen.next, look.columns - 1), keysLine(screen.keys, look)];
}

/** Every line of a screen whose body is text: exactly `look.rows`. */
export function frameLines(screen: Screen, look: Look): readonly string[] {
  const rows = bodyRows(look);
  const { body } = screen;
  const middle =
    body.kind === 'lines'
      ? body.lines
      : [...body.before, ...body.options.map((option) => `  ${option}`), ...body.after];
  const filled = Array.from({ length: rows }, (_, row) => clip(middle[row] ?? '', look.columns));
  return [...headLines(screen, look), ...filled, ...footLines(screen, look)];
}

export function isTooSmall(look: Look): boolean {
  return look.columns < smallest.columns || look.rows < smallest.rows;
}

export function tooSmallLines(look: Look): readonly string[] {
  const text = texts.tooSmall(look.columns, look.rows);
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + 1 + word.length < look.columns)
      lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word.slice(0, Math.max(1, look.columns - 1)));
  }
  const fitted = lines.slice(0, look.rows);
  return [...fitted, ...Array.from({ length: Math.max(0, look.rows - fitted.length) }, () => '')];
}

function rule(look: Look, text = ''): string {
  const { style, glyphs, columns } = look;
  if (text === '') return style('tenue', glyphs.rule.repeat(columns));
  const tail = glyphs.rule.repeat(2);
  const room = Math.max(0, columns - styledWidth(text) - 4);
  return style('tenue', `${glyphs.rule.repeat(room)} ${text} ${tail}`);
}

/** «↑ 2 más arriba  ↓ 3 líneas más abajo»; '' when everything is in sight. */
export function hiddenText(body: Pick<Scrolled, 'above' | 'below'>, look: Look): string {
  const parts: string[] = [];
  if (body.above > 0) parts.push(`${look.glyphs.up} ${texts.moreAbove(body.above)}`);
  if (body.below > 0) parts.push(`${look.glyphs.down} ${texts.moreBelow(body.below)}`);
  return parts.join('  ');
}

/** Keys in order of importance: the ones that do not fit are left out whole. The help (`?`) has them all. */
function keysLine(keys: readonly Key[], look: Look): string {
  const separator = ` ${look.glyphs.dot} `;
  const limit = look.columns - 1;
  const help = keys.find((entry) => entry.key === '?');
  const shown: Key[] = [];
  let used = help ? help.key.length + 1 + help.does.length : 0;
  for (const entry of keys) {
    if (entry === help) continue;
    const width = styledWidth(`${entry.key} ${entry.does}`) + separator.length;
    if (used + width > limit) break;
    used += width;
    shown.push(entry);
  }
  if (help) shown.push(help);
  return shown.map((entry) => `${look.style('tecla', entry.key)} ${entry.does}`).join(separator);
}
