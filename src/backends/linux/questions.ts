import type { Read, ReadError } from '../../checks/backend.ts';

/** One thing to know about a path of another machine. */
export type Question =
  | {
      readonly ask: 'text' | 'words' | 'link' | 'facts' | 'linkFacts' | 'names' | 'fileSystem';
      readonly path: string;
    }
  | { readonly ask: 'bytes'; readonly path: string; readonly maxBytes: number };

/** A script that answers many questions with few processes, and how to read what it prints. */
export interface Batch {
  readonly script: string;
  read(output: Buffer): readonly Read<Buffer>[];
}

/** Format of `stat -c`, the same for busybox and coreutils: name last, since it may hold anything. */
const factsFormat = '%f %d %i %u %g %s %t %T %n';

/**
 * `mark` must not occur in what is read. Texts of `/proc` and `/sys` are read by one `grep`, links and facts by one
 * `stat` each; the rest costs a process per path.
 */
export function batchOf(questions: readonly Question[], mark: string): Batch {
  const sections: Section[] = [
    listSection(questions, 'text', "grep -H ''", (printed, paths) => readGrep(printed, paths, '\n')),
    listSection(questions, 'words', "grep -zH ''", (printed, paths) => readGrep(printed, paths, '\0')),
    listSection(questions, 'link', "stat -c '%N'", readLinks),
    listSection(questions, 'facts', `stat -L -c '${factsFormat}'`, readFacts),
    listSection(questions, 'linkFacts', `stat -c '${factsFormat}'`, readFacts),
    ...questions.flatMap((question, index) => singleSection(question, index)),
  ].filter((section) => section.indexes.length > 0);
  return {
    script: sections.map((section) => `${section.command}\nprintf '\\n%s%s\\n' '${mark}' "$code"`).join('\n'),
    read: (output) => readSections(output, mark, sections, questions),
  };
}

interface Section {
  readonly indexes: readonly number[];
  readonly command: string;
  /** From what the section printed, the answer to each of its paths. */
  read(printed: Buffer, code: number, paths: readonly string[]): ReadonlyMap<string, Read<Buffer>>;
}

/** Errors go to a variable and are printed apart: mixed in a pipe they would cut lines in two. */
function listSection(
  questions: readonly Question[],
  ask: Question['ask'],
  tool: string,
  readPrinted: (printed: string, paths: readonly string[]) => ReadonlyMap<string, Read<Buffer>>,
): Section {
  const indexes = questions.flatMap((question, index) => (question.ask === ask ? [index] : []));
  const paths = [...new Set(indexes.map((index) => questions[index]?.path ?? ''))];
  return {
    indexes,
    command: `{ said=$(${tool} ${paths.map(quote).join(' ')} 2>&1 1>&4); } 4>&1; printf '\\n%s' "$said"; code=0`,
    read(printed) {
      const text = printed.toString('utf8');
      const answers = new Map(readPrinted(text, paths));
      for (const line of text.split('\n')) {
        const [path, error] = complaint(line) ?? [];
        const known = path === undefined ? undefined : answers.get(path);
        const nothing = known === undefined || !known.ok || known.value.length === 0;
        if (path !== undefined && error !== undefined && nothing) answers.set(path, { ok: false, error });
      }
      return answers;
    },
  };
}

/** `[ -f … ]` first: reading a FIFO would wait for ever. */
function singleSection(question: Question, index: number): readonly Section[] {
  const path = quote(question.path);
  const otherwise = `elif [ -d ${path} ]; then code=21; elif [ -e ${path} ]; then code=22; else code=2; fi`;
  if (question.ask === 'bytes')
    return [
      single(
        index,
        `if [ -f ${path} ]; then head -c ${question.maxBytes} ${path} 2>/dev/null; code=$?; ${otherwise}`,
      ),
    ];
  if (question.ask === 'names')
    return [
      single(
        index,
        `if [ -d ${path} ]; then [ -r ${path} ]; code=$?; ls -A1 ${path} 2>/dev/null; elif [ -e ${path} ]; then code=20; else code=2; fi`,
      ),
    ];
  if (question.ask === 'fileSystem')
    return [single(index, `stat -f -c %T ${path} 2>/dev/null; code=$(($? * 2))`)];
  return [];
}

/** Exit codes of the scripts above, which are the numbers of errno. */
const errnoNames: { readonly [code: number]: ReadError } = {
  1: 'EACCES',
  2: 'ENOENT',
  20: 'ENOTDIR',
  21: 'EISDIR',
  22: 'EINVAL',
};

