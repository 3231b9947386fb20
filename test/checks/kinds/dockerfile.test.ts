import { describe, expect, test } from 'vitest';
import type { JsonObject } from '../../../src/base/json.ts';
import { dockerfile } from '../../../src/checks/kinds/dockerfile.ts';
import { parseDockerfile } from '../../../src/checks/kinds/dockerfile-parse.ts';
import { emptyBackend } from '../../helpers/checks.ts';

async function look(text: string, params: JsonObject = {}, names: readonly string[] = []) {
  const files = {
    read: async (path: string) =>
      text !== '' && path === (params['ruta'] ?? 'Dockerfile')
        ? ({ ok: true, value: text } as const)
        : ({ ok: false, error: 'ENOENT' } as const),
    list: async () => ({ ok: true, value: names }) as const,
  };
  const attempt = { exerciseId: '2.2.a', startedAtMs: 0, folder: '/x', answers: {}, failures: 0 };
  const backend = { ...emptyBackend(), files };
  return dockerfile.observe({ backend, scope: {}, attempt, signal: new AbortController().signal }, params);
}
const value = async (text: string) => (await look(text)).value;
const problems = (text: string) =>
  parseDockerfile(text).problems.map(({ linea, texto }) => `${linea}: ${texto}`);

describe('dockerfile', () => {
  test('stages, user and the forms of what will run, of the last stage only', async () => {
    const seen = await value(`# syntax=docker/dockerfile:1
ARG BASE=nginx:1.29-alpine
FROM golang:1.25 AS construye
USER root
CMD echo no
FROM \${BASE}
COPY --from=construye /salida /srv
USER 1000:1000
ENTRYPOINT ["nginx", "-g"]
CMD nginx -T
`);
    expect(seen).toMatchObject({
      etapas: [
        { base: 'golang:1.25', nombre: 'construye', linea: 3 },
        { base: 'nginx:1.29-alpine', nombre: '', linea: 6 },
      ],
      usuario: '1000:1000',
      entrypoint: ['nginx', '-g'],
      formaEntrypoint: 'exec',
      cmd: ['nginx -T'],
      formaCmd: 'shell',
      nombres: ['ARG', 'FROM', 'USER', 'CMD', 'FROM', 'COPY', 'USER', 'ENTRYPOINT', 'CMD'],
      problemas: [],
    });
    expect((seen['instrucciones'] as readonly JsonObject[])[5]).toMatchObject({
      opciones: { from: 'construye' },
      args: ['/salida', '/srv'],
      texto: '/salida /srv',
    });
  });

  test('continuation lines join, with comments and empty lines inside', () => {
    const { instructions, problems: none } = parseDockerfile(
      'FROM a\r\nrun uno && \\  \r\n  # nota\r\n\r\n  dos \\\r\n  tres\nUSER x',
    );
    expect(instructions.map(({ nombre, linea, texto }) => [nombre, linea, texto])).toEqual([
      ['FROM', 1, 'a'],
      ['RUN', 2, 'uno &&   dos   tres'],
      ['USER', 7, 'x'],
    ]);
    expect(none).toEqual([]);
  });

  test('the escape directive changes what continues a line', () => {
    const { instructions } = parseDockerfile('# escape=`\nFROM a\nRUN dir c:\\ \nRUN uno `\n dos');
    expect(instructions.map(({ texto }) => texto)).toEqual(['a', 'dir c:\\', 'uno  dos']);
  });

  test('here-documents belong to their instruction', () => {
    const { instructions, problems: none } = parseDockerfile(
      'FROM a\nRUN <<FIN\ninstalar\nCMD no\nFIN\nCOPY <<-"A" <<B /x/\n\tuno\n\tA\ndos\nB\nCMD ["b"]\n',
    );
    expect(instructions.map(({ nombre }) => nombre)).toEqual(['FROM', 'RUN', 'COPY', 'CMD']);
    expect(instructions[1]?.texto).toBe('<<FIN\ninstalar\nCMD no');
    expect(instructions[2]?.texto).toContain('dos');
    expect(none).toEqual([]);
    expect(problems('FROM a\nRUN <<FIN\nx\n')).toEqual([
      '2: El bloque <<FIN no se cierra: falta una línea que diga solo FIN.',
    ]);
  });

  test('forms: exec, shell, and brackets that are not JSON', () => {
    const forms = (text: string) => parseDockerfile(`FROM a\n${text}`).instructions[1];
    expect(forms('CMD ["a", "b c"]')).toMatchObject({ forma: 'exec', args: ['a', 'b c'] });
    expect(forms("CMD ['a']")).toMatchObject({ forma: 'shell' });
    expect(forms('HEALTHCHECK --interval=5s CMD ["redis-cli", "ping"]')).toMatchObject({
      forma: 'exec',
      opciones: { interval: '5s' },
    });
    expect(forms('HEALTHCHECK NONE')).toMatchObject({ forma: '' });
    expect(forms('RUN --mount=type=secret,id=clave cat /run/secrets/clave')).toMatchObject({
      forma: 'shell',
      texto: 'cat /run/secrets/clave',
      opciones: { mount: 'type=secret,id=clave' },
    });
    expect(forms('COPY ["un archivo", "/x"]')).toMatchObject({ forma: '', args: ['un archivo', '/x'] });
    expect(forms('LABEL a="b c" d=e')?.args).toEqual(['a="b c"', 'd=e']);
  });

  test.each([
    ['', '1: Falta FROM'],
    ['RUN x\nFROM a', '1: RUN está antes del primer FROM'],
    ['FROM a\nCOPPY . .', '2: «COPPY» no es una instrucción de Dockerfile; ¿querías decir COPY?'],
    ['FROM a b', '1: FROM admite'],
    ["FROM a\nCMD ['x']", '2: Los corchetes de CMD no son una lista JSON'],
    ['FROM a\nCOPY .', '2: COPY necesita origen y destino'],
    ['FROM a\nUSER', '2: USER no puede ir sin argumentos'],
    ['FROM a\nEXPOSE 80:8080', '2: EXPOSE recibe números de puerto; «80:8080» no lo es'],
    ['FROM a\nCMD ["a"]\nCMD ["b"]', '3: Hay otro CMD en la línea 2'],
    ['FROM a\nMAINTAINER yo', '2: MAINTAINER está en desuso'],
    ['FROM a\nSHELL bash -c', '2: SHELL solo admite la forma exec'],
  ])('says what is wrong in %j', (text, beginning) => {
    expect(problems(text).some((problem) => problem.startsWith(beginning))).toBe(true);
  });

  test('hostile or odd input never throws', () => {
    for (const text of [
      '\ufeffFROM a',
      '\0\0',
      '\\\n\\\n\\',
      'FROM a\nRUN <<',
      '['.repeat(10_000),
      '"'.repeat(5_000),
      'FROM a\nENV '.padEnd(60_000, '$'),
    ]) {
      expect(() => parseDockerfile(text)).not.toThrow();
    }
  });

  test('absent: the usual slip is an extension or another case', async () => {
    const observation = await look('', {}, ['dockerfile.txt', 'www']);
    expect(observation).toEqual({ state: 'absent', value: { parecidos: ['dockerfile.txt'] } });
    expect(dockerfile.absentAdvice({}, observation)).toEqual({
      why: 'En la carpeta de trabajo no hay ningún archivo Dockerfile, pero sí «dockerfile.txt».',
      next: 'Cámbiale el nombre: `mv dockerfile.txt Dockerfile`.',
    });
    expect(dockerfile.command({}, 'usuario', { state: 'found', value: {} })).toBe('cat -n Dockerfile');
  });
});
