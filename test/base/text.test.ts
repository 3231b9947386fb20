import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  cleanLine,
  cleanText,
  editDistance,
  fold,
  formatDuration,
  formatNumber,
  joinWords,
  nearestNames,
  plural,
} from '../../src/base/text.ts';
import { padEnd, textWidth, truncate, wrapText } from '../../src/base/width.ts';

describe('folding and near names', () => {
  it('ignores accents and case, also decomposed', () => {
    expect(fold('MÓDULO')).toBe('modulo');
    expect(fold('mo\u0301dulo')).toBe('modulo');
  });

  it('counts swaps of neighbours as one', () => {
    expect(editDistance('cgruops', 'cgroups')).toBe(1);
    expect(editDistance('', 'abc')).toBe(3);
    expect(editDistance('pan', 'pan')).toBe(0);
  });

  it('is a distance', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 8 }), fc.string({ maxLength: 8 }), (a, b) => {
        const distance = editDistance(a, b);
        expect(distance).toBe(editDistance(b, a));
        expect(distance === 0).toBe(a === b);
        expect(distance).toBeLessThanOrEqual(Math.max([...a].length, [...b].length));
      }),
    );
  });

  it('offers what is near, nearest first, and nothing for what is far', () => {
    expect(nearestNames('cgrups', ['redes', 'cgroups', 'proceso'])).toEqual(['cgroups']);
    expect(nearestNames('lec', ['leccion', 'lecciones', 'limpiar'])).toEqual(['leccion', 'lecciones']);
    expect(nearestNames('zzzzzz', ['redes', 'cgroups'])).toEqual([]);
    expect(nearestNames('', ['redes'])).toEqual([]);
  });
});

describe('cleaning what others wrote', () => {
  it.each([
    ['\u001b[31mrojo\u001b[0m', 'rojo'],
    ['\u001b]0;título\u0007fin', 'fin'],
    ['\u001b]8;;http://x\u001b\\enlace\u001b]8;;\u001b\\', 'enlace'],
    ['\u009b2Jborra', 'borra'],
    ['a\u202eb\u2066c', 'abc'],
    ['a\u0000b\u0007c\u007f', 'abc'],
    ['uno\r\ndos\rtres', 'uno\ndos\ntres'],
    ['\u001b]sin final', ''],
  ])('%j → %j', (dirty, clean) => {
    expect(cleanText(dirty)).toBe(clean);
  });

  it('leaves nothing that a terminal would obey, and is idempotent', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const clean = cleanText(text);
        expect(clean).not.toMatch(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e]/);
        expect(cleanText(clean)).toBe(clean);
      }),
    );
  });

  it('joins lines', () => {
    expect(cleanLine(' uno\n\tdos ')).toBe('uno dos');
  });
});

describe('Spanish numbers and lists', () => {
  it('writes decimal commas and groups from five digits on', () => {
    expect(formatNumber(0.5, 1)).toBe('0,5');
    expect(formatNumber(1234)).toBe('1234');
    expect(formatNumber(12345)).toBe('12\u00a0345');
    expect(formatNumber(-12345.678, 2)).toBe('-12\u00a0345,68');
    expect(formatNumber(-0.001, 1)).toBe('0,0');
  });

  it('agrees in number', () => {
    expect(plural(1, 'ejercicio')).toBe('1 ejercicio');
    expect(plural(2, 'lección', 'lecciones')).toBe('2 lecciones');
    expect(plural(0, 'pista')).toBe('0 pistas');
  });

  it('joins with y, e, o and u', () => {
    expect(joinWords([])).toBe('');
    expect(joinWords(['a'])).toBe('a');
    expect(joinWords(['a', 'b', 'c'])).toBe('a, b y c');
    expect(joinWords(['pan', 'imagen'])).toBe('pan e imagen');
    expect(joinWords(['agua', 'hielo'])).toBe('agua y hielo');
    expect(joinWords(['plata', 'oro'], 'o')).toBe('plata u oro');
  });

  it('writes durations', () => {
    expect(formatDuration(45_000)).toBe('45 s');
    expect(formatDuration(3 * 60_000)).toBe('3 min');
    expect(formatDuration(80 * 60_000)).toBe('1 h 20 min');
    expect(formatDuration(120 * 60_000)).toBe('2 h');
  });
});

describe('widths', () => {
  it.each([
    ['canción', 7],
    ['cancio\u0301n', 7],
    ['漢字', 4],
    ['🐳', 2],
    ['👩‍💻', 2],
    ['✓ sí', 4],
    ['', 0],
    ['a\u200db', 2],
  ])('%j takes %i', (text, columns) => {
    expect(textWidth(text)).toBe(columns);
  });

  it('cuts by columns, not by letters', () => {
    expect(truncate('漢字漢字', 5)).toBe('漢字…');
    expect(truncate('corto', 5)).toBe('corto');
    expect(padEnd('字', 4)).toBe('字  ');
  });

  it('wraps at spaces, hangs, and cuts what does not fit', () => {
    expect(wrapText('uno dos tres cuatro', 11)).toEqual(['uno dos', 'tres cuatro']);
    expect(wrapText('uno dos tres cuatro', 12, '- ', '  ')).toEqual(['- uno dos', '  tres', '  cuatro']);
    expect(wrapText('abcdefghijklmnop', 10)).toEqual(['abcdefghij', 'klmnop']);
    expect(wrapText('uno\ndos', 20)).toEqual(['uno', 'dos']);
  });

  it('never passes the width and never loses a letter', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'grapheme', maxLength: 80 }),
        fc.integer({ min: 10, max: 40 }),
        (text, columns) => {
          const lines = wrapText(text, columns);
          for (const line of lines) expect(textWidth(line)).toBeLessThanOrEqual(columns);
          // Blanks of any kind may end a line, and are dropped there.
          const letters = (value: string) => value.replace(/\s/gu, '');
          expect(letters(lines.join(''))).toBe(letters(text));
        },
      ),
    );
  });
});
