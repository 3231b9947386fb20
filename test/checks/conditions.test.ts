import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../src/base/json.ts';
import { conditionProblems, evaluateCondition } from '../../src/checks/conditions.ts';
import { fieldAt } from '../../src/checks/fields.ts';

const container: JsonObject = {
  Name: '/pan-7f3c',
  State: { Running: false, Status: 'exited', ExitCode: 137, Pid: 0, Health: null },
  HostConfig: { Memory: 67108864, NanoCpus: 500000000, CapAdd: null, Binds: [] },
  NetworkSettings: { Ports: { '80/tcp': [{ HostIp: '127.0.0.1', HostPort: '20123' }] } },
  'pids.max': '20',
  pids: { max: 'the shorter key must lose' },
  Env: ['PATH=/bin', 'A=1'],
};

describe('field paths', () => {
  it.each([
    ['State.Status', 'exited'],
    ['pids.max', '20'],
    ['NetworkSettings.Ports.80/tcp[0].HostPort', '20123'],
    ['Env[0]', 'PATH=/bin'],
    ['Env[-1]', 'A=1'],
    ['Env.1', 'A=1'],
    ['Env[7]', undefined],
    ['State.Status.deeper', undefined],
    ['constructor', undefined],
    ['State.__proto__', undefined],
    ['toString', undefined],
  ])('%s → %j', (path, value) => {
    expect(fieldAt(container, path)).toEqual(value);
  });
});

describe('a map of matchers', () => {
  it.each([
    [{ 'State.ExitCode': 137 }, true],
    [{ 'State.ExitCode': { min: 128, max: 255 } }, true],
    [{ 'State.ExitCode': { max: 1 } }, false],
    [{ 'State.Status': { distinto: 'running' } }, true],
    [{ 'State.Missing': { distinto: 'running' } }, false],
    [{ 'State.Missing': { existe: false } }, true],
    [{ 'State.Health': { existe: true } }, false],
    [{ 'HostConfig.CapAdd': { vacio: true }, 'HostConfig.Binds': { vacio: true } }, true],
    [{ Env: { vacio: true } }, false],
    [{ Env: { contiene: 'A=1' } }, true],
    [{ Env: { contiene: ['A=1', 'B=2'] } }, false],
    [{ Env: { conjunto: ['A=1', 'PATH=/bin'] } }, true],
    [{ Env: { conjunto: ['A=1'] } }, false],
    [{ Name: { contiene: 'pan-' } }, true],
    [{ Name: { patron: '^/pan-[0-9a-f]{4}$' } }, true],
    [{ 'State.Status': { uno: ['running', 'exited'] } }, true],
    [{ 'pids.max': { max: 20 } }, true],
    [{ 'pids.max': { max: 19 } }, false],
    [{ Env: ['PATH=/bin', 'A=1'] }, true],
    [{ 'State.Running': '@{nope}' }, false],
    // A tool's text and an author's number are the same value.
    [{ 'NetworkSettings.Ports.80/tcp[0].HostPort': '@{puerto}' }, true],
  ])('%j is %s', (condition, holds) => {
    expect(evaluateCondition(condition, container, { puerto: 20123 }).ok).toBe(holds);
  });

  it('names the first field that is not as it should be, in the words of a learner', () => {
    expect(evaluateCondition({ 'State.ExitCode': { min: 1 }, 'State.Running': true }, container, {})).toEqual(
      { ok: false, field: 'State.Running', expected: 'true', found: 'false' },
    );
    expect(evaluateCondition({ 'HostConfig.Memory': { max: 50 } }, container, {})).toMatchObject({
      expected: '50 o menos',
      found: '67108864',
    });
    expect(evaluateCondition({ 'State.Nada': 1 }, container, {})).toMatchObject({ found: 'no está' });
  });
});

describe('an expression', () => {
  it.each([
    ['o.State.ExitCode == 137', true],
    ['o.State.ExitCode - 128 == 9', true],
    ['o.State.ExitCode > 128.5', true],
    ['o.HostConfig.NanoCpus / 1e9 == 0.5', true],
    ['o.HostConfig.Memory / 1048576 == 64', true],
    ['o.State.Pid == padre.State.Pid', false],
    ['o["pids.max"] == "20"', true],
    ['int(o["pids.max"]) <= limite', true],
    ['o.NetworkSettings.Ports["80/tcp"][0].HostPort == string(puerto)', true],
    ['o.Nada.Tampoco == 1', false],
    ['o.Nada.Tampoco == 1 || o.State.ExitCode == 137', true],
    ['!o.Nada', false],
    ['!has(o.Nada)', true],
    ['o.Env.exists(x, x.startsWith("A="))', true],
    ['desconocido == 1', false],
    ['o.State.ExitCode', false],
    ['((', false],
  ])('%s is %s', (source, holds) => {
    const scope = { limite: 20, puerto: 20123, padre: { State: { Pid: 5 } } };
    expect(evaluateCondition(source, container, scope).ok).toBe(holds);
  });

  it('shows the first field it reads', () => {
    expect(evaluateCondition('limite > 3 && o.State.Pid > 1', container, { limite: 5 })).toEqual({
      ok: false,
      field: 'State.Pid',
      expected: '',
      found: '0',
    });
  });
});

describe('what the validator says', () => {
  it.each<[Parameters<typeof conditionProblems>[0], RegExp]>([
    ['o.x ==', /incompleta/],
    ['o.x == nombr', /no existe el nombre «nombr»/],
    ['"a" + "b"', /hace falta verdadero o falso/],
    ['o.x = 1', /./],
    ['namespace == 1', /palabra reservada/],
    ['  ', /vacía/],
    [{}, /se cumpliría siempre/],
    [{ x: { min: 'mucho' } }, /necesita un número/],
    [{ x: { patron: '(' } }, /expresión regular/],
    [{ x: { uno: 'a' } }, /necesita una lista/],
    [{ x: { existe: 'sí' } }, /true o false/],
    [{ x: { min: 1, maximo: 2 } }, /«maximo» no es un comparador/],
    [{ x: '@{nombr}' }, /no existe el nombre/],
    [{ x: 'sin cerrar @{nombre' }, /falta la llave/],
  ])('%j → %s', (condition, message) => {
    const problems = conditionProblems(condition, ['o', 'nombre']);
    expect(problems.map((problem) => problem.message).join('\n')).toMatch(message);
  });

  it('points at the place inside the text', () => {
    const [problem] = conditionProblems({ a: { min: 1 }, x: 'hola @{nombre + otro}' }, ['nombre']);
    expect(problem).toMatchObject({ path: ['x'], start: 16, end: 20 });
  });

  it('accepts what is right', () => {
    expect(conditionProblems({ x: { min: 1, max: '@{n}' }, y: [1], z: { a: 1 } }, ['n'])).toEqual([]);
    expect(conditionProblems('o.l.exists(x, x == n) && has(o.a)', ['o', 'n'])).toEqual([]);
  });
});
