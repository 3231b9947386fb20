import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cleanText } from '../../src/base/text.ts';
import { textWidth } from '../../src/base/width.ts';
import { splitKeys } from '../../src/tui/key-source.ts';
import { pastedLine } from '../../src/tui/keys.ts';
import { loadMarkdown } from '../../src/tui/markdown.ts';
import {
  asciiGlyphs,
  colourStyle,
  plainStyle,
  speaksUnicode,
  toAscii,
  unicodeGlyphs,
} from '../../src/tui/style.ts';
import { between, clip, padStyled, stripStyles, styledWidth, wrapStyled } from '../../src/tui/styled.ts';

const words = fc
  .array(fc.constantFrom('pan', 'hogaza', 'ñandú', 'a', 'contenedorcontenedorcontenedor'), { maxLength: 20 })
  .map((list) => list.join(' '));
const styled = fc
  .array(fc.tuple(fc.constantFrom('fallo', 'fuerte', 'codigo', 'enlace'), words), { maxLength: 4 })
  .map((runs) => runs.map(([role, text]) => colourStyle(role as 'fallo', text)).join(' '));

describe('styled lines', () => {
  it('never exceed their room, lose no letter, and close every style they open', () => {
    fc.assert(
      fc.property(styled, fc.integer({ min: 8, max: 60 }), (line, columns) => {
        const lines = wrapStyled(line, columns);
        for (const each of lines) expect(styledWidth(each)).toBeLessThanOrEqual(columns);
        const letters = (text: string) => stripStyles(text).replace(/\s/g, '');
        expect(letters(lines.join(''))).toBe(letters(line));
        for (const each of lines.slice(0, -1)) expect(openStyles(each)).toBe(0);
      }),
    );
  });

  it('break at spaces alone, whatever styles begin or end within a word', () => {
    const line = `uno dos (${colourStyle('cursiva', 'tres')}), cuatro`;
    expect(wrapStyled(line, 12).map(stripStyles)).toEqual(['uno dos', '(tres),', 'cuatro']);
    expect(wrapStyled(`uno ${colourStyle('codigo', 'dos tres')}; cuatro`, 9).map(stripStyles)).toEqual([
      'uno dos',
      'tres;',
      'cuatro',
    ]);
  });

  it('fill exactly the cells they are given', () => {
    fc.assert(
      fc.property(styled, fc.integer({ min: 1, max: 50 }), (line, columns) => {
        expect(styledWidth(padStyled(line, columns))).toBe(columns);
        expect(styledWidth(clip(line, columns))).toBeLessThanOrEqual(columns);
      }),
    );
  });

  it('hang what follows, and put two texts at both ends', () => {
    expect(wrapStyled('uno dos tres', 9, { first: '- ', rest: '  ' })).toEqual(['- uno dos', '  tres']);
    expect(between('izquierda', 'der', 20)).toBe('izquierda        der');
    expect(styledWidth(between('una frase muy larga de verdad', 'der', 20))).toBe(20);
  });
});

describe('signs', () => {
  it('are one cell each, are no emoji, and have an ASCII twin', () => {
    for (const [name, sign] of Object.entries(unicodeGlyphs)) {
      expect(textWidth(sign), name).toBe(1);
      expect(sign, name).not.toMatch(/\p{Emoji_Presentation}/u);
      expect(asciiGlyphs[name as keyof typeof asciiGlyphs], name).toMatch(/^[ -~]$/);
    }
  });

  it('give way to ASCII of the same width', () => {
    const line = '┌─ «¿qué?» → ñandú ✓ … │ ●○ █░ — €';
    expect(toAscii(line)).toMatch(/^[ -~]*$/);
    expect(toAscii(line)).toHaveLength([...line].length);
  });

  it.each([
    [{ LANG: 'es_ES.UTF-8' }, true],
    [{ LANG: 'C.utf8' }, true],
    [{}, true],
    [{ LANG: 'C' }, false],
    [{ LANG: 'es_ES.UTF-8', LC_ALL: 'POSIX' }, false],
    [{ LANG: 'ja_JP.UTF-8' }, false],
    [{ TERM: 'linux' }, false],
  ])('%j → %s', (env, unicode) => {
    expect(speaksUnicode(env, 'linux')).toBe(unicode);
  });
});

