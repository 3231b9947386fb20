import type { YamlFile } from './yamlFile.ts';

/** One line of what a learner reads; code inside it is blanked, so that columns stay true. */
export interface ProseLine {
  readonly text: string;
  readonly line: number;
  /** Column of its first character. */
  readonly column: number;
}

/**
 * Keys whose values are code, ids or fixed words, not prose. `decian` quotes the old notes, mistakes and all; `ingles`
 * is not Spanish.
 */
const codeKeys: ReadonlySet<string> = new Set([
  ...['id', 'alias', 'mira', 'con', 'tras', 'modo', 'espera', 'antes', 'dura', 'si', 'campo', 'ver', 'mundo'],
  ...['estilo', 'tipo', 'prefijo', 'entre', 'pasos', 'respuestas', 'peldanos', 'falla', 'de', 'a', 'acepta'],
  ...['repaso', 'fila', 'decian', 'ingles', 'otros', 'palabras', 'salvo', 'dibujo'],
]);

/** The readable lines of a YAML file of the course. */
export function proseOfYaml(yaml: YamlFile): readonly ProseLine[] {
  return yaml.texts().flatMap(({ path, raw, line, column }) => {
    if (path.some((step) => typeof step === 'string' && codeKeys.has(step))) return [];
    return blankCode(raw)
      .split('\n')
      .map((text, index) => ({ text, line: line + index, column: index === 0 ? column : 1 }));
  });
}

/** The readable lines of Markdown; `firstLine` is the number of its first one. */
export function proseOfMarkdown(markdown: string, firstLine = 1): readonly ProseLine[] {
  return blankCode(markdown)
    .split('\n')
    .map((text, index) => ({ text, line: firstLine + index, column: 1 }))
    .filter(({ text }) => !/^@(prediccion|ejercicio|diagrama|apuntes)\b/.test(text));
}

/**
 * Fenced and inline code, template expressions, addresses, HTML comments, names with underscores (`CURSO_PUERTO`) and
 * options (`--json`) become spaces; line ends stay.
 */
function blankCode(text: string): string {
  return text
    .normalize('NFC')
    .replace(
      /^([ \t]*)(`{3,}|~{3,}).*\n[\s\S]*?^[ \t]*\2[`~]*[ \t]*$|(`+)[\s\S]*?\3|@\{[^}]*\}|<!--[\s\S]*?-->|https?:\/\/[^\s)>]+|\b\w*_\w*\b|(?<!\S)--?[a-z][\w-]*/gm,
      (code) => code.replace(/[^\n]/g, ' '),
    );
}
