import { fold, nearestNames } from '../../base/text.ts';
import type { Course } from '../model.ts';
import type { LoadedLesson } from './lesson.ts';
import type { Problem } from './problem.ts';

/**
 * References from one place of the course to another: diagrams, links and review questions. They never leave a lesson
 * out: it can be read without them. `incomplete`: some lesson could not be read, so a missing one may be that one.
 */
export function checkReferences(
  course: Course,
  lessons: readonly LoadedLesson[],
  incomplete: boolean,
): readonly Problem[] {
  return [
    ...lessons.flatMap((loaded) => diagramProblems(course, loaded)),
    ...lessons.flatMap((loaded) => linkProblems(course, loaded, incomplete)),
    ...reviewProblems(lessons, incomplete),
  ];
}

function diagramProblems(course: Course, { body, lesson, folder }: LoadedLesson): readonly Problem[] {
  return body.diagrams.flatMap(({ name, line }) =>
    course.diagrams[name] !== undefined
      ? []
      : [
          {
            file: `${folder}/leccion.md`,
            line,
            column: 1,
            rule: 'texto/diagrama',
            message: `El diagrama \`${name}\` no existe o tiene errores.`,
            remedy: remedyFor(
              nearestNames(name, Object.keys(course.diagrams))[0],
              `Créalo en \`assets/diagramas/${name}.yaml\` con \`titulo\`, \`alt\` y \`dibujo\`; lo usa la lección ${lesson.id}.`,
            ),
          },
        ],
  );
}

function linkProblems(course: Course, loaded: LoadedLesson, incomplete: boolean): readonly Problem[] {
  const lessonNames = course.modules.flatMap((module) =>
    module.lessons.flatMap(({ id, alias }) => [id, alias]),
  );
  const termNames = course.glossary.flatMap(({ term, aliases }) => [term, ...aliases]);
  const known = new Set([...lessonNames, ...termNames.map(fold)]);
  return loaded.links.flatMap(({ name, line, file }) => {
    if (known.has(name) || known.has(fold(name))) return [];
    // A link to a lesson that is broken itself would only repeat that lesson's problem.
    if (incomplete && /^\d+\.\d+$/.test(name)) return [];
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

function reviewProblems(lessons: readonly LoadedLesson[], incomplete: boolean): readonly Problem[] {
  const earlier = new Set<string>();
  const all = new Set(
    lessons.flatMap(({ lesson }) => lesson.questions.map(({ id }) => `${lesson.id}/${id}`)),
  );
  return lessons.flatMap(({ lesson, quizYaml }) => {
    const problems = lesson.review.flatMap((reference, index): Problem[] => {
      if (earlier.has(reference) || (incomplete && !all.has(reference))) return [];
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
