import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Json } from '../../../src/base/json.ts';
import { parseNumber, parseSet } from '../../../src/checks/kinds/answers.ts';
import { respuesta } from '../../../src/checks/kinds/respuesta.ts';
import { emptyBackend } from '../../helpers/checks.ts';

describe('a number that somebody typed', () => {
  it.each([
    ['42', 42],
    [' 4242 ', 4242],
    ['-1', -1],
    ['+7', 7],
    ['0,5', 0.5],
    ['0.5', 0.5],
    ['0,125', 0.125],
    ['50 %', 50],
    ['64 MiB', 64],
    ['64MiB', 64],
    ['4.242', 4242],
    ['4 242', 4242],
    ['67.108.864', 67108864],
    ['67,108,864', 67108864],
    ['1.234,5', 1234.5],
    ['1,234.5', 1234.5],
    ['PID 4242', 4242],
    ['pid: 4242.', 4242],
    ['', undefined],
    ['ninguno', undefined],
    ['3 y 4', undefined],
    ['10.0.0.1', undefined],
    ['1e400', undefined],
    ['0x10', undefined],
  ])('%j → %j', (text, number) => {
    expect(parseNumber(text)).toBe(number);
  });

  it('is itself when it is written as a computer does', () => {
    fc.assert(
      fc.property(fc.integer(), (number) => {
        expect(parseNumber(String(number))).toBe(number);
      }),
    );
  });
});

describe('a set that somebody typed', () => {
  it.each([
    ['net, pid y mnt', ['mnt', 'net', 'pid']],
    ['net pid mnt', ['mnt', 'net', 'pid']],
    ['NET;Pid\nnet', ['net', 'pid']],
    ['[net, pid]', ['net', 'pid']],
    ['- net\n- pid\n', ['net', 'pid']],
    ['«net», "pid" e `ipc`', ['ipc', 'net', 'pid']],
    ['memoria, atención y ñandú', ['atencion', 'memoria', 'ñandu']],
    ['', []],
  ])('%j → %j', (text, items) => {
    expect(parseSet(text)).toEqual(items);
  });
});

describe('the kind `respuesta`', () => {
  const observe = (answers: { readonly [id: string]: Json }) =>
    respuesta.observe(
      {
        backend: emptyBackend(),
        scope: {},
        attempt: { exerciseId: 'x', startedAtMs: 0, folder: '/', answers, failures: 0 },
        signal: new AbortController().signal,
      },
      { pregunta: 'pid' },
    );

  it('gives the same answer as text, number and set', async () => {
    expect(await observe({ pid: ' 4242 ' })).toEqual({
      state: 'found',
      value: { dada: true, texto: '4242', llano: '4242', numero: 4242, conjunto: ['4242'] },
    });
    expect(await observe({ pid: 'Namespace de RED' })).toMatchObject({
      value: { llano: 'namespace de red' },
    });
    expect(await observe({ pid: ['b', 'a'] })).toMatchObject({ value: { conjunto: ['a', 'b'] } });
  });

  it.each([{}, { otra: 1 }, { pid: '  ' }, { pid: null }])('has nothing in %j', async (answers) => {
    expect(await observe(answers as { [id: string]: Json })).toEqual({
      state: 'absent',
      value: { dada: false },
    });
  });
});
