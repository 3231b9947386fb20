import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { Catalogue } from './catalogue.ts';
import type { CatalogueFile } from './record.ts';

/**
 * Reads every `*.json` of the folders, in order of name; images of a later folder (the learner's own) win. A folder that is
 * missing is empty; a file that is not right is left out and told, in Spanish. Loads the programs too, once.
 */
export async function loadCatalogue(
  folders: readonly string[],
  trouble: (text: string) => void,
): Promise<Catalogue> {
  const { simulatedPrograms } = await import('../programs/index.ts');
  const files: CatalogueFile[] = [];
  for (const folder of folders) {
    for (const name of await namesIn(folder)) {
      const file = path.join(folder, name);
      try {
        const parsed: unknown = JSON.parse(await readFile(file, 'utf8'));
        const wrong = problemOf(parsed);
        if (wrong === undefined) files.push(parsed as CatalogueFile);
        else trouble(`${file}: ${wrong}`);
      } catch (error) {
        trouble(`${file}: ${error instanceof Error ? error.message : String(error)}`);
      }
    }
  }
  return new Catalogue(files, simulatedPrograms());
}

async function namesIn(folder: string): Promise<readonly string[]> {
  try {
    return (await readdir(folder)).filter((name) => name.endsWith('.json')).sort();
  } catch {
    return [];
  }
}

/** What is wrong with a file, in Spanish. */
function problemOf(value: unknown): string | undefined {
  if (!isObject(value)) return 'no es un objeto JSON';
  const images = value['imagenes'] ?? [];
  if (!Array.isArray(images)) return '`imagenes` tiene que ser una lista';
  for (const [index, image] of images.entries()) {
    if (!isObject(image)) return `la imagen ${index + 1} no es un objeto`;
    const { repositorio, etiquetas, base, bytes } = image;
    const where = typeof repositorio === 'string' ? repositorio : `la imagen ${index + 1}`;
    if (typeof repositorio !== 'string' || !repositorio.includes('/')) {
      return `${where}: \`repositorio\` tiene que ser el nombre entero, como docker.io/library/nginx`;
    }
    if (!Array.isArray(etiquetas) || etiquetas.some((tag) => typeof tag !== 'string')) {
      return `${where}: \`etiquetas\` tiene que ser una lista de textos`;
    }
    if (typeof base !== 'string') return `${where}: falta \`base\``;
    if (typeof bytes !== 'number') return `${where}: falta \`bytes\`, el tamaño de la imagen`;
    for (const field of ['entrada', 'orden']) {
      const list = image[field] ?? [];
      if (!Array.isArray(list) || list.some((one) => typeof one !== 'string')) {
        return `${where}: \`${field}\` tiene que ser una lista de textos`;
      }
    }
  }
  return undefined;
}

function isObject(value: unknown): value is { readonly [name: string]: unknown } {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
