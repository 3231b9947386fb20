import { allLessons, marksOf, type SessionState, type StatusLight } from '../../course/session/state.ts';
import { lessonStanding, type Marks, passedCount, percentDone } from '../../course/standing.ts';
import { bodyRows, frameLines, type Key, type Screen, viewport } from '../frame.ts';
import type { Look } from '../look.ts';
import { between, clip } from '../styled.ts';
import { texts } from '../texts.ts';

const keys: readonly Key[] = [
  { key: 'Enter', does: 'abrir' },
  { key: '↑↓', does: 'elegir' },
  { key: '/', does: 'buscar' },
  { key: 'q', does: 'salir' },
  { key: 'h', does: 'chuletas' },
  { key: 'r', does: 'repaso' },
  { key: 'm', does: 'mapa' },
  { key: 'd', does: 'diagnóstico' },
  { key: 'g', does: 'glosario' },
  { key: 't', does: 'terminal' },
  { key: '?', does: 'ayuda' },
];

/** Modules and lessons with what is done of each. One source for the first frame, painted before Ink, and for Ink. */
export function homeScreen(state: SessionState, look: Look): Screen {
  const cursor = state.view.kind === 'home' ? state.view.cursor : 0;
  const marks = marksOf(state.record);
  const { lines, cursorLine } = listLines(state, marks, cursor, look);
  const rows = bodyRows(look);
  // The cursor stays off the edges, so that what comes next is in sight before it is reached.
  const scroll = Math.max(0, cursorLine - rows + 3);
  return {
    title: look.style('titulo', texts.app),
    right: [
      light(texts.status.docker, state.status.docker, look),
      // Three lights do not fit a narrow screen; `d` tells the rest.
      ...(look.columns < 80 ? [] : [light(texts.status.linux, state.status.linux, look)]),
      light(texts.status.cluster, state.status.cluster, look),
      texts.percent(percentDone(marks, allLessons(state.catalog))),
    ].join('   '),
    body: viewport(lines, scroll, rows),
    next: nextLine(state, marks, cursor, look),
    keys,
  };
}

/** The whole home, ready to be written to a terminal of `look.rows` lines. */
export function homeLines(state: SessionState, look: Look): readonly string[] {
  return frameLines(homeScreen(state, look), look);
}

function listLines(state: SessionState, marks: Marks, cursor: number, look: Look) {
  const lines: string[] = [];
  let cursorLine = 0;
  let index = 0;
  const width = look.columns - 1;
  for (const module of state.catalog.modules) {
    const done = module.lessons.filter((lesson) => lessonStanding(marks, lesson) === 'passed').length;
    const total = module.lessons.length;
    const bar = look.linear ? '' : `  ${progressBar(done, total, 10, look)}`;
    lines.push(
      between(look.style('fuerte', `${module.id}  ${module.title}`), `${done}/${total}${bar}`, width),
    );
    for (const lesson of module.lessons) {
      if (index === cursor) cursorLine = lines.length;
      lines.push(lessonLine(marks, lesson, index === cursor, width, look));
      index += 1;
    }
  }
  return { lines, cursorLine };
}

function lessonLine(
  marks: Marks,
  lesson: ReturnType<typeof allLessons>[number],
  chosen: boolean,
  width: number,
  look: Look,
): string {
  const { glyphs, style } = look;
  const standing = lessonStanding(marks, lesson);
  const passed = passedCount(marks, lesson);
  const sign =
    standing === 'passed'
      ? style('acierto', glyphs.passed)
      : standing === 'started'
        ? style('espera', glyphs.waiting)
        : ' ';
  const count =
    standing !== 'pending' && lesson.exercises.length > 0
      ? texts.exercises(passed, lesson.exercises.length)
      : '';
  const detail = [lesson.optional ? texts.optional : '', count]
    .filter((part) => part !== '')
    .join(` ${glyphs.dot} `);
  const minutes = texts.minutes(lesson.minutes).padStart(7);
  const title = `${lesson.id} ${lesson.title}`;
  const left = `${chosen ? style('acento', glyphs.cursor) : ' '} ${sign} ${chosen ? style('fuerte', title) : title}`;
  if (look.linear) {
    const parts = [title, texts.lessonState[standing], detail, texts.minutes(lesson.minutes)];
    return `${chosen ? `${glyphs.cursor} ` : ''}${parts.filter((part) => part !== '').join(', ')}`;
  }
  return between(left, style('tenue', `${detail === '' ? '' : `${detail} `}${minutes}`), width);
}

function progressBar(done: number, total: number, cells: number, look: Look): string {
  const full = total === 0 ? 0 : Math.round((done * cells) / total);
  const { glyphs, style } = look;
  return style('acierto', glyphs.barOn.repeat(full)) + style('tenue', glyphs.barOff.repeat(cells - full));
}

function light(name: string, status: StatusLight, look: Look): string {
  const { glyphs, style } = look;
  if (status.state === 'checking')
    return style('tenue', `${name} ${glyphs.looking} ${texts.status.checking}`);
  const sign = status.state === 'ready' ? style('acierto', glyphs.on) : style('tenue', glyphs.off);
  return `${name} ${sign} ${status.label}`;
}

function nextLine(state: SessionState, marks: Marks, cursor: number, look: Look): string {
  if (state.notice !== '') return look.style('acento', state.notice);
  if (state.unsaved !== '') return look.style('espera', `! ${state.unsaved}`);
  const lesson = allLessons(state.catalog)[cursor];
  if (!lesson) return '';
  const standing = lessonStanding(marks, lesson);
  const say = standing === 'pending' ? texts.begin : standing === 'started' ? texts.resume : texts.repeat;
  return clip(
    `${look.style('acento', look.glyphs.cursor)} ${say(lesson.id, lesson.title)}`,
    look.columns - 1,
  );
}
