import type { JsonObject } from '../../base/json.ts';
import { CouldNotLook } from '../backend.ts';
import type { CheckKind } from '../check.ts';
import { asList, asObject, shellWord, textOf } from './docker-access.ts';
import { type Instruction, parseDockerfile } from './dockerfile-parse.ts';

const maxBytes = 64 * 1024;
const pathOf = (params: JsonObject) => textOf(params, 'ruta', 'Dockerfile');

/** A Dockerfile read without building it: what can be judged even where there is no Docker. */
export const dockerfile: CheckKind = {
  name: 'dockerfile',
  view: 'none',
  doc: 'Un Dockerfile de la carpeta de trabajo, leído sin construirlo.',
  params: { ruta: { type: 'text', doc: 'ruta relativa a la carpeta de trabajo; por defecto `Dockerfile`' } },
  fields: {
    instrucciones:
      'lista de `{nombre, linea, forma, texto, args, opciones}`; `forma` es `exec`, `shell` o vacío',
    nombres: 'los nombres de las instrucciones, en orden y en mayúsculas',
    etapas:
      'lista de `{base, nombre, linea}`, una por FROM; los ARG con valor por defecto ya están sustituidos en `base`',
    usuario: 'el último USER de la etapa final; vacío si no hay (root, o el de la imagen base)',
    cmd: 'palabras del CMD de la etapa final; en forma shell, una sola',
    entrypoint: 'palabras del ENTRYPOINT de la etapa final',
    formaCmd: '`exec`, `shell` o vacío si no hay CMD',
    formaEntrypoint: '`exec`, `shell` o vacío si no hay ENTRYPOINT',
    problemas: 'lista de `{linea, texto}`: lo que no se entiende o no hará lo que parece',
  },
  object: (params) => `el archivo ${pathOf(params)}`,
  command: (params, _field, { state }) =>
    state === 'absent' ? 'ls -la' : `cat -n ${shellWord(pathOf(params))}`,
  absentAdvice: (params, { value }) => {
    const near = asList(value['parecidos']).map(String)[0];
    return {
      why: `En la carpeta de trabajo no hay ningún archivo ${pathOf(params)}${near === undefined ? '.' : `, pero sí «${near}».`}`,
      next:
        near === undefined
          ? `Créalo: se llama ${pathOf(params)}, sin extensión.`
          : `Cámbiale el nombre: \`mv ${shellWord(near)} ${shellWord(pathOf(params))}\`.`,
    };
  },
  async observe({ backend }, params) {
    const path = pathOf(params);
    const read = await backend.files.read(path, maxBytes);
    if (read.ok) return { state: 'found', value: describe(read.value) };
    if (read.error === 'EISDIR') return { state: 'absent', value: {} };
    if (read.error !== 'ENOENT' && read.error !== 'ENOTDIR') throw unreadable(path, read.error);
    const folder = path.includes('/') ? path.slice(0, path.lastIndexOf('/')) : '.';
    const listed = await backend.files.list(folder);
    const near = listed.ok ? listed.value.filter((name) => /^dockerf?ile/i.test(name)) : [];
    return { state: 'absent', value: near.length > 0 ? { parecidos: near.slice(0, 3) } : {} };
  },
  level: () => 'estático',
  pollMs: 250,
};

function describe(text: string): JsonObject {
  const { instructions, problems } = parseDockerfile(text);
  const defaults = globalArguments(instructions);
  const etapas = instructions
    .filter(({ nombre }) => nombre === 'FROM')
    .map(({ args, linea }) => ({
      base: substitute(args[0] ?? '', defaults),
      nombre: args[1]?.toUpperCase() === 'AS' ? (args[2] ?? '') : '',
      linea,
    }));
  const final = lastStage(instructions);
  const last = (name: string) => final.findLast(({ nombre }) => nombre === name);
  const cmd = last('CMD');
  const entrypoint = last('ENTRYPOINT');
  return {
    instrucciones: instructions.map((instruction) => ({ ...instruction })),
    nombres: instructions.map(({ nombre }) => nombre),
    etapas,
    usuario: last('USER')?.args[0] ?? '',
    cmd: commandWords(cmd),
    entrypoint: commandWords(entrypoint),
    formaCmd: cmd?.forma ?? '',
    formaEntrypoint: entrypoint?.forma ?? '',
    problemas: problems.map((problem) => ({ ...problem })),
  };
}

function commandWords(instruction: Instruction | undefined): readonly string[] {
  if (instruction === undefined) return [];
  return instruction.forma === 'exec' ? instruction.args : [instruction.texto];
}

function lastStage(instructions: readonly Instruction[]): readonly Instruction[] {
  return instructions.slice(instructions.findLastIndex(({ nombre }) => nombre === 'FROM') + 1);
}

/** `ARG NAME=value` before the first FROM. */
function globalArguments(instructions: readonly Instruction[]): { readonly [name: string]: string } {
  const first = instructions.findIndex(({ nombre }) => nombre === 'FROM');
  const before = instructions
    .slice(0, first < 0 ? undefined : first)
    .filter(({ nombre }) => nombre === 'ARG');
  return Object.fromEntries(
    before.flatMap(({ args }) =>
      args.flatMap((word) => {
        const [, name = '', value = ''] = /^([A-Za-z_]\w*)=(.*)$/.exec(word) ?? [];
        return name === '' ? [] : [[name, value.replace(/^(["'])(.*)\1$/, '$2')]];
      }),
    ),
  );
}

function substitute(text: string, values: { readonly [name: string]: string }): string {
  return text.replace(
    /\$(?:\{([A-Za-z_]\w*)(?::-([^}]*))?\}|([A-Za-z_]\w*))/g,
    (whole: string, braced: string | undefined, otherwise: string | undefined, bare: string | undefined) => {
      const name = braced ?? bare ?? '';
      return asObject(values)[name] === undefined ? (otherwise ?? whole) : (values[name] ?? whole);
    },
  );
}

function unreadable(path: string, error: string): CouldNotLook {
  return new CouldNotLook({
    reason: error === 'EACCES' || error === 'EPERM' ? 'linux-permission' : 'internal',
    why: `No se pudo leer ${path} (${error}).`,
    next: `Mira sus permisos con \`ls -l ${shellWord(path)}\`.`,
  });
}
