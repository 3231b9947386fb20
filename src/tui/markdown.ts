import { linkText } from './inline.ts';
import type { RenderMarkdown } from './markdown-plain.ts';
import type { Style } from './style.ts';
import { styledWidth, wrapStyled } from './styled.ts';

/** Marks that survive the renderer, around the targets of `[[…]]`. */
const linkOpen = '\ue000';
const linkClose = '\ue001';
const maxCached = 200;

/**
 * Loads marked-terminal with its highlighter (some 70 ms: never before the first frame) and gives a renderer with a
 * cache. Lines come without margins, broken at `columns`, styled with `style` alone.
 */
export async function loadMarkdown(style: Style): Promise<RenderMarkdown> {
  const [{ Marked }, { markedTerminal }] = await Promise.all([import('marked'), import('marked-terminal')]);
  const is = (role: Parameters<Style>[0]) => (text: string) => style(role, text);
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
        tableOptions: { style: { head: [], border: [] }, chars: tableChars },
      },
      { ignoreIllegals: true, theme: highlightTheme(is) },
    ),
  );
  marked.use({
    renderer: {
      // marked-terminal prints the text of a tight list item as written; its inline marks are ours to render.
      text(token) {
        return 'tokens' in token && token.tokens
          ? this.parser.parseInline(token.tokens)
          : unescapeEntities(token.text);
      },
    },
  });
  const cache = new Map<string, readonly string[]>();
  return (text, columns) => {
    const key = `${columns}\u0000${text}`;
    const known = cache.get(key);
    if (known) return known;
    const lines = layOut(
      String(marked.parse(text.replace(/\[\[([^\]]+)\]\]/g, `${linkOpen}$1${linkClose}`))),
      columns,
      style,
    );
    if (cache.size >= maxCached) cache.clear();
    cache.set(key, lines);
    return lines;
  };
}

/** Breaks what the renderer gave, hanging list items and leaving code and tables alone. */
function layOut(rendered: string, columns: number, style: Style): readonly string[] {
  const linked = rendered.replace(/\ue000([^\ue001]*)\ue001/g, (_, target: string) =>
    style('enlace', linkText(target)),
  );
  const lines = linked
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

const tableChars = {
  top: '─',
  'top-mid': '┬',
  'top-left': '┌',
  'top-right': '┐',
  bottom: '─',
  'bottom-mid': '┴',
  'bottom-left': '└',
  'bottom-right': '┘',
  left: '│',
  'left-mid': '├',
  mid: '─',
  'mid-mid': '┼',
  right: '│',
  'right-mid': '┤',
  middle: '│',
};

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
