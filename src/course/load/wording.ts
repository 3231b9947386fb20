import { assetFiles, type CourseFolders, type LoadedCourse, loadCourse } from './course.ts';
import { CourseFiles } from './files.ts';
import { compareProblems, type Problem } from './problem.ts';
import { type ProseLine, proseOfMarkdown, proseOfYaml } from './prose.ts';
import { terminologySchema } from './schemas.ts';
import { parseYaml } from './yamlFile.ts';

/** A word that the course does not use. */
export interface WordingRule {
  readonly pattern: RegExp;
  /** What to write instead. */
  readonly remedy: string;
  /** Phrases inside which the word is right. */
  readonly except: readonly string[];
}

/** The rules of `terminologia.yaml` in the first of `assets` that has it. */
export async function loadWordingRules(
  assets: readonly string[],
): Promise<{ readonly rules: readonly WordingRule[]; readonly problems: readonly Problem[] }> {
  for (const folder of assets) {
    const files = new CourseFiles(folder);
    if (!(await files.exists('terminologia.yaml'))) continue;
    const written = await files.yaml('terminologia.yaml', terminologySchema, 'terminologia', '');
    const rules = (written?.value.reglas ?? []).map(({ palabras, remedio, salvo }) => ({
      pattern: wordsPattern(palabras),
      remedy: remedio,
      except: salvo.map((phrase) => phrase.toLowerCase()),
    }));
    return { rules, problems: files.problems };
  }
  return { rules: [], problems: [] };
}

/** Forbidden words in some lines of `file`. */
export function wordingProblems(
  file: string,
  lines: readonly ProseLine[],
  rules: readonly WordingRule[],
): readonly Problem[] {
  return lines.flatMap(({ text, line, column }) =>
    rules.flatMap(({ pattern, remedy, except }) =>
      [...text.matchAll(pattern)]
        .filter((match) => !insideException(text.toLowerCase(), match.index, match[0].length, except))
        .map((match) => ({
          file,
          line,
          column: column + match.index,
          rule: 'estilo/terminologia',
          message: `El curso no escribe «${match[0]}».`,
          remedy: `Mejor: ${remedy}.`,
        })),
    ),
  );
}

/** Loads a course and looks at its words too: everything that can be said of its files without playing it. */
export async function reviewCourse(folders: CourseFolders): Promise<LoadedCourse> {
  const loaded = await loadCourse(folders);
  const { rules, problems } = await loadWordingRules(folders.assets);
  const prose = await courseProse(folders, loaded);
  const wording = prose.flatMap(({ file, lines }) => wordingProblems(file, lines, rules));
  return { ...loaded, problems: [...loaded.problems, ...problems, ...wording].sort(compareProblems) };
}

export interface FileProse {
  /** Relative to the folder of lessons. */
  readonly file: string;
  readonly lines: readonly ProseLine[];
}

/** What can be read in each file of a course. Files that are broken are left out: the loader tells of them. */
export async function courseProse(
  folders: CourseFolders,
  { lessons }: Pick<LoadedCourse, 'lessons'>,
): Promise<readonly FileProse[]> {
  const found: FileProse[] = [];
  const files = new CourseFiles(folders.lessons);
  const modules = new Set(lessons.map(({ folder }) => folder.replace(/\/[^/]*$/, '')));
  for (const folder of modules) found.push(...(await yamlProse(files, `${folder}/modulo.yaml`)));
  for (const { folder } of lessons) {
    const text = await files.text(`${folder}/leccion.md`, '');
    if (text !== undefined) found.push({ file: `${folder}/leccion.md`, lines: lessonProse(text) });
    found.push(...(await yamlProse(files, `${folder}/ejercicios.yaml`)));
    found.push(...(await yamlProse(files, `${folder}/quiz.yaml`)));
  }
  for (const folder of folders.assets) {
    const assets = assetFiles(folders, folder);
    for (const name of await assets.yamlNames('diagramas')) {
      found.push(...(await yamlProse(assets, `diagramas/${name}`)));
    }
    if (await assets.exists('glosario.yaml')) found.push(...(await yamlProse(assets, 'glosario.yaml')));
  }
  return found;
}

/** The front matter is YAML and the rest Markdown. */
function lessonProse(text: string): readonly ProseLine[] {
  const head = /^---\n([\s\S]*?\n)?---[ \t]*(?:\n|$)/.exec(text);
  if (head === null) return proseOfMarkdown(text);
  const front = parseYaml('', head[1] ?? '', 1);
  return [
    ...(front.ok ? proseOfYaml(front.yaml) : []),
    ...proseOfMarkdown(text.slice(head[0].length), head[0].split('\n').length),
  ];
}

async function yamlProse(files: CourseFiles, file: string): Promise<readonly FileProse[]> {
  const text = await files.text(file, '');
  const parsed = text === undefined ? undefined : parseYaml(files.shown(file), text);
  return parsed?.ok ? [{ file: files.shown(file), lines: proseOfYaml(parsed.yaml) }] : [];
}

/** One expression for all the words of a rule: whole words, in any case; `*` at the end takes any ending. */
function wordsPattern(words: readonly string[]): RegExp {
  const parts = words.map((word) => {
    const stem = word
      .normalize('NFC')
      .replace(/\*$/, '')
      .replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
      .replace(/\s+/g, '\\s+');
    return word.endsWith('*') ? `${stem}\\p{L}*` : stem;
  });
  return new RegExp(`(?<![\\p{L}\\p{N}])(?:${parts.join('|')})(?![\\p{L}\\p{N}])`, 'giu');
}

function insideException(text: string, at: number, length: number, phrases: readonly string[]): boolean {
  return phrases.some((phrase) => {
    for (let start = text.indexOf(phrase); start >= 0; start = text.indexOf(phrase, start + 1)) {
      if (start <= at && at + length <= start + phrase.length) return true;
    }
    return false;
  });
}
