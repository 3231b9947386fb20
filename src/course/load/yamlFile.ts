import { LineCounter, parseDocument } from 'yaml';
import type { Position, Problem } from './problem.ts';
import { aliasMessage, aliasRemedy, explain } from './yamlErrors.ts';
import { positions, textsIn, unresolvedAlias, type WrittenText } from './yamlPositions.ts';

/** Far above any lesson; keeps a hostile file from taking the program down. */
const maxCharacters = 256 * 1024;
/** How many aliases (`*x`) may be expanded in all; a «YAML bomb» needs millions. */
const maxAliases = 50;

/** A YAML text as a value that remembers where each part was written. */
export interface YamlFile {
  readonly file: string;
  readonly value: unknown;
  /** Where the value at `path` starts; the nearest ancestor when the path does not exist. */
  position(path: readonly PropertyKey[]): Position;
  /** Where character `offset` of the text at `path` is written, or at least its line. */
  positionIn(path: readonly PropertyKey[], offset: number): Position;
  /** Where the key itself is written. */
  keyPosition(path: readonly PropertyKey[]): Position;
  /** Every text value as it is written (quotes and all), with where it starts. Keys are not included. */
  texts(): readonly WrittenText[];
}

export type Parsed =
  | { readonly ok: true; readonly yaml: YamlFile }
  | { readonly ok: false; readonly problems: readonly Problem[] };

/**
 * Parses one YAML document. A BOM and Windows line ends are accepted in silence; everything else that is wrong is a
 * problem in Spanish. `linesBefore` shifts positions for YAML that lives inside another file (front matter).
 */
export function parseYaml(file: string, text: string, linesBefore = 0): Parsed {
  const counter = new LineCounter();
  const at = (offset: number): Position => {
    const { line, col } = counter.linePos(Math.max(0, offset));
    return { line: Math.max(1, line) + linesBefore, column: Math.max(1, col) };
  };
  const fail = (rule: string, message: string, remedy: string, place?: Position): Parsed => ({
    ok: false,
    problems: [{ file, ...(place ?? { line: 1 + linesBefore, column: 1 }), rule, message, remedy }],
  });
  if (text.length > maxCharacters) {
    return fail(
      'yaml/tamano',
      `El archivo pasa de ${maxCharacters / 1024} KiB.`,
      'Divide la lección o saca los textos largos a `inicio/`.',
    );
  }
  const clean = text.replace(/^\uFEFF/, '').replaceAll('\r\n', '\n');
  const document = parseDocument(clean, {
    lineCounter: counter,
    prettyErrors: false,
    logLevel: 'error', // what is wrong is told by us, never on the terminal of whoever opens the course
    merge: false,
  });
  const errors = [...document.errors, ...document.warnings];
  if (errors.length > 0) {
    const lines = clean.split('\n');
    const problems = errors.flatMap((error, index): Problem[] => {
      // One mistake drags others behind it: after the first, only those that stand by themselves are worth reading.
      if (index > 0 && error.code !== 'DUPLICATE_KEY') return [];
      return [{ file, ...at(error.pos[0]), ...explain(error, document, lines, at) }];
    });
    return { ok: false, problems };
  }
  if (document.contents === null) {
    return fail('yaml/vacio', 'El archivo está vacío.', 'Mira en `lessons/README.md` qué claves lleva.');
  }
  const lost = unresolvedAlias(document, document.contents);
  if (lost !== undefined) return fail('yaml/alias', aliasMessage, aliasRemedy, at(lost));
  let value: unknown;
  try {
    value = document.toJS({ maxAliasCount: maxAliases });
  } catch {
    return fail(
      'yaml/alias-demasiados',
      'El archivo repite partes con alias (`*nombre`) hasta crecer demasiado.',
      'Escribe el texto completo en cada sitio en vez de usar `&` y `*`.',
    );
  }
  const texts = () => textsIn(document.contents, [], clean, at);
  return { ok: true, yaml: { file, value, texts, ...positions(document, clean, at) } };
}
