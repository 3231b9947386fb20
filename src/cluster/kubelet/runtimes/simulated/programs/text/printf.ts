import { unescaped } from './echo.ts';

/** `printf FORMAT ARGS…`: the format again while arguments are left. `problems`: messages about arguments that are no numbers. */
export function formatted(args: readonly string[]): {
  readonly text: string;
  readonly problems: readonly string[];
} {
  const [format = '', ...values] = args;
  const problems: string[] = [];
  let out = '';
  let used = 0;
  const take = () => values[used++];
  do {
    const before = used;
    const round = once(format, take, problems);
    out += round.text;
    if (round.stopped || used === before || out.length > 1 << 26) break;
  } while (used < values.length);
  return { text: out, problems };
}

const directive = /%([-+ #0]*)(\*|\d+)?(?:\.(\*|\d+)?)?([a-zA-Z%])?/y;

function once(
  format: string,
  take: () => string | undefined,
  problems: string[],
): { readonly text: string; readonly stopped: boolean } {
  let out = '';
  for (let at = 0; at < format.length; ) {
    const next = format.indexOf('%', at);
    const literal = unescaped(format.slice(at, next < 0 ? undefined : next), 'format');
    out += literal.text;
    if (literal.stopped) return { text: out, stopped: true };
    if (next < 0) break;
    directive.lastIndex = next;
    const match = directive.exec(format);
    const [whole = '%', flags = '', width, precision, letter] = match ?? [];
    at = next + whole.length;
    if (letter === '%') {
      out += '%';
      continue;
    }
    if (letter === undefined || !'diouxXcsbeEfFgG'.includes(letter)) {
      problems.push(`${whole.slice(0, whole.length)}: invalid format`);
      return { text: out, stopped: true };
    }
    const wide = width === '*' ? Number(take() ?? 0) : Number(width ?? 0);
    const hasPrecision = /\./.test(whole);
    const exact = !hasPrecision
      ? undefined
      : precision === '*'
        ? Number(take() ?? 0)
        : Number(precision ?? 0);
    const value = take();
    if (letter === 'b') {
      const done = unescaped(value ?? '', 'echo');
      out += pad(exact === undefined ? done.text : done.text.slice(0, exact), wide, flags, false);
      if (done.stopped) return { text: out, stopped: true };
    } else if (letter === 's')
      out += pad(
        exact === undefined ? (value ?? '') : [...(value ?? '')].slice(0, exact).join(''),
        wide,
        flags,
        false,
      );
    else if (letter === 'c') out += pad((value ?? '').slice(0, 1), wide, flags, false);
    else if ('eEfFgG'.includes(letter))
      out += pad(float(letter, value ?? '', exact ?? 6, flags, problems), wide, flags, true);
    else
      out += pad(
        integer(letter, value ?? '', exact, flags, problems),
        wide,
        exact === undefined ? flags : flags.replaceAll('0', ''),
        true,
      );
  }
  return { text: out, stopped: false };
}

function pad(text: string, width: number, flags: string, number: boolean): string {
  const left = flags.includes('-') || width < 0;
  const size = Math.min(Math.abs(width), 1 << 20);
  if (left) return text.padEnd(size);
  if (!number || !flags.includes('0')) return text.padStart(size);
  const sign = /^[-+ ]?(?:0[xX])?/.exec(text)?.[0] ?? '';
  return sign + text.slice(sign.length).padStart(size - sign.length, '0');
}

/** C's numbers, and `'c` for a character's code. */
function integerOf(text: string, problems: string[]): bigint {
  if (/^["']./u.test(text)) return BigInt(text.codePointAt(1) ?? 0);
  const trimmed = text.trim();
  const match = /^([-+]?)(0[xX][0-9a-fA-F]+|0[0-7]*|[1-9]\d*)/.exec(trimmed);
  if (trimmed === '') return 0n;
  if (match === null || match[0] !== trimmed) problems.push(`invalid number '${text}'`);
  const digits = match?.[2] ?? '0';
  const value = BigInt(/^0[0-7]+$/.test(digits) ? `0o${digits.slice(1)}` : digits);
  return match === null || match[0] !== trimmed ? 0n : match[1] === '-' ? -value : value;
}

function integer(
  letter: string,
  text: string,
  exact: number | undefined,
  flags: string,
  problems: string[],
): string {
  const value = integerOf(text, problems);
  const unsigned = BigInt.asUintN(64, value);
  const base = letter === 'o' ? 8 : letter === 'x' || letter === 'X' ? 16 : 10;
  const isSigned = letter === 'd' || letter === 'i';
  const digits = (isSigned ? (value < 0n ? -value : value) : unsigned)
    .toString(base)
    .padStart(exact ?? 1, '0');
  const sign = isSigned
    ? value < 0n
      ? '-'
      : flags.includes('+')
        ? '+'
        : flags.includes(' ')
          ? ' '
          : ''
    : '';
  const prefix = flags.includes('#') && value !== 0n ? (letter === 'o' ? '0' : base === 16 ? '0x' : '') : '';
  const done = sign + prefix + digits;
  return letter === 'X' ? done.toUpperCase() : done;
}

function float(letter: string, text: string, exact: number, flags: string, problems: string[]): string {
  const value = text.trim() === '' ? 0 : Number(text);
  if (Number.isNaN(value)) problems.push(`invalid number '${text}'`);
  const number = Number.isNaN(value) ? 0 : value;
  const digits = Math.min(exact, 100);
  const sign = number >= 0 ? (flags.includes('+') ? '+' : flags.includes(' ') ? ' ' : '') : '';
  const lower = letter.toLowerCase();
  const done =
    lower === 'f'
      ? number.toFixed(digits)
      : lower === 'e'
        ? exponent(number.toExponential(digits))
        : general(number, digits);
  return sign + (letter === lower ? done : done.toUpperCase());
}

function exponent(text: string): string {
  return text.replace(/e([-+])(\d)$/, 'e$10$2');
}

/** `%g`. */
export function general(value: number, precision: number): string {
  if (!Number.isFinite(value)) return value > 0 ? 'inf' : value < 0 ? '-inf' : 'nan';
  const digits = precision || 1;
  if (value === 0) return '0';
  const power = Math.floor(Math.log10(Math.abs(Number(value.toExponential(digits - 1)))));
  if (power < -4 || power >= digits) {
    return exponent(value.toExponential(digits - 1).replace(/\.?0+e/, 'e'));
  }
  const text = value.toFixed(Math.max(0, digits - 1 - power));
  return text.includes('.') ? text.replace(/\.?0+$/, '') : text;
}
