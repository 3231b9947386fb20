import { describe, expect, it } from 'vitest';
import type { Json } from '../../src/base/json.ts';
import { boundText, cleanSentence, cleanValue, showDifference, showValue } from '../../src/checks/text.ts';

describe('a value as a learner reads it', () => {
  it.each<[Json | undefined, string]>([
    ['running', 'running'],
    ['', '(vacío)'],
    ['  ', '(vacío)'],
    [undefined, 'no está'],
    [null, 'null'],
    [true, 'true'],
    [0, '0'],
    [['net', 'pid'], '[net, pid]'],
    [['sh', '-c', 'sleep 1'], '[sh, -c, "sleep 1"]'],
    [{ Name: 'no', MaximumRetryCount: 0 }, '{Name: no, MaximumRetryCount: 0}'],
    ['uno\ndos\t3\r\n', 'uno\\ndos\\t3\\n'],
    ['\u001b[31mrojo\u001b[0m', 'rojo'],
    ['\u001b]0;título\u0007hola', 'hola'],
    ['a\u0000b\u200bc\u00add', 'abcd'],
    ['\u202egnp.exe', 'gnp.exe'],
    ['\ud800x', '\ufffdx'],
  ])('%j → %j', (value, text) => {
    expect(showValue(value)).toBe(text);
  });

  it('is bounded, however deep or long the value is', () => {
    let deep: Json = 'fondo';
    for (let level = 0; level < 2000; level++) deep = [deep, { k: deep }].slice(0, 1);
    expect(showValue(deep).length).toBeLessThanOrEqual(400);
    expect(showValue(Array.from({ length: 100_000 }, (_, index) => index)).length).toBeLessThanOrEqual(400);
    expect(showValue('x'.repeat(10_000_000)).length).toBe(400);
  });

  it('is not cut inside a character', () => {
    expect(boundText('ab😀cd', 4)).toBe('ab…');
    expect(boundText('ab😀', 4)).toBe('ab😀');
  });

  it('is the same when it is cleaned twice', () => {
    for (const text of ['\u001b\u001b[31m[31mx', 'a\r\rb', '\u009b\u009b1mz']) {
      expect(cleanValue(cleanValue(text))).toBe(cleanValue(text));
    }
  });
});

describe('the difference between two texts', () => {
  it('needs no mark when both are seen at a glance', () => {
    expect(showDifference('exited', 'running')).toEqual({ expected: 'exited', found: 'running' });
  });

  it('is marked, with what comes before, when they are long', () => {
    const line = 'server listening on 0.0.0.0:8080 since boot; ready';
    expect(showDifference(`${line} yes`, `${line} no`)).toEqual({
      expected: `${line} ▸yes`,
      found: `${line} ▸no`,
    });
  });

  it('is at the end of the shorter when one begins with the other', () => {
    const text = 'y'.repeat(500);
    const { expected, found } = showDifference(text, `${text}\n`);
    expect(found.endsWith('▸\\n')).toBe(true);
    expect(expected.endsWith('▸')).toBe(true);
  });

  it('is spelled out when it cannot be seen', () => {
    expect(showDifference('pan', 'pan\u200b')).toEqual({ expected: '"pan"', found: '"pan\\u200b"' });
    expect(showDifference('pan', ' pan')).toEqual({ expected: '"pan"', found: '" pan"' });
  });
});

describe('a sentence', () => {
  it('joins the lines of a YAML block', () => {
    expect(cleanSentence('  Un contenedor vive\n  lo que vive su proceso.\n')).toBe(
      'Un contenedor vive lo que vive su proceso.',
    );
  });
});
