import type { Tokens } from 'marked';
import { cleanText } from '../base/text.ts';
import type { RenderMarkdown } from './markdown-plain.ts';
import type { Style } from './style.ts';
import { padStyled, styledWidth, wrapStyled } from './styled.ts';

const maxCached = 200;

/**
 * Loads marked-terminal with its highlighter (some 70 ms: never before the first frame) and gives a renderer with a
 * cache. Lines come without margins, broken at `columns`, styled with `style` alone; `linear` tells tables as sentences.
 */
export async function loadMarkdown(style: Style, linear: boolean): Promise<RenderMarkdown> {
  const [{ Marked }, { markedTerminal }, { highlight, supportsLanguage }] = await Promise.all([
    import('marked'),
    import('marked-terminal'),
    import('./highlight.ts'),
  ]);
  const is = (role: Parameters<Style>[0]) => (text: string) => style(role, text);
  /** Columns of the text being rendered: tables must know them. */
  let room = 80;
  const theme = highlightTheme(is);
  const marked = new Marked();
  marked.use(
    markedTerminal(
      {
        code: (text: string) => text,
        blockquote: is('cursiva'),
        html: is('tenue'),
        heading: is('titulo'),
        firstHeading: is('titulo'),
        hr: is('tenue'),
        strong: is('fuerte'),
        em: is('cursiva'),
        codespan: is('codigo'),
        del: is('tenue'),
        link: (text: string) => text,
        href: is('enlace'),
        listitem: (text: string) => text,
        table: (text: string) => text,
        paragraph: (text: string) => text,
        emoji: false,
        reflowText: false,
        showSectionPrefix: false,
        unescape: true,
        tab: 2,
      },
      {},
    ),
  );
  marked.use({
    extensions: [
      {
        name: 'enlace',
        level: 'inline',
        start: (source) => source.indexOf('[['),
        tokenizer(source) {
          const link = /^\[\[([^[\]\n]+)\]\]/.exec(source);
          return link ? { type: 'enlace', raw: link[0], text: link[1] ?? '' } : undefined;
        },
        renderer: (token) => style('enlace', String(token['text'])),
      },
    ],
    renderer: {
      // marked-terminal prints the text of a tight list item as written; its inline marks are ours to render.
      text(token) {
        // A line break in the source is a space; only `br` breaks.
        return 'tokens' in token && token.tokens
          ? this.parser.parseInline(token.tokens)
          : unescapeEntities(token.text).replace(/\s*\n\s*/g, ' ');
      },
      // marked-terminal hides colons behind a mark, and takes it back in paragraphs but not in our tables.
      codespan({ text }) {
        return style('codigo', text.replace(/\s*\n\s*/g, ' '));
      },
      // marked-terminal highlights only when its own colour library sees a terminal; our styles decide that here.
      code({ text, lang = '' }) {
        const [language = ''] = lang.split(' ');
        const code = supportsLanguage(language)
          ? highlight(text, { language, ignoreIllegals: true, theme })
          : text;
        return `${code.replace(/^/gm, '  ')}\n\n`;
      },
      table(token) {
        const inline = (cell: Tokens.TableCell) => this.parser.parseInline(cell.tokens);
        return `${tableLines(
          token.header.map(inline),
          token.rows.map((row) => row.map(inline)),
          room,
          linear,
        ).join('\n')}\n\n`;
      },
    },
  });
  const cache = new Map<string, readonly string[]>();
  return (text, columns) => {
    const key = `${columns}\u0000${text}`;
    const known = cache.get(key);
    if (known) return known;
    room = columns;
    const lines = layOut(String(marked.parse(cleanText(text))), columns);
    if (cache.size >= maxCached) cache.clear();
    cache.set(key, lines);
    return lines;
  };
}

/** Breaks what the renderer gave, hanging list items and leaving code and tables alone. */
function layOut(rendered: string, columns: number): readonly string[] {
  const lines = rendered
    .replace(/^\n+|\s+$/g, '')
    .split('\n')
    .flatMap((line) => {
      if (styledWidth(line) <= columns) return [line.trimEnd()];
      const item = /^(\s*)(\*|\d+\.) /.exec(line);
      const indent = ' '.repeat(item ? item[0].length : (/^\s*/.exec(line)?.[0].length ?? 0));
      return wrapStyled(line.slice(item ? item[0].length : indent.length), columns, {
        first: item ? item[0] : indent,
        rest: indent,
      });
    });
  return lines
    .map((line) => line.replace(/^(\s*)\* /, '$1• '))
    .filter((line, index) => line !== '' || lines[index - 1] !== '');
}

/** Cells side by side when they fit, sharing the room otherwise; one under the other when the terminal is too narrow. */
function tableLines(
  header: readonly string[],
  rows: readonly (readonly string[])[],
  columns: number,
  linear: boolean,
): readonly string[] {
  const all = [header, ...rows];
  const count = header.length;
  const natural = header.map((_, column) => Math.max(...all.map((row) => styledWidth(row[column] ?? ''))));
  const room = columns - count * 3 + 1;
  const widths = share(natural, room);
  if (linear || widths.some((width, column) => width < 6 && width < (natural[column] ?? 0))) {
    return rows.flatMap((row) => [...row.map((cell, column) => `${header[column] ?? ''}: ${cell}`), '']);
  }
  const line = (row: readonly string[]) => {
    const cells = widths.map((width, column) => wrapStyled(row[column] ?? '', width));
    const height = Math.max(...cells.map((cell) => cell.length));
    return Array.from({ length: height }, (_, index) =>
      cells
        .map((cell, column) => padStyled(cell[index] ?? '', widths[column] ?? 0))
        .join(' │ ')
        .trimEnd(),
    );
  };
  const rule = widths.map((width) => '─'.repeat(width)).join('─┼─');
  const tall = rows.some((row) => line(row).length > 1);
  const body = rows.flatMap((row, index) => [...(tall && index > 0 ? [rule] : []), ...line(row)]);
  return [...line(header), rule, ...body];
}

/** Widths that add up to `room` at most: narrow columns keep theirs, wide ones share what is left. */
function share(natural: readonly number[], room: number): readonly number[] {
  const widths = [...natural];
  while (widths.reduce((sum, width) => sum + width, 0) > room) {
    const widest = widths.indexOf(Math.max(...widths));
    const width = widths[widest] ?? 0;
    if (width <= 1) break;
    widths[widest] = width - 1;
  }
  return widths;
}

function highlightTheme(is: (role: Parameters<Style>[0]) => (text: string) => string) {
  const plain = (text: string) => text;
  return {
    keyword: is('clave'),
    built_in: is('clave'),
    type: is('clave'),
    literal: is('numero'),
    number: is('numero'),
    string: is('cadena'),
    regexp: is('cadena'),
    comment: is('comentario'),
    meta: is('comentario'),
    attr: is('clave'),
    attribute: is('clave'),
    variable: is('numero'),
    section: is('fuerte'),
    symbol: is('cadena'),
    bullet: is('clave'),
    function: plain,
    title: plain,
    params: plain,
    default: plain,
  };
}

function unescapeEntities(text: string): string {
  return text.replace(/&(amp|lt|gt|quot|#39);/g, (_, name: string) => entities[name] ?? '');
}

const entities: { readonly [name: string]: string } = { amp: '&', lt: '<', gt: '>', quot: '"', '#39': "'" };
