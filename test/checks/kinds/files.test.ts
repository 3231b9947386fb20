import { describe, expect, it } from 'vitest';
import { type Backend, CouldNotLook, type FilesView, type ReadError } from '../../../src/checks/backend.ts';
import type { CheckKind } from '../../../src/checks/check.ts';
import { archivo } from '../../../src/checks/kinds/archivo.ts';
import { cursoDiagnostico, cursoFallos } from '../../../src/checks/kinds/curso.ts';
import { emptyBackend } from '../../helpers/checks.ts';

function observe(
  kind: CheckKind,
  files: { readonly [path: string]: string | ReadError },
  ruta = 'receta.txt',
) {
  const view: FilesView = {
    async read(path) {
      const content = files[path];
      if (content === undefined) return { ok: false, error: 'ENOENT' };
      return content === 'EACCES' || content === 'EISDIR'
        ? { ok: false, error: content }
        : { ok: true, value: content };
    },
    list: async () => ({ ok: true, value: Object.keys(files) }),
  };
  const backend: Backend = { ...emptyBackend(), files: view };
  const attempt = { exerciseId: 'x', startedAtMs: 0, folder: '/', answers: {}, failures: 3 };
  return kind.observe({ backend, scope: {}, attempt, signal: new AbortController().signal }, { ruta });
}

describe('the kind `archivo`', () => {
  it.each([
    ['uno\ndos\n', { bytes: 8, lineas: ['uno', 'dos'], terminaEnSalto: true }],
    ['uno\r\ndos', { bytes: 8, lineas: ['uno', 'dos'], terminaEnSalto: false }],
    ['', { bytes: 0, lineas: [], terminaEnSalto: false }],
    ['ñ', { bytes: 2 }],
  ])('reads %j exactly', async (texto, value) => {
    expect(await observe(archivo, { 'receta.txt': texto })).toMatchObject({
      state: 'found',
      value: { texto, ...value },
    });
  });

  it.each([
    ['Receta.txt', ['Receta.txt']],
    ['receta.txt.txt', ['receta.txt.txt']],
    ['otra.md', undefined],
  ])('says whether %s is what was meant', async (name, parecidos) => {
    const seen = await observe(archivo, { [name]: 'x' });
    expect(seen).toEqual({ state: 'absent', value: parecidos ? { parecidos } : {} });
    expect(archivo.absentAdvice({ ruta: 'receta.txt' }, seen).next).toMatch(
      parecidos ? /letra por letra/ : /pwd/,
    );
  });

  it('does not confuse what it may not read with what is not there', async () => {
    await expect(observe(archivo, { 'receta.txt': 'EACCES' })).rejects.toThrow(CouldNotLook);
    expect(await observe(archivo, { 'receta.txt': 'EISDIR' })).toMatchObject({ state: 'absent' });
  });

  it('gives a command that can be run as it is printed', () => {
    const seen = { state: 'absent', value: {} } as const;
    expect(archivo.command({ ruta: 'receta.txt' }, '', seen)).toBe('cat receta.txt');
    expect(archivo.command({ ruta: "mi 'receta'.txt" }, '', seen)).toBe("cat 'mi '\\''receta'\\''.txt'");
  });
});

describe('the kinds about the course itself', () => {
  it('read the saved diagnosis', async () => {
    expect(await observe(cursoDiagnostico, { 'diagnostico.json': '{"sistema":"linux"}' })).toEqual({
      state: 'found',
      value: { sistema: 'linux', hecho: true },
    });
  });

  it.each([
    [{}, { hecho: false }],
    [{ 'diagnostico.json': '{"sis' }, { hecho: false, roto: true }],
    [{ 'diagnostico.json': '[1]' }, { hecho: false, roto: true }],
  ])('tell a diagnosis that is not there from a broken one: %j', async (files, value) => {
    expect(await observe(cursoDiagnostico, files)).toEqual({ state: 'absent', value });
  });

  it('count the failed verifications', async () => {
    expect(await observe(cursoFallos, {})).toEqual({ state: 'found', value: { fallos: 3 } });
  });
});