function single(index: number, command: string): Section {
  return {
    indexes: [index],
    command,
    read: (printed, code, paths) =>
      new Map([
        [
          paths[0] ?? '',
          code === 0 ? { ok: true, value: printed } : { ok: false, error: errnoNames[code] ?? 'OTHER' },
        ],
      ]),
  };
}

function readSections(
  output: Buffer,
  mark: string,
  sections: readonly Section[],
  questions: readonly Question[],
): readonly Read<Buffer>[] {
  const answers: Read<Buffer>[] = questions.map(() => ({ ok: false, error: 'OTHER' }));
  let at = 0;
  for (const section of sections) {
    const end = output.indexOf(`\n${mark}`, at);
    // The output was cut: what follows is not known.
    if (end < 0) break;
    const codeEnd = output.indexOf('\n', end + 1);
    const code = Number(
      output.subarray(end + 1 + mark.length, codeEnd < 0 ? undefined : codeEnd).toString('latin1'),
    );
    const paths = section.indexes.map((index) => questions[index]?.path ?? '');
    const found = section.read(output.subarray(at, end), code, paths);
    for (const [position, index] of section.indexes.entries()) {
      const answer = found.get(paths[position] ?? '');
      if (answer !== undefined) answers[index] = answer;
    }
    at = codeEnd < 0 ? output.length : codeEnd + 1;
  }
  return answers;
}

/** `path:line` for every line, files in the order asked. A file without lines prints nothing and is empty. */
function readGrep(
  printed: string,
  paths: readonly string[],
  ending: '\n' | '\0',
): ReadonlyMap<string, Read<Buffer>> {
  const lines = new Map<string, string[]>(paths.map((path) => [path, []]));
  const known = new Set(paths);
  for (const line of printed.split(ending)) {
    const path = line.slice(0, line.indexOf(':'));
    if (known.has(path)) lines.get(path)?.push(line.slice(path.length + 1));
  }
  return new Map(
    [...lines].map(([path, own]) => [
      path,
      { ok: true, value: Buffer.from(own.map((line) => line + ending).join(''), 'utf8') },
    ]),
  );
}

/** `'path' -> 'target'`; a path that is no link is printed alone. */
function readLinks(printed: string): ReadonlyMap<string, Read<Buffer>> {
  const answers = new Map<string, Read<Buffer>>();
  for (const line of printed.split('\n')) {
    const link = /^'?(.+?)'? -> '?(.*?)'?$/.exec(line);
    if (link?.[1] !== undefined && link[2] !== undefined)
      answers.set(link[1], { ok: true, value: Buffer.from(link[2], 'utf8') });
    else if (line.startsWith('/') || line.startsWith("'/"))
      answers.set(line.replace(/^'|'$/g, ''), { ok: false, error: 'EINVAL' });
  }
  return answers;
}

function readFacts(printed: string): ReadonlyMap<string, Read<Buffer>> {
  const answers = new Map<string, Read<Buffer>>();
  for (const line of printed.split('\n')) {
    const facts = /^((?:[0-9a-f]+ ){8})(\/.*)$/.exec(line);
    if (facts?.[1] !== undefined && facts[2] !== undefined)
      answers.set(facts[2], { ok: true, value: Buffer.from(facts[1].trim(), 'utf8') });
  }
  return answers;
}

const messages: readonly (readonly [string, ReadError])[] = [
  ['No such file or directory', 'ENOENT'],
  ['Permission denied', 'EACCES'],
  ['Operation not permitted', 'EPERM'],
  ['Invalid argument', 'EINVAL'],
  ['No such process', 'ESRCH'],
  ['Not a directory', 'ENOTDIR'],
  ['Is a directory', 'EISDIR'],
];

/** `grep: /x: No such file…`, `stat: can't stat '/x': …` (busybox), `stat: cannot statx '/x': …` (coreutils). */
function complaint(line: string): readonly [string, ReadError] | undefined {
  const said = /^(?:grep|stat): (?:can't \w+ |cannot [a-z ]+ )?'?(\/.*?)'?: ([A-Z][a-z ]+)$/.exec(line);
  const known = messages.find(([message]) => message === said?.[2]);
  return said?.[1] === undefined ? undefined : [said[1], known?.[1] ?? 'OTHER'];
}

export function quote(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
