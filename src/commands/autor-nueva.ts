import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { errorCode, exists, explainSystemError, listNames } from '../base/files.ts';
import { fold } from '../base/text.ts';
import { loadCourse } from '../course/load/course.ts';
import { lessonSkeleton, moduleSkeleton } from '../course/load/skeleton.ts';
import { type CommandInput, type CommandSession, type ExitCode, textOption, UsageError } from './command.ts';

/** `curso autor nueva 3.1`: a folder that validates as it is. Never writes over anything. */
export async function createLesson(input: CommandInput, session: CommandSession): Promise<ExitCode> {
  const { output, cwd } = session;
  const id = input.arguments[0] ?? '';
  const numbers = /^(\d{1,2})\.(\d{1,2})$/.exec(id);
  if (numbers === null) {
    throw new UsageError(
      `\`${id}\` no vale como número de lección.`,
      'Escribe módulo y lección: `curso autor nueva 3.1`.',
    );
  }
  const [, moduleNumber = '', lessonNumber = ''] = numbers;
  const title = textOption(input, 'titulo') ?? `PENDIENTE: título de la lección ${id}`;
  const alias = aliasFrom(
    textOption(input, 'alias') ?? textOption(input, 'titulo') ?? `leccion-${moduleNumber}-${lessonNumber}`,
  );
  const root = path.resolve(
    cwd,
    textOption(input, 'carpeta') ?? session.courseFolder ?? (await defaultFolder(cwd)),
  );

  await refuseTaken(root, id, alias);
  const moduleFolder = path.join(root, await moduleFolderFor(root, moduleNumber));
  const folder = path.join(moduleFolder, `${lessonNumber.padStart(2, '0')}-${alias}`);
  try {
    await mkdir(moduleFolder, { recursive: true });
    await mkdir(folder);
    const moduleFile = path.join(moduleFolder, 'modulo.yaml');
    if (!(await exists(moduleFile)))
      await writeFile(moduleFile, moduleSkeleton(`M${moduleNumber}`), { flag: 'wx' });
    for (const [name, text] of Object.entries(lessonSkeleton({ id, alias, title }))) {
      await writeFile(path.join(folder, name), text, { flag: 'wx' });
      output.print(path.relative(cwd, path.join(folder, name)) || name);
    }
  } catch (error) {
    const why = errorCode(error) === 'EEXIST' ? 'ya existe' : explainSystemError(error);
    throw new UsageError(
      `No pude crear ${folder}: ${why}.`,
      'Elige otro número o alias, o revisa los permisos.',
    );
  }
  output.print('');
  output.print(
    `Escribe donde dice PENDIENTE y revísala: curso autor revisar ${path.relative(cwd, root) || '.'}`,
  );
  return 0;
}

async function defaultFolder(cwd: string): Promise<string> {
  return (await exists(path.join(cwd, 'lessons'))) ? 'lessons' : '.';
}

function aliasFrom(text: string): string {
  const alias = fold(text)
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '')
    .slice(0, 40);
  if (alias === '') throw new UsageError(`De «${text}» no sale ningún alias.`, 'Dilo con `--alias el-pod`.');
  return alias;
}

async function refuseTaken(root: string, id: string, alias: string): Promise<void> {
  if (!(await exists(root))) return;
  const { course } = await loadCourse({ lessons: root, assets: [] });
  const lessons = course.modules.flatMap((module) => module.lessons);
  const taken = lessons.find((lesson) => lesson.id === id || lesson.alias === alias);
  if (taken === undefined) return;
  throw new UsageError(
    `Ya hay una lección ${taken.id} (\`${taken.alias}\`) en ${taken.folder}.`,
    'Elige otro número, u otro alias con `--alias`.',
  );
}

/** The folder that already holds that module's number, or a new one. */
async function moduleFolderFor(root: string, number: string): Promise<string> {
  const prefix = `${number.padStart(2, '0')}-`;
  return (await listNames(root)).find((name) => name.startsWith(prefix)) ?? `${prefix}modulo-${number}`;
}
