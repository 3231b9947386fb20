import type { Lesson } from '../../course/model.ts';
import { lessonRecord, type SessionState } from '../../course/session/state.ts';
import type { Body } from '../frame.ts';
import { inline } from '../inline.ts';
import type { Look } from '../look.ts';
import { wrapStyled } from '../styled.ts';
import { texts } from '../texts.ts';
import { readingWidth } from './page.ts';

/** A question answered before reading; the answer is kept and compared at the end. */
export function predictionBody(
  state: SessionState,
  lesson: Lesson,
  predictionId: string,
  cursor: number,
  rows: number,
  look: Look,
): Body {
  const prediction = lesson.predictions.find((entry) => entry.id === predictionId);
  if (!prediction) return { kind: 'lines', lines: [], above: 0, below: 0, max: 0 };
  const width = readingWidth(look) - 1;
  const chosen = lessonRecord(state.record, lesson.id).predictions[predictionId];
  const before = [
    '',
    ` ${look.style('titulo', texts.prediction.title)}`,
    '',
    ...wrapStyled(inline(prediction.question, look), width, { first: ' ', rest: ' ' }),
    '',
  ];
  const note = chosen === undefined ? texts.prediction.pick : texts.prediction.kept;
  const after = ['', ...wrapStyled(look.style('tenue', note), width, { first: ' ', rest: ' ' })];
  const options = prediction.options.map((option, index) =>
    index === chosen
      ? `${inline(option, look)} ${look.style('acierto', `${look.glyphs.on} ${texts.prediction.chosen}`)}`
      : inline(option, look),
  );
  return {
    kind: 'select',
    before: before.slice(0, rows),
    options,
    index: cursor,
    listKey: `${lesson.id}/${predictionId}`,
    after,
  };
}
