import { describe, expect, it } from 'vitest';
import { renderText, renderValue, templateNames, templateProblems } from '../../src/checks/templates.ts';

const scope = { nombre: 'pan-7f3c', puerto: 20123, lista: ['a', 'b'], o: { State: { Pid: 4242 } }, si: true };

describe('templates', () => {
  it.each([
    ['docker run --name @{nombre} busybox', 'docker run --name pan-7f3c busybox'],
    ['@{puerto + 1}', '20124'],
    ["docker inspect -f '{{.State.Pid}}' @{nombre}", "docker inspect -f '{{.State.Pid}}' pan-7f3c"],
    ['echo ${VAR} $(id) @ {x} a@b.c', 'echo ${VAR} $(id) @ {x} a@b.c'],
    ['@{lista}', 'a, b'],
    ['@{ {"}": "}"}["}"] }', '}'],
    ['@{o.State.Pid}/@{o.State.Nada}', '4242/(sin dato)'],
    ['@{desconocido}', '(sin dato)'],
    ['@{((}', '(sin dato)'],
    ['sin cerrar @{nombre', 'sin cerrar @{nombre'],
    ['', ''],
    ["@{si ? 'sí' : 'no'}", 'sí'],
  ])('%s → %s', (template, text) => {
    expect(renderText(template, scope)).toBe(text);
  });

  it('keeps the type of a text that is one expression', () => {
    expect(renderValue('@{puerto}', scope)).toBe(20123);
    expect(renderValue(['@{lista}', { x: 'a@{puerto}' }], scope)).toEqual([['a', 'b'], { x: 'a20123' }]);
  });

  it('gives nothing, rather than a text, for a value that is not known', () => {
    expect(renderValue('@{nada}', scope)).toBeUndefined();
    expect(renderValue({ a: ['@{nada}'] }, scope)).toBeUndefined();
  });

  it('finds what cannot be rendered, with its place', () => {
    const template = 'hola @{nombre}, @{puerto +} y @{x}';
    expect(templateProblems(template, ['nombre', 'puerto'])).toEqual([
      { message: expect.stringContaining('incompleta'), start: 26, end: 26 },
      { message: expect.stringContaining('«x»'), start: 32, end: 33 },
    ]);
    expect(templateProblems('a @{x', ['x'])).toEqual([
      { message: expect.stringContaining('llave'), start: 2, end: 5 },
    ]);
  });

  it('knows which names it reads, but not those a macro binds', () => {
    expect(templateNames({ a: ['@{lista.exists(x, x == nombre)}'], b: '@{padre.State["a"]}' })).toEqual([
      'lista',
      'nombre',
      'padre',
    ]);
  });
});
