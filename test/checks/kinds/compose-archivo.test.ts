import { describe, expect, test } from 'vitest';
import type { JsonObject } from '../../../src/base/json.ts';
import { composeArchivo } from '../../../src/checks/kinds/compose-archivo.ts';
import { emptyBackend } from '../../helpers/checks.ts';

async function look(files: { readonly [name: string]: string }, params: JsonObject = {}) {
  const view = {
    read: async (path: string) => {
      const value = files[path];
      return value === undefined ? ({ ok: false, error: 'ENOENT' } as const) : ({ ok: true, value } as const);
    },
    list: async () => ({ ok: true, value: Object.keys(files) }) as const,
  };
  const attempt = { exerciseId: '2.4.a', startedAtMs: 0, folder: '/x', answers: {}, failures: 0 };
  const backend = { ...emptyBackend(), files: view };
  return composeArchivo.observe(
    { backend, scope: {}, attempt, signal: new AbortController().signal },
    params,
  );
}
const problems = async (text: string) => {
  const { value } = await look({ 'compose.yaml': text });
  return (value['problemas'] as readonly JsonObject[]).map(({ linea, texto }) => `${linea}: ${texto}`);
};

describe('compose.archivo', () => {
  test('the file as it is written, anchors resolved', async () => {
    const text = `name: pan
x-comun: &comun { restart: always }
services:
  web:
    <<: *comun
    image: nginx:1.29-alpine
    ports: ["127.0.0.1:8080:80"]
    depends_on: [libreta]
  libreta:
    image: "\${IMAGEN:-redis:8-alpine}"
    healthcheck: { test: [CMD, redis-cli, ping], interval: 1s }
`;
    const observation = await look({ 'compose.yaml': text });
    expect(observation).toMatchObject({
      state: 'found',
      value: {
        services: {
          web: { restart: 'always', depends_on: ['libreta'] },
          libreta: {
            image: '${IMAGEN:-redis:8-alpine}',
            healthcheck: { test: ['CMD', 'redis-cli', 'ping'] },
          },
        },
        problemas: [],
        rutaLeida: 'compose.yaml',
      },
    });
  });

  test('any name Compose would find is found, and another path is taken literally', async () => {
    const text = 'services: { a: { image: b } }';
    expect((await look({ 'docker-compose.yml': text })).value['rutaLeida']).toBe('docker-compose.yml');
    expect(await look({ 'docker-compose.yml': text }, { ruta: 'otro.yaml' })).toEqual({
      state: 'absent',
      value: {},
    });
  });

  test.each([
    ['services:\n  web:\n\timage: x', '3: hay un tabulador'],
    ['services:\n  web:\n    image: x\n   ports: []', '4: '],
    ['services:\n  web: {}\n  web: {}', '3: esa clave ya está escrita'],
    ['services:\n  web:\n    image: "x', '3: falta un cierre'],
    ['a: &x [*x]', '1: las anclas'],
    ['- web', '1: un archivo de Compose es un mapa'],
    ['', '1: un archivo de Compose es un mapa'],
    ['hola', '1: un archivo de Compose es un mapa'],
  ])('cannot be read: %j', async (text, beginning) => {
    const observation = await look({ 'compose.yaml': text });
    expect(observation.state).toBe('absent');
    expect((await problems(text))[0]?.slice(0, beginning.length)).toBe(beginning);
    expect(composeArchivo.absentAdvice({}, observation).why).toContain('no se puede leer como YAML');
    expect(composeArchivo.command({}, '', observation)).toBe('cat -n compose.yaml');
  });

  test('an alias bomb is refused, not expanded', async () => {
    const levels = Array.from(
      { length: 12 },
      (_, level) =>
        `l${level}: &l${level} [${Array(9)
          .fill(level === 0 ? 'x' : `*l${level - 1}`)
          .join(',')}]`,
    );
    expect((await look({ 'compose.yaml': levels.join('\n') })).state).toBe('absent');
  });

  test.each([
    ['version: "3"\nservices: { a: { image: b } }', '1: `version` es obsoleta y Compose la ignora: bórrala.'],
    ['services:\n  a:\n    image: b\n    links: [c]\n  c: { image: d }', '4: `links` es heredado'],
    ['service:\n  a: { image: b }', '1: «service» no es una clave de Compose'],
    ['services:\n  a:\n  image: b', '2: El servicio «a» está vacío'],
    ['services:\n  a: { ports: [] }', '2: El servicio «a» no dice qué imagen usa'],
    [
      'services:\n  a:\n    image: b\n    depends_on: { z: { condition: service_healthy } }',
      '4: «a» depende de «z»',
    ],
    ['services: []', '1: `services` es un mapa'],
    ['name: x', '1: Falta `services`'],
  ])('says what Compose would refuse or ignore: %j', async (text, beginning) => {
    expect((await problems(text)).some((problem) => problem.startsWith(beginning))).toBe(true);
  });
});
