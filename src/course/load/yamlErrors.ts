import { type Document, isMap, isScalar, isSeq, type YAMLError } from 'yaml';
import type { Problem } from './problem.ts';
import { offsetOf, type Place } from './yamlPositions.ts';

export const aliasMessage =
  'Un valor que empieza por `*` o `&` es un alias de YAML, y este no se puede usar.';
export const aliasRemedy = 'Si es texto, ponlo entre comillas.';

export type Explanation = Pick<Problem, 'rule' | 'message' | 'remedy'>;

const unclosed: Explanation = {
  rule: 'yaml/sin-cerrar',
  message: 'Falta un signo: unas comillas, un corchete, una llave o unos dos puntos.',
  remedy: 'Cierra lo que se abrió en esta línea o poco antes; después de `clave:` va un espacio.',
};

/** The parser's own messages are English and speak of tokens; these speak of what the author wrote. */
export function explain(
  error: YAMLError,
  document: Document,
  lines: readonly string[],
  at: Place,
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
