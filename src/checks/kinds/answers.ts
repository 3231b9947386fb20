import type { Json } from '../../base/json.ts';

/**
 * The number somebody meant: «1 234,5», «1.234,50», «50 %», «512 MiB» (the unit is left out), or undefined when there
 * is none or more than one. Both signs are decimal or thousands in Spanish: exactly three digits after the only one are
 * thousands («4.242», a PID), unless a zero comes first («0,125»).
 */
export function parseNumber(text: string): number | undefined {
  const found = /^[^\d+-]{0,20}?([+-]?\d[\d\s.,'_\u00a0\u202f]*)(?:\s*[\p{L}%°/]{1,12}\.?)?$/u.exec(
    text.trim(),
  );
  const digits = found?.[1]?.replace(/[\s'_\u00a0\u202f]+/g, '').replace(/[.,]$/, '');
  if (digits === undefined) return undefined;
  if (/^[+-]?[1-9]\d{0,2}(?:\.\d{3})+(?:,\d+)?$/.test(digits))
    return finite(digits.replaceAll('.', '').replace(',', '.'));
  if (/^[+-]?[1-9]\d{0,2}(?:,\d{3})+(?:\.\d+)?$/.test(digits)) return finite(digits.replaceAll(',', ''));
  return finite(digits.replace(',', '.'));
}

/** The items of an answer like «net, pid y mnt» or `net pid mnt`: lower case, without accents, sorted, once each. */
export function parseSet(text: string): readonly string[] {
  const items = foldText(text)
    .replace(/^[[({]|[\])}.]$/g, '')
    .split(/[\s,;|]+|(?<=\s)[ye&](?=\s)/)
    .map((item) => item.replace(/^["'«`]+|["'»`.]+$/g, '').replace(/^[-*•]+/, ''))
    .filter((item) => item !== '' && item !== 'y' && item !== 'e' && item !== '&');
  return [...new Set(items)].sort();
}

/** Lower case, without accents (but with ñ), one space between words. */
export function foldText(text: string): string {
  return text
    .toLowerCase()
    .normalize('NFD')
    .replace(/(?<!n)\u0303|[\u0300-\u0302\u0304-\u036f]/g, '')
    .normalize('NFC')
    .replace(/\s+/g, ' ')
    .trim();
}

/** An answer as text, whatever JSON carried it. */
export function answerText(answer: Json): string {
  if (typeof answer === 'string') return answer;
  if (Array.isArray(answer)) return answer.map(answerText).join(', ');
  return answer === null ? '' : typeof answer === 'object' ? JSON.stringify(answer) : String(answer);
}

function finite(text: string): number | undefined {
  const value = Number(text);
  return text !== '' && Number.isFinite(value) ? value : undefined;
}
