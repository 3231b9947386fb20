/** Plain-text helpers for Spanish texts and hostile input. Pure; no locale of the machine is consulted. */

/** Lower case without accents, for searching and for comparing names: «Módulo» → «modulo». */
export function fold(text: string): string {
  return text
    .normalize('NFD')
    .replace(/\p{M}+/gu, '')
    .toLowerCase();
}

/** ANSI/OSC/DCS sequences, 7- and 8-bit. An unfinished string sequence runs to the end of the text. */
const escapeSequences =
  /(?:\u001b[\]PX^_]|[\u009d\u0090\u0098\u009e\u009f])[^\u0007\u001b\u009c]*(?:\u0007|\u001b\\|\u009c|$)|(?:\u001b\[|\u009b)[0-?]*[ -/]*[@-~]?|\u001b[ -/]*[0-~]?/g;
/** C0 and C1 controls but tab and newline, bidirectional marks, byte-order mark, other invisible format marks. */
const invisible =
  /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]/g;

/** Text that is safe to print: no terminal sequences, controls or bidi overrides. Newlines and tabs stay. */
export function cleanText(text: string): string {
  return text
    .replace(/\r\n?/g, '\n')
    .replace(/[\u2028\u2029]/g, '\n')
    .replace(escapeSequences, '')
    .replace(invisible, '');
}

/** `cleanText` in one line; line breaks and tabs become one space. */
export function cleanLine(text: string): string {
  return cleanText(text)
    .replace(/[\n\t]+/g, ' ')
    .trim();
}

/**
 * Damerau-Levenshtein distance (optimal string alignment): insertions, deletions, substitutions and swaps of
 * neighbours cost 1.
 */
export function editDistance(left: string, right: string): number {
  const a = [...left];
  const b = [...right];
  let beforePrevious: number[] = [];
  let previous = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let row = 1; row <= a.length; row += 1) {
    const current = [row];
    for (let column = 1; column <= b.length; column += 1) {
      const same = a[row - 1] === b[column - 1];
      let best = Math.min(
        (previous[column] ?? 0) + 1,
        (current[column - 1] ?? 0) + 1,
        (previous[column - 1] ?? 0) + (same ? 0 : 1),
      );
      const swapped = row > 1 && column > 1 && a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1];
      if (swapped) best = Math.min(best, (beforePrevious[column - 2] ?? 0) + 1);
      current.push(best);
    }
    beforePrevious = previous;
    previous = current;
  }
  return previous[b.length] ?? 0;
}

/** Names that the writer may have meant, nearest first; at most `limit`. Empty when nothing is near. */
export function nearestNames(written: string, names: Iterable<string>, limit = 3): readonly string[] {
  const target = fold(written).slice(0, 80);
  if (target === '') return [];
  const allowed = Math.max(1, Math.floor(target.length / 3));
  const scored = [...new Set(names)].map((name) => {
    const folded = fold(name);
    const begins = target.length >= 2 && (folded.startsWith(target) || target.startsWith(folded));
    return { name, distance: editDistance(target, folded) - (begins ? 100 : 0) };
  });
  return scored
    .filter(({ distance }) => distance <= allowed)
    .sort((a, b) => a.distance - b.distance || a.name.localeCompare(b.name, 'es'))
    .slice(0, limit)
    .map(({ name }) => name);
}

/** «1 ejercicio», «3 ejercicios»; the plural adds -s unless it is given. */
export function plural(count: number, one: string, many = `${one}s`): string {
  return `${formatNumber(count)} ${count === 1 ? one : many}`;
}

/** Decimal comma, space between thousands from five digits on, as the Academy asks: 0,5 · 1234 · 12 345. */
export function formatNumber(value: number, decimals = 0): string {
  const [whole = '0', fraction] = Math.abs(value).toFixed(decimals).split('.');
  const grouped = whole.length > 4 ? whole.replace(/\B(?=(\d{3})+$)/g, '\u00a0') : whole;
  const sign = value < 0 && Number(value.toFixed(decimals)) !== 0 ? '-' : '';
  return `${sign}${grouped}${fraction === undefined ? '' : `,${fraction}`}`;
}

/** «a», «a y b», «a, b e imagen». */
export function joinWords(words: readonly string[], conjunction: 'y' | 'o' = 'y'): string {
  const last = words.at(-1);
  if (last === undefined) return '';
  if (words.length === 1) return last;
  const softened =
    conjunction === 'y'
      ? /^h?i(?![aeou])/.test(fold(last))
        ? 'e'
        : 'y'
      : /^h?o/.test(fold(last))
        ? 'u'
        : 'o';
  return `${words.slice(0, -1).join(', ')} ${softened} ${last}`;
}

/** «45 s», «3 min», «1 h 20 min». */
export function formatDuration(durationMs: number): string {
  const seconds = Math.max(0, Math.round(durationMs / 1000));
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 60) return `${minutes} min`;
  return minutes % 60 === 0 ? `${minutes / 60} h` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}
