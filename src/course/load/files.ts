import { open, readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import type * as z from 'zod';
import { readText } from '../../base/files.ts';
import type { Problem } from './problem.ts';
import { validate } from './validate.ts';
import { parseYaml, type YamlFile } from './yamlFile.ts';

/** Of one file of a course. */
export const maxBytes = 512 * 1024;

/** Reads the files of one course and gathers what is wrong with them. Paths are relative to `root`, with `/`. */
export class CourseFiles {
  readonly root: string;
  /** What problems call the root; '' for the root itself. */
  readonly #prefix: string;
  readonly problems: Problem[] = [];

  constructor(root: string, prefix = '') {
    this.root = root;
    this.#prefix = prefix;
  }

  /** Name of a file as problems show it. */
  shown(file: string): string {
    return this.#prefix + file;
  }

  report(...problems: readonly Problem[]): undefined {
    this.problems.push(...problems);
    return undefined;
  }

  /** Folders inside `folder`, in the order of their names («2-x» before «10-y»). Hidden ones do not count. */
  async folders(folder: string): Promise<readonly string[]> {
    const entries = await readdir(path.join(this.root, folder), { withFileTypes: true }).catch(() => []);
    return entries
      .filter((entry) => entry.isDirectory() && !entry.name.startsWith('.'))
      .map(({ name }) => name)
      .sort((left, right) => left.localeCompare(right, 'es', { numeric: true }));
  }

  /** Files (not folders) of `folder` that end in `.yaml`. */
  async yamlNames(folder: string): Promise<readonly string[]> {
    const entries = await readdir(path.join(this.root, folder), { withFileTypes: true }).catch(() => []);
    return entries
      .filter((entry) => entry.isFile() && entry.name.endsWith('.yaml'))
      .map(({ name }) => name)
      .sort((left, right) => left.localeCompare(right, 'es', { numeric: true }));
  }

  async exists(file: string): Promise<boolean> {
    return (await this.#kind(file)) !== 'missing';
  }

  async isFile(file: string): Promise<boolean> {
    return (await this.#kind(file)) === 'file';
  }

  /** Text with Unix line ends and without BOM; undefined (and a problem) when it cannot be had. */
  async text(file: string, remedyWhenMissing: string): Promise<string | undefined> {
    const read = await readText(path.join(this.root, file), maxBytes);
    const shown = { file: this.shown(file), line: 1, column: 1 };
    if (read.state === 'missing') {
      return this.report({
        ...shown,
        rule: 'archivo/falta',
        message: 'Este archivo no existe.',
        remedy: remedyWhenMissing,
      });
    }
    if (read.state !== 'read') {
      return this.report({
        ...shown,
        rule: 'archivo/lectura',
        message: `No se puede leer: ${read.why}.`,
        remedy: 'Revisa que sea un archivo de texto, que tengas permiso y que no pase de 512 KiB.',
      });
    }
    if (read.value.includes('\uFFFD')) {
      const line = read.value.slice(0, read.value.indexOf('\uFFFD')).split('\n').length;
      return this.report({
        ...shown,
        line,
        rule: 'archivo/utf8',
        message: 'Hay letras que no están en UTF-8.',
        remedy: 'Guarda el archivo con codificación UTF-8 en tu editor.',
      });
    }
    const text = read.value.replace(/^\uFEFF/, '').replaceAll('\r\n', '\n');
    const control = text.search(invisible);
    if (control < 0) return text;
    const before = text.slice(0, control).split('\n');
    const place = { line: before.length, column: (before.at(-1)?.length ?? 0) + 1 };
    return this.report({ ...shown, ...place, ...controlProblem });
  }

  /** A YAML file as `schema` wants it, with its positions. */
  async yaml<T>(
    file: string,
    schema: z.ZodType<T>,
    area: string,
    remedyWhenMissing: string,
  ): Promise<{ readonly value: T; readonly yaml: YamlFile } | undefined> {
    const text = await this.text(file, remedyWhenMissing);
    return text === undefined ? undefined : this.check(file, text, 0, schema, area);
  }

  /** The same for YAML text that is already at hand. */
  check<T>(
    file: string,
    text: string,
    linesBefore: number,
    schema: z.ZodType<T>,
    area: string,
  ): { readonly value: T; readonly yaml: YamlFile } | undefined {
    const parsed = parseYaml(this.shown(file), text, linesBefore);
    if (!parsed.ok) return this.report(...parsed.problems);
    // An escape (`"\x1b"`) makes what the text itself does not have.
    const control = pathOfControl(parsed.yaml.value, []);
    if (control !== undefined) {
      const place = parsed.yaml.position(control);
      return this.report({ file: parsed.yaml.file, ...place, ...controlProblem });
    }
    const checked = validate(schema, parsed.yaml, area);
    if (!checked.ok) return this.report(...checked.problems);
    return { value: checked.value, yaml: parsed.yaml };
  }

  /** Whether a file is text, by its first bytes: text has no zeros. */
  async isText(file: string): Promise<boolean> {
    const handle = await open(path.join(this.root, file));
    try {
      const { buffer, bytesRead } = await handle.read({ buffer: Buffer.alloc(8192) });
      return !buffer.subarray(0, bytesRead).includes(0);
    } finally {
      await handle.close();
    }
  }

  async #kind(file: string): Promise<'file' | 'other' | 'missing'> {
    try {
      return (await stat(path.join(this.root, file))).isFile() ? 'file' : 'other';
    } catch {
      return 'missing';
    }
  }
}

/** Controls but tab and newline, and marks that turn text around: a terminal would obey them. */
const invisible = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/;

const controlProblem = {
  rule: 'archivo/control',
  message: 'Hay un carácter de control, que no se ve y que la terminal obedecería.',
  remedy: 'Bórralo y vuelve a escribir la palabra.',
};

/** Where the first text with a control character is. */
function pathOfControl(value: unknown, path: readonly PropertyKey[]): readonly PropertyKey[] | undefined {
  if (typeof value === 'string') return invisible.test(value) ? path : undefined;
  if (typeof value !== 'object' || value === null) return undefined;
  for (const [key, item] of Object.entries(value)) {
    if (invisible.test(key)) return path;
    const found = pathOfControl(item, [...path, Array.isArray(value) ? Number(key) : key]);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** Whether `inner` stays inside the folder it is relative to. */
export function staysInside(inner: string): boolean {
  const normal = path.posix.normalize(inner.replaceAll('\\', '/'));
  return !path.posix.isAbsolute(normal) && normal !== '..' && !normal.startsWith('../');
}
