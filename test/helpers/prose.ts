import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { parseAst } from 'vitest/node';
import { loadCourse } from '../../src/course/load/course.ts';
import { type ProseLine, proseOfMarkdown, proseOfYaml } from '../../src/course/load/prose.ts';
import { courseProse, type FileProse } from '../../src/course/load/wording.ts';
import { parseYaml } from '../../src/course/load/yamlFile.ts';

/** Everything a learner, a teacher or an author can read: the course, the other texts, the messages of the code. */
export async function allProse(root: string): Promise<readonly FileProse[]> {
  const folders = { lessons: path.join(root, 'lessons'), assets: [path.join(root, 'assets')] };
  const course = await courseProse(folders, await loadCourse(folders));
  return [
    ...course.map(({ file, lines }) => ({ file: path.posix.join('lessons', file), lines })),
    ...filesUnder(root, '.', /^(README|CHANGELOG)\.md$/, false).map(markdown(root)),
    ...filesUnder(root, 'lessons', /^README\.md$/, false).map(markdown(root)),
    ...filesUnder(root, 'src', /\.md$/).map(markdown(root)),
    ...filesUnder(root, 'assets', /\.md$/).map(markdown(root)),
    ...filesUnder(root, 'assets/ayuda', /\.json$/).map(json(root)),
    ...filesUnder(root, 'assets/temas', /\.json$/).map(json(root)),
    // Shell, and the YAML of a lesson that has its own tests.
    ...filesUnder(root, 'src', /^(?!completion-scripts|skeleton).*\.tsx?$/)
      .filter(isOurs)
      .map((file) => ({
        file,
        lines: spanishOfSource(file, readFileSync(path.join(root, file), 'utf8')),
      })),
  ];
}

/** What the API server says is upstream's English, word for word; the rest of a cluster speaks to the learner. */
function isOurs(file: string): boolean {
  return !/^src\/(dev\/(golden|controllers-replay|pods-replay|scheduler-replay)|kube|cluster\/(apiserver|controllers|front|kubelet|network|raft|scheduler|store)\/)/.test(
    file,
  );
}

function filesUnder(root: string, folder: string, name: RegExp, deep = true): readonly string[] {
  try {
    return readdirSync(path.join(root, folder), { recursive: deep, encoding: 'utf8' })
      .filter((file) => name.test(path.basename(file)))
      .map((file) => path.posix.join(folder, file.replaceAll('\\', '/')));
  } catch {
    return [];
  }
}

function markdown(root: string) {
  return (file: string): FileProse => ({
    file,
    lines: proseOfMarkdown(readFileSync(path.join(root, file), 'utf8')),
  });
}

function json(root: string) {
  return (file: string): FileProse => {
    // JSON is YAML too, and so its texts have lines.
    const parsed = parseYaml(file, readFileSync(path.join(root, file), 'utf8'));
    if (!parsed.ok) throw new Error(`${file} is not JSON`);
    return { file, lines: proseOfYaml(parsed.yaml).filter(({ text }) => looksSpanish(text)) };
  };
}

/** Texts of several words with something Spanish in them. Keys, styles, code and English stay out. */
export function looksSpanish(text: string): boolean {
  if (!/\p{L}{2,}\s+\p{L}/u.test(text) || /^docker /.test(text)) return false;
  return /[áéíóúñ¿¡«]|\b(el|la|los|las|un|una|de|del|que|en|y|no|se|por|para|con|este|esta|tu|su|hay|es|lo|al)\b/i.test(
    text,
  );
}

interface AstNode {
  readonly type: string;
  readonly start: number;
  readonly [key: string]: unknown;
}

/** The Spanish texts inside the code: literals, pieces of templates and text of JSX. Comments are English. */
export function spanishOfSource(file: string, source: string): readonly ProseLine[] {
  const found: ProseLine[] = [];
  const add = (text: string, offset: number): void => {
    if (!looksSpanish(text)) return;
    // Attributes of XML and what follows `curso` are names.
    const words = text.replace(/\b[a-z]+="[^"]*"|\bcurso leccion\b/g, (name) => ' '.repeat(name.length));
    for (const [index, prose] of proseOfMarkdown(words).entries()) {
      const before = source.slice(0, offset).split('\n');
      found.push({
        text: prose.text,
        line: before.length + index,
        column: index === 0 ? (before.at(-1)?.length ?? 0) + 1 : 1,
      });
    }
  };
  const visit = (value: unknown): void => {
    if (Array.isArray(value)) value.forEach(visit);
    if (
      Array.isArray(value) ||
      typeof value !== 'object' ||
      value === null ||
      typeof (value as AstNode).type !== 'string'
    )
      return;
    const node = value as AstNode;
    if (node.type === 'ImportDeclaration') return;
    if (node.type === 'Literal' && typeof node['value'] === 'string') add(node['value'], node.start + 1);
    if (node.type === 'JSXText') add(String(node['value']), node.start);
    if (node.type === 'TemplateLiteral') {
      // The holes are words too: without something in their place, the text around them would run together.
      const quasis = node['quasis'] as readonly (AstNode & { readonly value: { readonly cooked: string } })[];
      const whole = quasis.map(({ value: { cooked } }) => cooked).join('…');
      if (looksSpanish(whole)) add(whole, node.start + 1);
    }
    for (const child of Object.values(node)) visit(child);
  };
  visit(parseAst(source, { lang: file.endsWith('x') ? 'tsx' : 'ts' }));
  return found;
}
