import {
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  parseDocument,
  Scalar,
  type YAMLError,
} from 'yaml';
import type { Position, Problem } from './problem.ts';

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

export interface WrittenText extends Position {
  readonly path: readonly PropertyKey[];
  readonly raw: string;
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

function positions(document: Document, source: string, at: (offset: number) => Position) {
  const find = (path: readonly PropertyKey[], wantKey: boolean): { place: number; node: unknown } => {
    let node: unknown = document.contents;
    let place = offsetOf(node) ?? 0;
    for (const [index, step] of path.entries()) {
      if (isAlias(node)) node = node.resolve(document);
      if (isMap(node)) {
        const pair = node.items.find(({ key }) => isScalar(key) && String(key.value) === String(step));
        if (pair === undefined) break;
        const last = index === path.length - 1;
        const keyOffset = offsetOf(pair.key) ?? place;
        // A key without value has its value nowhere: the key is the best place to show.
        place = last && wantKey ? keyOffset : (offsetOf(pair.value) ?? keyOffset);
        node = pair.value;
      } else if (isSeq(node)) {
        node = node.items[Number(step)];
        place = offsetOf(node) ?? place;
      } else break;
    }
    return { place, node };
  };
  return {
    position: (path: readonly PropertyKey[]) => at(find(path, false).place),
    positionIn: (path: readonly PropertyKey[], offset: number) => {
      const { place, node } = find(path, false);
      return at(
        isScalar(node) && typeof node.value === 'string' ? place + offsetInside(node, offset, source) : place,
      );
    },
    keyPosition: (path: readonly PropertyKey[]) => at(find(path, true).place),
  };
}

/**
 * Characters from where a text begins to be written to its character `offset`. Exact for block (`|`) and one-line
 * texts; for folded ones, where line breaks became spaces, the beginning.
 */
function offsetInside(node: Scalar, offset: number, source: string): number {
  const value = String(node.value);
  const start = node.range?.[0] ?? 0;
  const raw = source.slice(start, node.range?.[1] ?? start);
  if (node.type === Scalar.BLOCK_LITERAL) {
    const before = value.slice(0, offset).split('\n');
    const lines = raw.split('\n');
    const indent = Math.min(
      ...lines
        .slice(1)
        .flatMap((line) => (line.trim() === '' ? [] : [line.length - line.trimStart().length])),
    );
    const skipped = lines.slice(0, before.length).reduce((sum, line) => sum + line.length + 1, 0);
    return skipped + (Number.isFinite(indent) ? indent : 0) + (before.at(-1)?.length ?? 0);
  }
  if (raw.includes('\n')) return 0;
  const quoted = node.type === Scalar.QUOTE_DOUBLE || node.type === Scalar.QUOTE_SINGLE;
  return offset + (quoted ? 1 : 0);
}

function textsIn(
  node: unknown,
  path: readonly PropertyKey[],
  source: string,
  at: (offset: number) => Position,
): readonly WrittenText[] {
  if (isMap(node)) {
    return node.items.flatMap(({ key, value }) =>
      textsIn(value, [...path, isScalar(key) ? String(key.value) : ''], source, at),
    );
  }
  if (isSeq(node)) return node.items.flatMap((item, index) => textsIn(item, [...path, index], source, at));
  if (!isScalar(node) || typeof node.value !== 'string' || !node.range) return [];
  return [{ path, raw: source.slice(node.range[0], node.range[1]), ...at(node.range[0]) }];
}

function offsetOf(node: unknown): number | undefined {
  return (node as Node | null | undefined)?.range?.[0];
}

const aliasMessage = 'Un valor que empieza por `*` o `&` es un alias de YAML, y este no se puede usar.';
const aliasRemedy = 'Si es texto, ponlo entre comillas.';

/** Where the first `*x` without its `&x` is. */
function unresolvedAlias(document: Document, node: unknown): number | undefined {
  if (isAlias(node)) return node.resolve(document) === undefined ? (offsetOf(node) ?? 0) : undefined;
  const inside = isMap(node)
    ? node.items.flatMap(({ key, value }) => [key, value])
    : isSeq(node)
      ? node.items
      : [];
  for (const each of inside) {
    const found = unresolvedAlias(document, each);
    if (found !== undefined) return found;
  }
  return undefined;
}

type Explanation = Pick<Problem, 'rule' | 'message' | 'remedy'>;

const unclosed: Explanation = {
  rule: 'yaml/sin-cerrar',
  message: 'Falta un signo: unas comillas, un corchete, una llave o unos dos puntos.',
  remedy: 'Cierra lo que se abrió en esta línea o poco antes; después de `clave:` va un espacio.',
};

/** The parser's own messages are English and speak of tokens; these speak of what the author wrote. */
function explain(
  error: YAMLError,
  document: Document,
  lines: readonly string[],
  at: (offset: number) => Position,
): Explanation {
  const block = tooIndentedBlock(lines, error.linePos?.[0].line ?? at(error.pos[0]).line);
  if (block !== undefined) {
    return {
      rule: 'yaml/sangria-bloque',
      message: `El bloque de texto de la línea ${block.line} empieza con espacios que no son sangría.`,
      remedy: `Escribe \`${block.mark}2\` en vez de \`${block.mark}\`: así la sangría son dos espacios.`,
    };
  }
  switch (error.code) {
    case 'TAB_AS_INDENT':
      return {
        rule: 'yaml/tabulador',
        message: 'La línea está sangrada con un tabulador y YAML solo admite espacios.',
        remedy: 'Cambia el tabulador por espacios (dos por nivel).',
      };
    case 'DUPLICATE_KEY': {
      const first = firstTwin(error, document);
      return {
        rule: 'yaml/clave-repetida',
        message: `La clave${first ? ` \`${first.name}\`` : ''} está dos veces en el mismo sitio.`,
        remedy: first
          ? `Deja una sola; la primera está en la línea ${at(first.offset).line}.`
          : 'Deja una sola de las dos.',
      };
    }
    case 'BAD_SCALAR_START': {
      const sign = /character (.)/.exec(error.message)?.[1] ?? '@';
      return {
        rule: 'yaml/arroba',
        message: `Un valor de YAML no puede empezar por «${sign}» sin comillas.`,
        remedy: `Ponlo entre comillas: "${sign}…".`,
      };
    }
    case 'BLOCK_AS_IMPLICIT_KEY':
    case 'MULTILINE_IMPLICIT_KEY':
      return {
        rule: 'yaml/dos-puntos',
        message: 'Aquí hay unos dos puntos de más, o falta sangrar la línea.',
        remedy: 'Si el texto lleva «: », ponlo entre comillas. Si no, revisa la sangría.',
      };
    case 'BAD_INDENT':
      if (/^Flow/.test(error.message)) return unclosed;
      return {
        rule: 'yaml/sangria',
        message: 'La sangría no cuadra con la de las líneas vecinas.',
        remedy: 'Alinea la línea con sus hermanas, con dos espacios por nivel.',
      };
    case 'MISSING_CHAR':
      // «Implicit map keys…», «Sequence item without -»: a line that is neither a key nor inside one.
      if (/implicit|without -/i.test(error.message)) {
        return {
          rule: 'yaml/sangria',
          message: 'Esta línea no es una `clave: valor`, o su sangría no cuadra con la de sus vecinas.',
          remedy: 'Alinéala con sus hermanas; después de `clave:` va un espacio.',
        };
      }
      return unclosed;
    case 'BAD_DQ_ESCAPE':
      return {
        rule: 'yaml/escape',
        message: 'Dentro de comillas dobles, `\\` empieza un escape y este no existe.',
        remedy: "Usa comillas simples ('…') o escribe `\\\\`.",
      };
    case 'BAD_ALIAS':
    case 'ALIAS_PROPS':
      return {
        rule: 'yaml/alias',
        message: aliasMessage,
        remedy: aliasRemedy,
      };
    case 'TAG_RESOLVE_FAILED':
      return {
        rule: 'yaml/etiqueta',
        message: 'Un valor que empieza por `!` es una etiqueta de YAML y esta no se conoce.',
        remedy: 'Si es texto, ponlo entre comillas.',
      };
    case 'MULTIPLE_DOCS':
      return {
        rule: 'yaml/varios',
        message: 'Hay más de un documento YAML (`---`) en el archivo.',
        remedy: 'Quita la línea `---`: cada archivo lleva un solo documento.',
      };
    default:
      return {
        rule: 'yaml/sintaxis',
        message: 'No se entiende el YAML a partir de aquí.',
        remedy: 'Revisa la sangría, las comillas y los dos puntos de esta línea y de la anterior.',
      };
  }
}

/** The first of two equal keys: the parser only tells where the second is. */
function firstTwin(error: YAMLError, document: Document): { name: string; offset: number } | undefined {
  const wanted = error.pos[0];
  const search = (node: unknown): { name: string; offset: number } | undefined => {
    if (isMap(node)) {
      for (const pair of node.items) {
        if (offsetOf(pair.key) === wanted && isScalar(pair.key)) {
          const name = String(pair.key.value);
          const twin = node.items.find((other) => isScalar(other.key) && String(other.key.value) === name);
          return { name, offset: offsetOf(twin?.key) ?? wanted };
        }
        const deeper = search(pair.value);
        if (deeper) return deeper;
      }
    }
    if (isSeq(node)) {
      for (const item of node.items) {
        const deeper = search(item);
        if (deeper) return deeper;
      }
    }
    return undefined;
  };
  return search(document.contents);
}

/**
 * A block scalar (`dibujo: |`) whose first line is more indented than a later one: YAML takes the first as the measure.
 * `errorLine` is inside or right after it.
 */
function tooIndentedBlock(
  lines: readonly string[],
  errorLine: number,
): { readonly line: number; readonly mark: string } | undefined {
  for (let index = errorLine - 2; index >= 0; index--) {
    const opening = /^( *).*:\s+([|>])[+-]?\s*$/.exec(lines[index] ?? '');
    if (opening === null) continue;
    const parent = (opening[1] ?? '').length;
    const content = lines.slice(index + 1, errorLine).filter((line) => line.trim() !== '');
    const indents = content.map((line) => line.length - line.trimStart().length);
    const first = indents[0] ?? 0;
    return indents.every((indent) => indent > parent) && (indents.at(-1) ?? 0) < first
      ? { line: index + 1, mark: opening[2] ?? '|' }
      : undefined;
  }
  return undefined;
}
