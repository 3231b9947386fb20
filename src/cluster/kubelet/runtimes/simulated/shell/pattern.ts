/** A text in which some characters were quoted and mean only themselves. */
export interface Piece {
  readonly text: string;
  readonly quoted: boolean;
}

type Unit = { readonly kind: 'char'; readonly char: string } | { readonly kind: 'any' | 'star' } | ClassUnit;

interface ClassUnit {
  readonly kind: 'class';
  readonly negated: boolean;
  readonly has: (char: string) => boolean;
}

/** A shell pattern (`*`, `?`, `[…]`), matched without regular expressions: no pattern takes forever. */
export class Pattern {
  readonly #units: readonly Unit[];

  constructor(pieces: readonly Piece[] | string) {
    this.#units = compile(typeof pieces === 'string' ? [{ text: pieces, quoted: false }] : pieces);
  }

  /** The text when there is nothing special in it. */
  get literal(): string | undefined {
    return this.#units.every((unit) => unit.kind === 'char')
      ? this.#units.map((unit) => (unit.kind === 'char' ? unit.char : '')).join('')
      : undefined;
  }

  matches(text: string): boolean {
    return this.#match([...text]);
  }

  /** A name in a folder: a leading dot must be written. */
  matchesName(name: string): boolean {
    const [first] = this.#units;
    if (name.startsWith('.') && !(first?.kind === 'char' && first.char === '.')) return false;
    return this.matches(name);
  }

  /** Length of the shortest or longest prefix (or suffix) that matches; undefined: none. */
  affix(text: string, where: 'prefix' | 'suffix', longest: boolean): number | undefined {
    const chars = [...text];
    const part = (length: number) =>
      where === 'prefix' ? chars.slice(0, length) : chars.slice(chars.length - length);
    for (let n = 0; n <= chars.length; n++) {
      const length = longest ? chars.length - n : n;
      if (this.#match(part(length))) return part(length).join('').length;
    }
    return undefined;
  }

  /** The first place where it matches, longest there. */
  search(text: string, from: number): { readonly start: number; readonly end: number } | undefined {
    for (let start = from; start <= text.length; start++) {
      const length = this.affix(text.slice(start), 'prefix', true);
      if (length !== undefined && length > 0) return { start, end: start + length };
    }
    return undefined;
  }

  #match(chars: readonly string[]): boolean {
    const units = this.#units;
    let [at, unit] = [0, 0];
    let [starAt, starUnit] = [-1, -1];
    while (at < chars.length) {
      const wanted = units[unit];
      if (wanted?.kind === 'star') {
        starUnit = unit++;
        starAt = at;
      } else if (wanted !== undefined && fits(wanted, chars[at] ?? '')) {
        unit++;
        at++;
      } else if (starUnit >= 0) {
        unit = starUnit + 1;
        at = ++starAt;
      } else return false;
    }
    while (units[unit]?.kind === 'star') unit++;
    return unit === units.length;
  }
}

export function hasWildcard(pieces: readonly Piece[]): boolean {
  return pieces.some((piece) => !piece.quoted && /[*?[]/.test(piece.text));
}

function fits(unit: Unit, char: string): boolean {
  if (unit.kind === 'any') return true;
  if (unit.kind === 'class') return unit.has(char) !== unit.negated;
  return unit.kind === 'char' && unit.char === char;
}

function compile(pieces: readonly Piece[]): Unit[] {
  const chars = pieces.flatMap((piece) => [...piece.text].map((char) => ({ char, quoted: piece.quoted })));
  const units: Unit[] = [];
  for (let at = 0; at < chars.length; at++) {
    const { char, quoted } = chars[at] ?? { char: '', quoted: true };
    if (quoted) units.push({ kind: 'char', char });
    else if (char === '*') {
      if (units.at(-1)?.kind !== 'star') units.push({ kind: 'star' });
    } else if (char === '?') units.push({ kind: 'any' });
    else if (char === '\\' && at + 1 < chars.length)
      units.push({ kind: 'char', char: chars[++at]?.char ?? '' });
    else if (char === '[') {
      const found = bracket(chars, at);
      if (found === undefined) units.push({ kind: 'char', char });
      else {
        units.push(found.unit);
        at = found.end;
      }
    } else units.push({ kind: 'char', char });
  }
  return units;
}

const classes: { readonly [name: string]: RegExp } = {
  alpha: /\p{L}/u,
  digit: /[0-9]/,
  alnum: /[\p{L}0-9]/u,
  upper: /\p{Lu}/u,
  lower: /\p{Ll}/u,
  space: /\s/,
  blank: /[ \t]/,
  punct: /[!-/:-@[-`{-~]/,
  print: /[^\p{Cc}]/u,
  graph: /[^\p{Cc}\s]/u,
  cntrl: /\p{Cc}/u,
  xdigit: /[0-9A-Fa-f]/,
};

/** What `[:name:]` of a bracket expression means. */
export function characterClass(name: string): RegExp | undefined {
  return Object.hasOwn(classes, name) ? classes[name] : undefined;
}

function bracket(
  chars: readonly { readonly char: string; readonly quoted: boolean }[],
  start: number,
): { readonly unit: ClassUnit; readonly end: number } | undefined {
  const text = chars.map(({ char }) => char);
  let at = start + 1;
  const negated = text[at] === '!' || text[at] === '^';
  if (negated) at++;
  const tests: ((char: string) => boolean)[] = [];
  for (let first = true; ; first = false) {
    const char = text[at];
    if (char === undefined) return undefined;
    if (char === ']' && !first && chars[at]?.quoted === false) break;
    const name =
      char === '[' && text[at + 1] === ':'
        ? /^(\w+):\]/.exec(text.slice(at + 2, at + 12).join(''))?.[1]
        : undefined;
    const known = name === undefined ? undefined : characterClass(name);
    if (name !== undefined && known !== undefined) {
      tests.push((one) => known.test(one));
      at += name.length + 4;
      continue;
    }
    const low =
      char === '\\' && chars[at]?.quoted === false && text[at + 1] !== undefined ? (text[++at] ?? '') : char;
    if (text[at + 1] === '-' && text[at + 2] !== undefined && text[at + 2] !== ']') {
      const high = text[at + 2] ?? '';
      tests.push((one) => one >= low && one <= high);
      at += 3;
    } else {
      tests.push((one) => one === low);
      at++;
    }
  }
  return { unit: { kind: 'class', negated, has: (one) => tests.some((test) => test(one)) }, end: at };
}
