import type { Lesson } from '../../course/model.ts';
import { lessonRecord, type SessionState } from '../../course/session/state.ts';
import { inline } from '../inline.ts';
import type { Look } from '../look.ts';
import { wrapStyled } from '../styled.ts';
import { texts } from '../texts.ts';
import { readingWidth } from './page.ts';

/** Each prediction next to what really happens. Being right is not the point, so neither is marked as right or wrong. */
export function explainLines(state: SessionState, lesson: Lesson, look: Look): readonly string[] {
  const width = readingWidth(look);
  const made = lessonRecord(state.record, lesson.id).predictions;
  const indent = { first: ' ', rest: ' ' };
  const lines: string[] = ['', ` ${look.style('titulo', texts.explain.title)}`, ''];
  if (lesson.predictions.length === 0) lines.push(` ${texts.explain.empty}`);
  for (const prediction of lesson.predictions) {
    const chosen = prediction.options[made[prediction.id] ?? -1];
    lines.push(
      ...wrapStyled(look.style('fuerte', inline(prediction.question, look)), width, indent),
      ...wrapStyled(
        chosen === undefined
          ? look.style('tenue', texts.explain.none)
          : `${look.style('espera', texts.explain.predicted)} ${inline(chosen, look)}`,
        width,
        { first: '   ', rest: '   ' },
      ),
      `   ${look.style('acierto', texts.explain.observed)}`,
      ...look.markdown(prediction.observed, width - 4).map((line) => `     ${line}`),
      '',
    );
  }
  return lines;
}
