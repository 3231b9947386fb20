import { fold } from '../../base/text.ts';
import type { Block, Page } from '../model.ts';
import type { Problem } from './problem.ts';

/** Words of prose that fit in one page without tiring; code does not count. */
const maxWords = 400;
/** Languages a code block may declare. */
const languages = [
  'sh',
  'yaml',
  'dockerfile',
  'json',
  'text',
  'c',
  'go',
  'python',
  'ini',
  'sql',
  'html',
  'nginx',
];

/** A reference found in the text, with the line where it stands. */
export interface Reference {
  readonly name: string;
  readonly line: number;
}

/** What the body of `leccion.md` says, before its references are followed. */
export interface Body {
  readonly pages: readonly Page[];
  readonly predictions: readonly Reference[];
  readonly exercises: readonly Reference[];
  readonly diagrams: readonly Reference[];
  readonly noteRows: readonly Reference[];
  /** Targets of `[[…]]`. */
  readonly links: readonly Reference[];
  /** Code blocks marked `sh ejecutable`, in order. */
  readonly runnable: readonly { readonly code: string; readonly line: number }[];
  readonly problems: readonly Problem[];
}

/** Cuts the text into pages: one per `##`, one per prediction and one per exercise. `firstLine` is that of `text`. */
export function parseBody(file: string, text: string, firstLine: number, lessonTitle: string): Body {
  const reader = new BodyReader(file, lessonTitle);
  for (const [index, line] of text.split('\n').entries()) reader.take(line.trimEnd(), firstLine + index);
  return reader.finish();
}

