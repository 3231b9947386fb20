import { readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import type * as z from 'zod';
import { readText } from '../../base/files.ts';
import type { Problem } from './problem.ts';
import { validate } from './validate.ts';
import { parseYaml, type YamlFile } from './yamlFile.ts';

const maxBytes = 512 * 1024;

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
    return read.value.replace(/^\uFEFF/, '').replaceAll('\r\n', '\n');
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
    const checked = validate(schema, parsed.yaml, area);
    if (!checked.ok) return this.report(...checked.problems);
    return { value: checked.value, yaml: parsed.yaml };
  }

  async #kind(file: string): Promise<'file' | 'other' | 'missing'> {
    try {
      return (await stat(path.join(this.root, file))).isFile() ? 'file' : 'other';
    } catch {
      return 'missing';
    }
  }
}

/** Whether `inner` stays inside the folder it is relative to. */
export function staysInside(inner: string): boolean {
  const normal = path.posix.normalize(inner.replaceAll('\\', '/'));
  return !path.posix.isAbsolute(normal) && normal !== '..' && !normal.startsWith('../');
}
