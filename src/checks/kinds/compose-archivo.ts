import type { JsonObject } from '../../base/json.ts';
import { CouldNotLook } from '../backend.ts';
import type { CheckKind } from '../check.ts';
import { asList, asObject, shellWord, textOf } from './docker-access.ts';

const maxBytes = 64 * 1024;
/** The names Compose itself looks for, in its order. */
const usualNames = ['compose.yaml', 'compose.yml', 'docker-compose.yml', 'docker-compose.yaml'];
const pathOf = (params: JsonObject) => textOf(params, 'ruta', 'compose.yaml');

/** A Compose file as written, without asking Compose: what can be judged even where there is no Docker. */
export const composeArchivo: CheckKind = {
  name: 'compose.archivo',
  view: 'none',
  doc: 'Un archivo de Compose de la carpeta de trabajo, leído como YAML.',
  params: {
    ruta: {
      type: 'text',
      doc: 'ruta relativa a la carpeta de trabajo; por defecto `compose.yaml` (también valen los otros nombres que busca Compose)',
    },
  },
  fields: {
    'services.web.image':
      'el archivo tal como está escrito, con las anclas de YAML resueltas y las variables sin sustituir',
    'services.web.depends_on': 'lista o mapa, como lo haya escrito',
    'services.web.healthcheck.test': 'orden del healthcheck',
    problemas: 'lista de `{linea, texto}`: lo que Compose rechazará o ignorará',
    rutaLeida: 'nombre del archivo que se leyó',
  },
  object: (params) => `el archivo ${pathOf(params)}`,
  command: (params, _field, { value }) => {
    if (value['rutaLeida'] === undefined) return 'ls -la';
    return `cat -n ${shellWord(textOf(value, 'rutaLeida', pathOf(params)))}`;
  },
  absentAdvice: (params, { value }) => {
    const [problem] = asList(value['problemas']).map(asObject);
    if (problem === undefined) {
      return {
        why: `En la carpeta de trabajo no hay ningún archivo ${pathOf(params)}.`,
        next: 'Mira en qué carpeta estás con `pwd` y qué archivos hay con `ls -la`.',
      };
    }
    return {
      why: `El archivo no se puede leer como YAML. Línea ${String(problem['linea'])}: ${String(problem['texto'])}`,
      next: 'Corrige esa línea; `docker compose config` te dirá si Compose ya lo entiende.',
    };
  },
  async observe({ backend }, params) {
    const path = pathOf(params);
    const candidates = usualNames.includes(path)
      ? [path, ...usualNames.filter((name) => name !== path)]
      : [path];
    for (const candidate of candidates) {
      const read = await backend.files.read(candidate, maxBytes);
      if (read.ok) {
        // Loaded late: only who does the Compose lesson pays for YAML.
        const { readComposeFile } = await import('../compose-file.ts');
        return readComposeFile(read.value, candidate);
      }
      if (read.error !== 'ENOENT' && read.error !== 'ENOTDIR' && read.error !== 'EISDIR') {
        throw new CouldNotLook({
          reason: read.error === 'EACCES' || read.error === 'EPERM' ? 'linux-permission' : 'internal',
          why: `No se pudo leer ${candidate} (${read.error}).`,
          next: `Mira sus permisos con \`ls -l ${shellWord(candidate)}\`.`,
        });
      }
    }
    return { state: 'absent', value: {} };
  },
  level: () => 'estático',
  pollMs: 250,
};