/** Reads line by line, as a person does; holds the page that is being written. */
class BodyReader {
  readonly #file: string;
  readonly #pages: Page[] = [];
  readonly #ids = new Set<string>();
  readonly #problems: Problem[] = [];
  readonly #found = {
    predictions: [] as Reference[],
    exercises: [] as Reference[],
    diagrams: [] as Reference[],
    noteRows: [] as Reference[],
    links: [] as Reference[],
    runnable: [] as { code: string; line: number }[],
  };
  #title: string;
  #titleUsed = false;
  #titleLine = 1;
  #blocks: Block[] = [];
  #lines: string[] = [];
  #words = 0;
  #fence: { mark: string; line: number; runnable: boolean; code: string[] } | undefined;

  constructor(file: string, title: string) {
    this.#file = file;
    this.#title = title;
  }

  take(line: string, number: number): void {
    const fence = /^\s*(`{3,}|~{3,})\s*(.*)$/.exec(line);
    const directive = /^@([^\s{]*)\s*(.*)$/.exec(line);
    const heading = /^(#{1,2})\s+(.*?)\s*#*$/.exec(line);
    if (this.#fence !== undefined) this.#insideFence(line);
    else if (fence !== null) this.#openFence(line, fence[1] ?? '', fence[2] ?? '', number);
    else if (directive !== null) this.#directive(directive[1] ?? '', directive[2] ?? '', number);
    else if (heading !== null) this.#heading(heading[1] ?? '', heading[2] ?? '', number);
    else {
      this.#lines.push(line);
      this.#words += countWords(line);
      for (const name of linksIn(line)) this.#found.links.push({ name, line: number });
    }
  }

  finish(): Body {
    if (this.#fence !== undefined) {
      this.#report(
        this.#fence.line,
        'texto/codigo-sin-cerrar',
        'Este bloque de código no se cierra.',
        `Añade una línea «${this.#fence.mark}» donde termina el código.`,
      );
    }
    this.#closePage();
    return { pages: this.#pages, ...this.#found, problems: this.#problems };
  }

  #insideFence(line: string): void {
    const fence = this.#fence;
    this.#lines.push(line);
    if (fence === undefined) return;
    if (line.trim().startsWith(fence.mark) && line.trim().replaceAll(fence.mark[0] ?? '`', '') === '') {
      if (fence.runnable) this.#found.runnable.push({ code: fence.code.join('\n'), line: fence.line + 1 });
      this.#fence = undefined;
    } else fence.code.push(line);
  }

  #openFence(line: string, mark: string, info: string, number: number): void {
    const [language = '', ...marks] = info.split(/\s+/);
    this.#fence = { mark, line: number, runnable: marks.includes('ejecutable'), code: [] };
    this.#lines.push(line);
    if (language === '') {
      this.#report(
        number,
        'texto/codigo-sin-lenguaje',
        'Este bloque de código no dice su lenguaje.',
        'Escríbelo detrás de las comillas: `sh`, `yaml`, `dockerfile`, `json` o `text`.',
      );
    } else if (!languages.includes(language)) {
      this.#report(
        number,
        'texto/codigo-lenguaje',
        `El lenguaje \`${language}\` no se conoce.`,
        `Usa uno de estos: ${languages.join(', ')}.`,
      );
    }
  }

  #heading(marks: string, title: string, number: number): void {
    if (marks === '#') {
      this.#report(
        number,
        'texto/titulo',
        'El título de la lección va en la cabecera, no en el texto.',
        'Quita esta línea, o usa `##` si empieza una página.',
      );
      return;
    }
    this.#closePage();
    this.#title = title.replace(/[`*]/g, '');
    this.#titleUsed = false;
    this.#titleLine = number;
  }

  #directive(name: string, rest: string, number: number): void {
    const targets = rest.split(/\s+/).filter((target) => target !== '');
    if (!['prediccion', 'ejercicio', 'diagrama', 'apuntes'].includes(name)) {
      this.#report(
        number,
        'texto/directiva',
        `La directiva \`@${name}\` no existe.`,
        'Las que hay son `@prediccion`, `@ejercicio`, `@diagrama` y `@apuntes`.',
      );
      return;
    }
    const [target] = targets;
    if (target === undefined || (targets.length > 1 && name !== 'apuntes')) {
      this.#report(
        number,
        'texto/directiva',
        `\`@${name}\` lleva ${name === 'apuntes' ? 'al menos una fila' : 'un solo id'} detrás.`,
        `Escribe, por ejemplo, \`@${name} ${{ prediccion: 'p1', ejercicio: '1.2.a', diagrama: 'D2', apuntes: 'S10' }[name]}\`.`,
      );
      return;
    }
    if (name === 'diagrama') {
      this.#closeBlock();
      this.#blocks.push({ kind: 'diagram', diagramId: target });
      this.#found.diagrams.push({ name: target, line: number });
    } else if (name === 'apuntes') {
      this.#closeBlock();
      this.#blocks.push({ kind: 'notes', rows: targets });
      for (const row of targets) this.#found.noteRows.push({ name: row, line: number });
    } else {
      this.#closePage();
      const id = this.#freshId(`${name}-${target}`);
      if (name === 'prediccion') {
        this.#pages.push({
          kind: 'prediction',
          id,
          title: 'Antes de leer: ¿qué crees?',
          predictionId: target,
        });
        this.#found.predictions.push({ name: target, line: number });
      } else {
        this.#pages.push({ kind: 'exercise', id, title: `Ejercicio ${target}`, exerciseId: target });
        this.#found.exercises.push({ name: target, line: number });
      }
    }
  }

  #closeBlock(): void {
    const text = this.#lines.join('\n').replace(/^\n+|\n+$/g, '');
    if (text !== '') this.#blocks.push({ kind: 'markdown', text });
    this.#lines = [];
  }

  #closePage(): void {
    this.#closeBlock();
    if (this.#words > maxWords) {
      this.#report(
        this.#titleLine,
        'texto/palabras',
        `La página «${this.#title}» tiene ${this.#words} palabras; caben ${maxWords}.`,
        'Recorta, o reparte el texto en dos páginas con otro `##`.',
      );
    }
    if (this.#blocks.length > 0) {
      const title = this.#titleUsed ? `${this.#title} (sigue)` : this.#title;
      this.#pages.push({ kind: 'text', id: this.#freshId(slug(this.#title)), title, blocks: this.#blocks });
      this.#titleUsed = true;
    }
    this.#blocks = [];
    this.#words = 0;
  }

  #freshId(wanted: string): string {
    let id = wanted;
    for (let copy = 2; this.#ids.has(id); copy++) id = `${wanted}-${copy}`;
    this.#ids.add(id);
    return id;
  }

  #report(line: number, rule: string, message: string, remedy: string): void {
    this.#problems.push({ file: this.#file, line, column: 1, rule, message, remedy });
  }
}

/** Targets of `[[…]]` in Markdown, not counting those in code (`[[ -f x ]]` is shell). */
export function linksIn(markdown: string): readonly string[] {
  const prose = markdown.replace(/```[\s\S]*?```|`[^`]*`/g, '');
  return [...prose.matchAll(/\[\[([^\][\n]+)\]\]/g)].map((match) => (match[1] ?? '').trim());
}

function countWords(line: string): number {
  return line.match(/[\p{L}\p{N}][\p{L}\p{N}\p{M}'’./_-]*/gu)?.length ?? 0;
}

function slug(title: string): string {
  return (
    fold(title)
      .replace(/[^a-z0-9]+/g, '-')
      .replace(/^-+|-+$/g, '')
      .slice(0, 60) || 'pagina'
  );
}
