import { fold } from '../base/text.ts';
import type { SearchPage } from './compiled.ts';

export interface SearchHit {
  readonly lessonId: string;
  readonly pageId: string;
  readonly title: string;
  /** Text around the first match, at most `snippetLength` characters. */
  readonly snippet: string;
}

const snippetLength = 120;

/**
 * Pages that contain every word of `query` (accents and case do not count; words may be incomplete), best first: words
 * in the title, then how early they appear. At most `limit`. A blank query finds nothing.
 */
export function searchPages(pages: readonly SearchPage[], query: string, limit = 20): readonly SearchHit[] {
  const words = fold(query)
    .split(/\s+/)
    .filter((word) => word !== '');
  if (words.length === 0) return [];
  const scored = pages.flatMap((page, order) => {
    const title = fold(page.title);
    const text = fold(page.text);
    let score = 0;
    let first = Number.POSITIVE_INFINITY;
    for (const word of words) {
      const at = text.indexOf(word);
      if (title.includes(word)) score += 1000;
      else if (at < 0) return [];
      if (at >= 0) first = Math.min(first, at);
    }
    const found = Number.isFinite(first) ? first : 0;
    return [{ page, order, score: score - Math.min(found, 900), found }];
  });
  return scored
    .sort((left, right) => right.score - left.score || left.order - right.order)
    .slice(0, limit)
    .map(({ page, found }) => ({
      lessonId: page.lessonId,
      pageId: page.pageId,
      title: page.title,
      snippet: snippetAround(page.text, found),
    }));
}

function snippetAround(text: string, at: number): string {
  const wanted = Math.max(0, at - 30);
  const start = wanted === 0 ? 0 : text.indexOf(' ', wanted) + 1;
  const cut = text.slice(start, start + snippetLength);
  const end = start + snippetLength < text.length ? Math.max(cut.lastIndexOf(' '), 1) : cut.length;
  return `${start > 0 ? '…' : ''}${cut.slice(0, end)}${start + end < text.length ? '…' : ''}`;
}
