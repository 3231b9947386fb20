import { type Document, LineCounter, parseDocument, type YAMLError } from 'yaml';
import type { Json, JsonObject } from '../base/json.ts';
import type { Observation } from './check.ts';
import { asObject } from './kinds/docker-access.ts';

const maxAliases = 100;
const topLevel = [
  'version',
  'name',
  'services',
  'networks',
  'volumes',
  'configs',
  'secrets',
  'include',
  'models',
];

/** A Compose file as written: `absent` with `problemas` when it is not YAML or not a map. Never throws. */
export function readComposeFile(text: string, path: string): Observation {
  const counter = new LineCounter();
  const document = parseDocument(text, {
    lineCounter: counter,
    merge: true,
    logLevel: 'silent',
    uniqueKeys: true,
  });
  const lineOf = (offset: number) => Math.max(1, counter.linePos(offset).line);
  const [broken] = document.errors;
  if (broken !== undefined) return unreadable(path, lineOf(broken.pos[0]), explain(broken));
  const value = toJson(document);
  if (value === undefined)
    return unreadable(path, 1, 'las anclas (`&`, `*`) se repiten demasiado o se contienen a sí mismas.');
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return unreadable(path, 1, 'un archivo de Compose es un mapa con `services:` arriba.');
  }
  const written = value as JsonObject;
  const line = (...keys: string[]) => lineOf(keyOffset(document, keys));
  return {
    state: 'found',
    value: { ...written, problemas: [...problemsOf(written, line)], rutaLeida: path },
  };
}

/** Where a key is written; 0 when it came through a merge (`<<`). */
function keyOffset(document: Document, keys: readonly string[]): number {
  const map = document.getIn(keys.slice(0, -1), true) as { items?: readonly unknown[] } | undefined;
  const pairs = (map?.items ?? []) as readonly {
    key?: { value?: unknown; range?: readonly number[] | null };
  }[];
  return pairs.find(({ key }) => key?.value === keys.at(-1))?.key?.range?.[0] ?? 0;
}

function toJson(document: Document): Json | undefined {
  try {
    return JSON.parse(JSON.stringify(document.toJS({ maxAliasCount: maxAliases }) ?? null)) as Json;
  } catch {
    return undefined;
  }
}

function unreadable(path: string, linea: number, texto: string): Observation {
  return { state: 'absent', value: { rutaLeida: path, problemas: [{ linea, texto }] } };
}

const explanations: { readonly [code: string]: string } = {
  TAB_AS_INDENT: 'hay un tabulador en la sangría; YAML solo admite espacios.',
  BAD_INDENT: 'la sangría no cuadra con la de las líneas vecinas.',
  DUPLICATE_KEY: 'esa clave ya está escrita antes en el mismo mapa.',
  MISSING_CHAR: 'falta un cierre: comillas, corchete, llave o los dos puntos de una clave.',
  BLOCK_AS_IMPLICIT_KEY:
    'hay dos «: » en la misma línea, o la sangría no cuadra; si el valor lleva dos puntos, ponlo entre comillas.',
  MULTILINE_IMPLICIT_KEY: 'falta «:» después de una clave, o unas comillas sin cerrar.',
  UNEXPECTED_TOKEN: 'ahí sobra un signo; si es parte de un texto, ponlo entre comillas.',
  BAD_ALIAS: 'ese alias (`*nombre`) no tiene ancla (`&nombre`).',
  BAD_DQ_ESCAPE: 'esa barra invertida no vale entre comillas dobles; usa comillas simples.',
};

function explain({ code, message }: YAMLError): string {
  return explanations[code] ?? `el lector de YAML dice: ${message.split('\n')[0] ?? code}`;
}

type LineOf = (...keys: string[]) => number;

/** What Compose would refuse or ignore; not a full validation, which is Compose's own business. */
function* problemsOf(file: JsonObject, line: LineOf): Generator<JsonObject> {
  for (const key of Object.keys(file)) {
    if (!topLevel.includes(key) && !key.startsWith('x-')) {
      yield {
        linea: line(key),
        texto: `«${key}» no es una clave de Compose; ¿la querías dentro de \`services\`?`,
      };
    }
  }
  if ('version' in file)
    yield { linea: line('version'), texto: '`version` es obsoleta y Compose la ignora: bórrala.' };
  const services = file['services'];
  if (services === undefined || services === null) {
    yield { linea: 1, texto: 'Falta `services`: sin servicios no hay nada que levantar.' };
    return;
  }
  if (typeof services !== 'object' || Array.isArray(services)) {
    yield {
      linea: line('services'),
      texto: '`services` es un mapa: `nombre:` y, debajo y con más sangría, su configuración.',
    };
    return;
  }
  const names = Object.keys(services);
  for (const name of names) yield* serviceProblems(name, (services as JsonObject)[name] ?? null, names, line);
}

function* serviceProblems(
  name: string,
  service: Json,
  names: readonly string[],
  line: LineOf,
): Generator<JsonObject> {
  const at = (key?: string) => (key === undefined ? line('services', name) : line('services', name, key));
  if (typeof service !== 'object' || service === null || Array.isArray(service)) {
    yield { linea: at(), texto: `El servicio «${name}» está vacío: revisa la sangría de lo que va debajo.` };
    return;
  }
  const settings = service as JsonObject;
  if (!('image' in settings) && !('build' in settings) && !('extends' in settings)) {
    yield {
      linea: at(),
      texto: `El servicio «${name}» no dice qué imagen usa: le falta \`image\` o \`build\`.`,
    };
  }
  if ('links' in settings) {
    yield {
      linea: at('links'),
      texto: '`links` es heredado: la red del proyecto ya da DNS por nombre de servicio.',
    };
  }
  const dependencies = settings['depends_on'];
  const needed = Array.isArray(dependencies) ? dependencies.map(String) : Object.keys(asObject(dependencies));
  for (const other of needed.filter((one) => !names.includes(one))) {
    yield {
      linea: at('depends_on'),
      texto: `«${name}» depende de «${other}», y no hay ningún servicio con ese nombre.`,
    };
  }
}
