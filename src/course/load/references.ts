import { fold, nearestNames } from '../../base/text.ts';
import type { Course } from '../model.ts';
import type { LoadedLesson } from './lesson.ts';
import type { Problem } from './problem.ts';

/**
 * References from one place of the course to another: diagrams, links and review questions. They never leave a lesson
 * out: it can be read without them. What points to something `broken` is not reported: that has its own problems.
 */
export function checkReferences(
  course: Course,
  lessons: readonly LoadedLesson[],
  broken: Broken,
): readonly Problem[] {
  return [
    ...lessons.flatMap((loaded) => diagramProblems(course, loaded, broken)),
    ...lessons.flatMap((loaded) => linkProblems(course, loaded, broken)),
    ...reviewProblems(lessons, broken),
  ];
}

/** What is there but could not be read. */
export interface Broken {
  /** Ids and aliases. */
  readonly lessons: ReadonlySet<string>;
  readonly diagrams: ReadonlySet<string>;
}

function diagramProblems(
  course: Course,
  { body, lesson, folder }: LoadedLesson,
  broken: Broken,
): readonly Problem[] {
  return body.diagrams.flatMap(({ name, line }) =>
    course.diagrams[name] !== undefined || broken.diagrams.has(name)
      ? []
      : [
          {
            file: `${folder}/leccion.md`,
            line,
            column: 1,
            rule: 'texto/diagrama',
            message: `El diagrama \`${name}\` no existe.`,
            remedy: remedyFor(
              nearestNames(name, Object.keys(course.diagrams))[0],
              `Créalo en \`assets/diagramas/${name}.yaml\` con \`titulo\`, \`alt\` y \`dibujo\`; lo usa la lección ${lesson.id}.`,
            ),
          },
        ],
  );
}

function linkProblems(course: Course, loaded: LoadedLesson, broken: Broken): readonly Problem[] {
  const lessonNames = course.modules.flatMap((module) =>
    module.lessons.flatMap(({ id, alias }) => [id, alias]),
  );
  const termNames = course.glossary.flatMap(({ term, aliases }) => [term, ...aliases]);
  const known = new Set([...lessonNames, ...broken.lessons, ...termNames.map(fold)]);
  return loaded.links.flatMap(({ name, line, file }) => {
    if (known.has(name) || known.has(fold(name))) return [];
    if (name.includes('|')) {
      const shown = name.split('|').at(-1) ?? '';
      return [
        {
          file,
          line,
          column: 1,
          rule: 'texto/enlace',
          message: `\`[[${name}]]\` lleva una barra, y aquí los enlaces no la usan.`,
          remedy: `Escribe \`[[${shown}]]\` y, si hace falta, añade esa forma en \`otros\` del glosario.`,
        },
      ];
    }
    return [
      {
        file,
        line,
        column: 1,
        rule: 'texto/enlace',
        message: `\`[[${name}]]\` no es una lección ni un término del glosario.`,
        remedy: remedyFor(
          nearestNames(name, [...termNames, ...lessonNames])[0],
          'Añade el término a `assets/glosario.yaml` o quita los corchetes.',
        ),
      },
    ];
  });
}

function reviewProblems(lessons: readonly LoadedLesson[], broken: Broken): readonly Problem[] {
  const earlier = new Set<string>();
  const all = new Set(
    lessons.flatMap(({ lesson }) => lesson.questions.map(({ id }) => `${lesson.id}/${id}`)),
  );
  return lessons.flatMap(({ lesson, quizYaml }) => {
    const problems = lesson.review.flatMap((reference, index): Problem[] => {
      if (earlier.has(reference) || broken.lessons.has(reference.split('/')[0] ?? '')) return [];
      const place = { file: quizYaml.file, ...quizYaml.position(['repaso', index]) };
      if (all.has(reference)) {
        return [
          {
            ...place,
            rule: 'quiz/repaso-posterior',
            message: `\`${reference}\` no es de una lección anterior a esta.`,
            remedy: 'El repaso pregunta lo que ya se vio: elige una pregunta de una lección anterior.',
          },
        ];
      }
      return [
        {
          ...place,
          rule: 'quiz/repaso',
          message: `La pregunta \`${reference}\` no existe.`,
          remedy: remedyFor(nearestNames(reference, all)[0], 'Escribe `lección/pregunta`, como `0.1/q1`.'),
        },
      ];
    });
    for (const { id } of lesson.questions) earlier.add(`${lesson.id}/${id}`);
    return problems;
  });
}

function remedyFor(near: string | undefined, otherwise: string): string {
  return near === undefined ? otherwise : `¿Querías decir \`${near}\`? Si no: ${lowerFirst(otherwise)}`;
}

function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}