describe('Markdown', () => {
  const render = loadMarkdown(plainStyle, false);
  const spoken = loadMarkdown(plainStyle, true);

  it('joins lines of a paragraph, marks lists and keeps code as it is', async () => {
    const lines = (await render)(
      'Una frase\ny otra.\n\n- uno con `código`\n- dos **fuerte**\n\n```sh\necho  "a   b"  # hola\n```',
      60,
    );
    expect(lines).toEqual([
      'Una frase y otra.',
      '',
      '  • uno con código',
      '  • dos fuerte',
      '',
      '  echo  "a   b"  # hola',
    ]);
  });

  it('underlines links, but not what looks like one in code', async () => {
    const lines = (await loadMarkdown(colourStyle, false))(
      'Un [[cgroup]] y `[[ -f x ]]`.\n\n```text\n[[ -f x ]]\n```',
      60,
    );
    expect(lines[0]).toContain('\u001b[4mcgroup\u001b[24m');
    expect(lines[0]).toContain('[[ -f x ]]');
    expect(lines.at(-1)).toContain('[[ -f x ]]');
  });

  it('keeps the colons of code, also in a table and broken in two lines', async () => {
    const text =
      'Abre `127.0.0.1:8080:80`.\n\n| orden |\n| --- |\n| `docker run -p 127.0.0.1:8080:80 nginx:1.29` |';
    for (const columns of [80, 24]) {
      const joined = (await render)(text, columns).join('').replace(/\s/g, '');
      expect(joined).not.toContain('COLON');
      expect(joined).toContain('dockerrun-p127.0.0.1:8080:80nginx:1.29');
    }
  });

  it('fits tables in the room there is', async () => {
    const table = `| v1 | v2 |\n| --- | --- |\n| ${'memoria '.repeat(8)}| corto |`;
    const lines = (await render)(table, 40);
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(40);
    expect(lines[0]).toMatch(/^v1 +│ v2$/);
    expect((await spoken)(table, 80).join('\n')).toMatch(/v1: memoria.*\nv2: corto/);
  });

  it('never lets control bytes of a text through', async () => {
    const lines = (await render)('hola \u001b[2J\u001b]0;x\u0007 `a\u001b[31m`\n\n```sh\n\u001b[2J\n```', 60);
    expect(lines.join('\n')).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/);
  });

  it('colours code by meaning', async () => {
    const lines = (await loadMarkdown(colourStyle, false))('```sh\nexport A="x" # nota\n```', 60);
    expect(lines.join('')).toContain('\u001b[32m"x"\u001b[39m');
    expect(lines.join('')).toContain('\u001b[90m# nota\u001b[39m');
  });
});

describe('keys', () => {
  it('are told apart in a burst, wherever it is cut', () => {
    const typed = 'ñ\u001b[A\u001b[1;5C\u001bOBj\r\u001b[200~a\nb\u001b[201~\u001b[Z x';
    const whole = splitKeys(typed).keys;
    expect(whole).toEqual([
      'ñ',
      '\u001b[A',
      '\u001b[1;5C',
      '\u001bOB',
      'j',
      '\r',
      '\u001b[200~a\nb\u001b[201~',
      '\u001b[Z',
      ' ',
      'x',
    ]);
    for (let cut = 0; cut <= typed.length; cut++) {
      const first = splitKeys(typed.slice(0, cut));
      const second = splitKeys(first.rest + typed.slice(cut));
      expect([...first.keys, ...second.keys]).toEqual(whole);
    }
  });

  it('of a mouse are swallowed in every encoding', () => {
    expect(splitKeys('a\u001b[<0;10;5M\u001b[<0;10;5mb\u001b[M !!c\u001b[32;10;5Md').keys).toEqual([
      'a',
      'b',
      'c',
      'd',
    ]);
  });

  it('pasted become the first line that says something, clean', () => {
    expect(pastedLine('\n  4242\u001b[31m\u0007 \nrm -rf /', cleanText)).toBe('4242');
    expect(pastedLine('\u0000\n\n', cleanText)).toBe('');
  });
});

function openStyles(line: string): number {
  const codes = [...line.matchAll(/\u001b\[(\d+)m/g)].map((match) => Number(match[1]));
  return codes.reduce(
    (open, code) => (code === 0 || (code >= 22 && code <= 29) || code === 39 ? 0 : open + 1),
    0,
  );
}
