import theme from '../../assets/temas/terminal.json' with { type: 'json' };

/** What a stretch of text means; the theme decides how it looks. */
export type Role = keyof typeof theme.estilos;

/** Gives text the look of its role. Without colour it gives it back as it is: a sign or a word always says the same. */
export type Style = (role: Role, text: string) => string;

/** Opening and closing SGR codes of the names a theme may use: the terminal's own 16 colours and plain attributes. */
const codes: { readonly [name: string]: readonly [number, number] } = {
  negrita: [1, 22],
  cursiva: [3, 23],
  subrayado: [4, 24],
  inverso: [7, 27],
  rojo: [31, 39],
  verde: [32, 39],
  amarillo: [33, 39],
  azul: [34, 39],
  magenta: [35, 39],
  cian: [36, 39],
  blanco: [37, 39],
  gris: [90, 39],
  'rojo-claro': [91, 39],
  'verde-claro': [92, 39],
  'amarillo-claro': [93, 39],
  'azul-claro': [94, 39],
  'magenta-claro': [95, 39],
  'cian-claro': [96, 39],
};

export const plainStyle: Style = (_role, text) => text;

export const colourStyle: Style = (role, text) => {
  const [open, close] = codes[theme.estilos[role]] ?? [0, 0];
  return text === '' || open === 0 ? text : `\u001b[${open}m${text}\u001b[${close}m`;
};

/** Signs that go with states; every one has a plain ASCII twin. None is an emoji: their width is one cell. */
export interface Glyphs {
  readonly passed: string;
  readonly failed: string;
  readonly waiting: string;
  readonly unknown: string;
  readonly skipped: string;
  readonly looking: string;
  readonly cursor: string;
  readonly on: string;
  readonly off: string;
  readonly rule: string;
  readonly bar: string;
  readonly barOn: string;
  readonly barOff: string;
  readonly arrow: string;
  readonly down: string;
  readonly up: string;
  readonly dot: string;
}

export const unicodeGlyphs: Glyphs = {
  passed: '✓',
  failed: '✗',
  waiting: '…',
  unknown: '?',
  skipped: '-',
  looking: '·',
  cursor: '▸',
  on: '●',
  off: '○',
  rule: '─',
  bar: '│',
  barOn: '█',
  barOff: '░',
  arrow: '→',
  down: '↓',
  up: '↑',
  dot: '·',
};

export const asciiGlyphs: Glyphs = {
  passed: 'v',
  failed: 'x',
  waiting: '~',
  unknown: '?',
  skipped: '-',
  looking: '.',
  cursor: '>',
  on: '*',
  off: 'o',
  rule: '-',
  bar: '|',
  barOn: '#',
  barOff: '.',
  arrow: '>',
  down: 'v',
  up: '^',
  dot: '-',
};

const asciiOf: { readonly [character: string]: string } = {
  '─': '-',
  '━': '-',
  '│': '|',
  '┃': '|',
  '═': '=',
  '║': '|',
  '…': '~',
  '·': '-',
  '•': '*',
  '«': '"',
  '»': '"',
  '“': '"',
  '”': '"',
  '‘': "'",
  '’': "'",
  '—': '-',
  '–': '-',
  '→': '>',
  '←': '<',
  '↑': '^',
  '↓': 'v',
  '▸': '>',
  '▾': 'v',
  '✓': 'v',
  '✗': 'x',
  '●': '*',
  '○': 'o',
  '█': '#',
  '░': '.',
  '▒': ':',
  '▓': '%',
  '■': '#',
  '□': 'o',
  '¿': '?',
  '¡': '!',
  '≥': '>',
  '≤': '<',
  '×': 'x',
  '▲': '^',
  '▼': 'v',
  '►': '>',
  '◄': '<',
  '★': '*',
  ª: 'a',
  º: 'o',
  '€': 'E',
};

/** The same line for a terminal that does not speak UTF-8: same number of cells, ASCII only. */
export function toAscii(line: string): string {
  if (/^[\u001b\u0020-\u007e]*$/.test(line)) return line;
  return [...line.normalize('NFD').replace(/\p{M}+/gu, '')]
    .map((character) => {
      const code = character.codePointAt(0) ?? 0;
      if (code < 0x7f) return character;
      if (code >= 0x2500 && code <= 0x257f) return asciiOf[character] ?? '+';
      return asciiOf[character] ?? '?';
    })
    .join('');
}

/** Whether the environment promises UTF-8 and one-cell signs. Windows consoles do; East Asian locales draw them in two. */
export function speaksUnicode(
  env: { readonly [name: string]: string | undefined },
  platform: NodeJS.Platform,
): boolean {
  if (platform === 'win32') return true;
  const locale = env['LC_ALL'] || env['LC_CTYPE'] || env['LANG'] || '';
  if (env['TERM'] === 'linux' && locale === '') return false;
  // macOS terminals and containers often leave the locale out; they speak UTF-8 all the same.
  if (locale === '') return true;
  if (/^(zh|ja|ko)/i.test(locale)) return false;
  return /utf-?8/i.test(locale) || (platform === 'darwin' && !/^(C|POSIX)$/.test(locale));
}
