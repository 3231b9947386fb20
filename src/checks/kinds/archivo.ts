import { CouldNotLook } from '../backend.ts';
import type { CheckKind } from '../check.ts';

const maxBytes = 64 * 1024;

/** A text file of the attempt's working folder, on any system. */
export const archivo: CheckKind = {
  name: 'archivo',
  view: 'none',
  doc: 'Un archivo de texto de la carpeta de trabajo del intento.',
  params: { ruta: { type: 'text', required: true, doc: 'ruta relativa a la carpeta de trabajo' } },
  fields: {
    texto: 'el contenido exacto (hasta 64 KiB)',
    bytes: 'tamaño en bytes de lo leído',
    lineas: 'lista de líneas, sin el salto final',
    terminaEnSalto: 'true si la última línea termina en salto de línea',
  },
  object: (params) => `el archivo ${String(params['ruta'])}`,
  command: (params) => `cat ${quoted(String(params['ruta']))}`,
  absentAdvice: (_params, { value }) => ({
    why: 'En la carpeta de trabajo no hay ningún archivo con ese nombre.',
    next:
      'parecidos' in value
        ? 'Compara el nombre letra por letra: hay uno que se parece mucho.'
        : 'Mira en qué carpeta estás con `pwd` y qué archivos hay con `ls -la`.',
  }),
  async observe({ backend }, params) {
    const path = String(params['ruta']);
    const read = await backend.files.read(path, maxBytes);
    if (!read.ok) {
      if (read.error === 'ENOENT' || read.error === 'ENOTDIR') {
        return { state: 'absent', value: await nearNames(backend.files, path) };
      }
      if (read.error === 'EISDIR') return { state: 'absent', value: { tipo: 'carpeta' } };
      throw new CouldNotLook({
        reason: read.error === 'EACCES' || read.error === 'EPERM' ? 'linux-permission' : 'internal',
        why: `No se pudo leer ${path} (${read.error}).`,
        next: `Mira sus permisos con \`ls -l ${path}\`.`,
      });
    }
    const texto = read.value;
    const lineas = texto === '' ? [] : texto.replace(/\r?\n$/, '').split(/\r?\n/);
    return {
      state: 'found',
      value: { texto, bytes: Buffer.byteLength(texto), lineas, terminaEnSalto: texto.endsWith('\n') },
    };
  },
  level: () => 'real',
  pollMs: 250,
};

async function nearNames(
  files: {
    list(path: string): Promise<{ ok: true; value: readonly string[] } | { ok: false; error: string }>;
  },
  path: string,
): Promise<{ parecidos?: readonly string[] }> {
  const slash = path.lastIndexOf('/');
  const listed = await files.list(slash < 0 ? '.' : path.slice(0, slash));
  if (!listed.ok) return {};
  const name = plain(path.slice(slash + 1));
  // The likeliest slips: another case, another extension (`Dockerfile.txt`), a dash for an underscore.
  const near = listed.value.filter((other) => {
    const candidate = plain(other);
    return candidate === name || candidate.startsWith(`${name}.`) || name.startsWith(`${candidate}.`);
  });
  return near.length > 0 ? { parecidos: near.slice(0, 3) } : {};
}

function plain(name: string): string {
  return name
    .toLowerCase()
    .replace(/[-_ ]/g, '-')
    .replace(/\.yml$/, '.yaml');
}

function quoted(path: string): string {
  return /^[\w./@:+-]+$/.test(path) ? path : `'${path.replaceAll("'", "'\\''")}'`;
}
