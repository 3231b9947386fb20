import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { formatProblem } from '../src/course/load/problem.ts';
import { type ProseLine, proseOfMarkdown, proseOfYaml } from '../src/course/load/prose.ts';
import {
  type FileProse,
  loadWordingRules,
  type WordingRule,
  wordingProblems,
} from '../src/course/load/wording.ts';
import { parseYaml } from '../src/course/load/yamlFile.ts';
import { allProse, spanishOfSource } from './helpers/prose.ts';

const root = path.resolve(import.meta.dirname, '..');
let prose: readonly FileProse[];
let rules: readonly WordingRule[];

beforeAll(async () => {
  prose = await allProse(root);
  ({ rules } = await loadWordingRules([path.join(root, 'assets')]));
});

/**
 * Words that are neither in the Spanish dictionary nor in `palabras.txt`, as `file:line:column - Unknown word (x)`.
 * Each file becomes one of text with the same lines, so that places are those of the original.
 */
async function misspelt(files: readonly FileProse[]): Promise<readonly string[]> {
  const folder = await mkdtemp(path.join(tmpdir(), 'curso-k8s-prosa-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  for (const { file, lines } of files) {
    await mkdir(path.dirname(path.join(folder, file)), { recursive: true });
    await writeFile(path.join(folder, `${file}.txt`), asLines(lines));
  }
  const cspell = path.join(root, 'node_modules', 'cspell', 'bin.mjs');
  const config = path.join(root, 'test', 'cspell.json');
  const args = [
    cspell,
    'lint',
    '--config',
    config,
    '--root',
    folder,
    '--no-progress',
    '--no-summary',
    '--no-color',
    '**/*.txt',
  ];
  const output = await new Promise<string>((resolve, reject) => {
    execFile(process.execPath, args, { cwd: root, maxBuffer: 64 * 1024 * 1024 }, (error, stdout, stderr) => {
      // 1 means that there are words to look at; anything else, that it did not look.
      if (error !== null && error.code !== 1) reject(new Error(`cspell: ${stderr}`));
      else resolve(stdout);
    });
  });
  return output
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line) => line.replace('.txt:', ':'));
}

/** As the spelling check takes them: `CrashLoopBackOff` is four. */
function wordsOf(text: string): readonly string[] {
  const apart = text.replace(/(\p{Ll})(?=\p{Lu})/gu, '$1 ');
  return `${text} ${apart}`.toLowerCase().match(/[\p{L}\p{M}]+/gu) ?? [];
}

function asLines(lines: readonly ProseLine[]): string {
  const text: string[] = [];
  for (const each of lines) {
    while (text.length < each.line) text.push('');
    text[each.line - 1] = (text[each.line - 1] ?? '').padEnd(each.column - 1) + each.text;
  }
  return text.join('\n');
}

describe('what can be read', () => {
  it('is spelt as in the dictionary or in test/palabras.txt', async () => {
    expect(await misspelt(prose)).toEqual([]);
  }, 120_000);

  it('uses the words of the course', () => {
    const found = prose
      .filter(({ file }) => file !== 'lessons/README.md')
      .flatMap(({ file, lines }) => wordingProblems(file, lines, rules));
    expect(found.map(formatProblem)).toEqual([]);
  });

  it('has our own words in order, once, and needed', async () => {
    const words = (await readFile(path.join(root, 'test', 'palabras.txt'), 'utf8'))
      .split('\n')
      .filter((line) => line !== '' && !line.startsWith('#'));
    expect(words).toEqual([...new Set(words)].sort((left, right) => left.localeCompare(right, 'es')));
    const used = new Set(prose.flatMap(({ lines }) => lines.flatMap(({ text }) => wordsOf(text))));
    expect(words.filter((word) => !used.has(word.toLowerCase()))).toEqual([]);
  });
});

describe('the spelling check', () => {
  it('sees a missing accent, a letter too many and where they are', async () => {
    const lines = proseOfMarkdown(
      'Una línea buena.\n\nEl camion y los contenedorres de `codgo malo`.\nPregúntale al kernel.',
    );
    expect(await misspelt([{ file: 'a/b.md', lines }])).toEqual([
      'a/b.md:3:4 - Unknown word (camion)',
      'a/b.md:3:17 - Unknown word (contenedorres)',
    ]);
  });

  it('reads the Spanish of the code and not the rest', () => {
    const source = `
// El comentario no se mira.
export const a = 'una frase con errorr';
export const b = \`hay \${a} de más\`;
export const c = 'plain english text here';
export const d = { color: 'rojo' };
`;
    expect(spanishOfSource('x.ts', source)).toEqual([
      { text: 'una frase con errorr', line: 3, column: 19 },
      { text: 'hay … de más', line: 4, column: 19 },
    ]);
  });
});

describe('the terminology check', () => {
  const problemsOf = (text: string) =>
    wordingProblems('a.md', proseOfMarkdown(text), rules).map(({ line, column, message }) => [
      line,
      column,
      message,
    ]);

  it.each([
    ['Abre el fichero.', 'fichero'],
    ['Los Ficheros están ahí.', 'Ficheros'],
    ['Esa opción está deprecada.', 'deprecada'],
    ['Vamos a deployarlo.', 'deployarlo'],
    ['Obviamente, es así.', 'Obviamente'],
    ['Es muy fácil.', 'fácil'],
    ['Entonces solo  tienes que esperar.', 'solo  tienes que'],
    ['El panel de control del clúster.', 'panel de control'],
    ['Podés hacerlo.', 'Podés'],
  ])('«%s»', (text, word) => {
    expect(problemsOf(text)).toEqual([[1, text.indexOf(word) + 1, `El curso no escribe «${word}».`]]);
  });

  it.each([
    'El archivo `fichero.txt` se llama así.',
    '```sh\ncat fichero\n```',
    'Hace falta difícil, facilitar y coordinadores.',
    'La historia de Linux Containers.',
    'Un enlace: https://example.com/fichero',
  ])('nada que decir de «%s»', (text) => {
    expect(problemsOf(text)).toEqual([]);
  });

  it('gives line and column in a lesson and in YAML, and leaves code and the old notes alone', () => {
    expect(problemsOf('Bien.\n\nUn fichero.')).toEqual([[3, 4, 'El curso no escribe «fichero».']]);
    const text =
      'pide: |\n  Primera.\n  Un fichero `y un fichero`.\npasos: [cat fichero]\ndecian: "Un fichero."\nporque: "Un fichero."\n';
    const parsed = parseYaml('a.yaml', text);
    if (!parsed.ok) throw new Error('not YAML');
    const found = wordingProblems('a.yaml', proseOfYaml(parsed.yaml), rules);
    expect(found.map(({ line, column }) => [line, column])).toEqual([
      [3, 6],
      [6, 13],
    ]);
  });
});
