import { renderText } from '../checks/templates.ts';
import { noValue } from '../checks/text.ts';
import type { Catalog } from '../course/catalog.ts';
import type { Block, Diagram, Exercise, Lesson, Page } from '../course/model.ts';
import type { CommandDefinition } from './command.ts';
import { chooseLesson, openCatalog, readLesson } from './course.ts';
import type { Output } from './output.ts';
import { inlineText, plainMarkdown } from './plain.ts';

export const leccion: CommandDefinition = {
  name: 'leccion',
  summary: 'una lección como texto',
  arguments: [
    { name: 'lección', required: true, doc: 'su número o su nombre: 1.2, cgroups', values: 'lessons' },
  ],
  async run(input, session) {
    const catalog = await openCatalog(session);
    const { lesson: summary } = chooseLesson(catalog.index, input.arguments[0] ?? '');
    const lesson = await readLesson(catalog, summary.id);
    for (const line of await lessonText(catalog, lesson, session.output)) session.output.print(line);
    return 0;
  },
};

/** A whole lesson, without what an attempt would decide: parameters are shown as `<nombre>`. */
async function lessonText(catalog: Catalog, lesson: Lesson, output: Output): Promise<readonly string[]> {
  const diagrams = await catalog.diagrams();
  const text = (markdown: string) => plainMarkdown(markdown, output.columns);
  const heading = (title: string, mark: string) =>
    output.accessible
      ? [title]
      : [output.paint('strong', title), mark.repeat(Math.min(output.columns, [...title].length))];
  const lines = [
    ...heading(`${lesson.id} ${lesson.title}`, '='),
    `${lesson.minutes} minutos${lesson.optional ? ' · optativa' : ''}`,
    '',
    ...(lesson.goals.length > 0
      ? ['Al terminar podrás:', ...lesson.goals.flatMap((goal) => text(`- ${goal}`)), '']
      : []),
  ];
  for (const page of lesson.pages) {
    const body = pageLines(page, lesson, diagrams, output, text);
    if (body.length > 0) lines.push(...heading(inlineText(page.title), '-'), '', ...body, '');
  }
  return lines.slice(0, -1);
}

function pageLines(
  page: Page,
  lesson: Lesson,
  diagrams: { readonly [id: string]: Diagram },
  output: Output,
  text: (markdown: string) => readonly string[],
): readonly string[] {
  switch (page.kind) {
    case 'text':
      return page.blocks.flatMap((block, index) => [
        ...(index === 0 ? [] : ['']),
        ...blockLines(block, lesson, diagrams, output, text),
      ]);
    case 'prediction': {
      const prediction = lesson.predictions.find(({ id }) => id === page.predictionId);
      if (prediction === undefined) return [];
      return [
        ...text(prediction.question),
        ...prediction.options.flatMap((option, index) => text(`${index + 1}. ${option}`)),
      ];
    }
    case 'exercise': {
      const exercise = lesson.exercises.find(({ id }) => id === page.exerciseId);
      return exercise === undefined ? [] : exerciseLines(exercise, text);
    }
    case 'explain':
      return lesson.predictions.flatMap((prediction) => [
        ...text(prediction.question),
        ...text(prediction.observed),
        '',
      ]);
    case 'quiz':
      return text(
        `${lesson.questions.length === 1 ? 'Una pregunta' : `${lesson.questions.length} preguntas`}: \`curso quiz ${lesson.id}\`.`,
      );
    case 'review':
      return text('Preguntas de lecciones anteriores: `curso repaso`.');
  }
}

function blockLines(
  block: Block,
  lesson: Lesson,
  diagrams: { readonly [id: string]: Diagram },
  output: Output,
  text: (markdown: string) => readonly string[],
): readonly string[] {
  switch (block.kind) {
    case 'markdown':
      return text(block.text);
    case 'diagram': {
      const diagram = diagrams[block.diagramId];
      if (diagram === undefined) return [];
      // A drawing read aloud character by character says nothing; its description says it all.
      if (output.accessible) return [`Diagrama: ${diagram.title}.`, ...text(diagram.alt)];
      return [`${diagram.title}:`, ...diagram.lines.map((line) => `  ${line}`)];
    }
    case 'notes':
      return lesson.notes
        .filter(({ row }) => block.rows.includes(row))
        .flatMap(({ said, now }) => [
          ...text(`Los apuntes decían: «${said}»`),
          ...text(`Hoy sabemos: ${now}`),
          '',
        ]);
  }
}

function exerciseLines(exercise: Exercise, text: (markdown: string) => readonly string[]): readonly string[] {
  return [
    ...text(withPlaceholders(exercise.task, exercise)),
    '',
    'Se comprueba que:',
    ...exercise.checks.flatMap((check) => text(`- ${withPlaceholders(check.description, exercise)}`)),
    '',
    ...text(
      `Empieza con \`curso preparar ${exercise.id}\` y comprueba con \`curso verificar ${exercise.id}\`.`,
    ),
  ];
}

/**
 * `@{nombre}` → `<nombre>`: the values belong to each attempt. What depends on the world is told for the usual one, a
 * Linux with cgroup v2 and root. An expression that needs a real value stays as it was written.
 */
function withPlaceholders(template: string, exercise: Pick<Exercise, 'parameters'>): string {
  const names = ['intento', 'carpeta', ...Object.keys(exercise.parameters)];
  const shown = renderText(template, {
    ...Object.fromEntries(names.map((name) => [name, `<${name}>`])),
    mundo: { cgroup: 'v2', peldano: 'root' },
  });
  return shown.includes(noValue) ? template.replace(/@\{([^}]*)\}/g, '<$1>') : shown;
}
