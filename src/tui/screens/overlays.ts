import { matchingTerms } from '../../course/session/overlays.ts';
import type { Overlay } from '../../course/session/state.ts';
import { bodyRows, type Key, type Screen, viewport } from '../frame.ts';
import { inline } from '../inline.ts';
import { type Look, longestLine } from '../look.ts';
import { clip, wrapStyled } from '../styled.ts';
import { texts } from '../texts.ts';
import { helpLines } from './help.ts';
import { mapScreen } from './map.ts';

type Of<K extends Overlay['kind']> = Extract<Overlay, { kind: K }>;

const back: Key = { key: 'Esc', does: 'volver' };
const readKeys: readonly Key[] = [{ key: '↑↓', does: 'desplazar' }, back];
const listKeys: readonly Key[] = [{ key: 'Enter', does: 'abrir' }, { key: '↑↓', does: 'elegir' }, back];

/** The overlay as a screen of its own: one purpose at a time. */
export function overlayScreen(overlay: Overlay, look: Look): Screen {
  switch (overlay.kind) {
    case 'help':
      return reading(texts.help.title, helpLines(look), overlay.scroll, look);
    case 'diagnosis':
      return reading(texts.diagnosis.title, diagnosisLines(overlay, look), overlay.scroll, look);
    case 'map':
      return mapScreen(overlay, look);
    case 'search':
      return searchScreen(overlay, look);
    case 'glossary':
      return glossaryScreen(overlay, look);
    case 'sheets':
      return sheetsScreen(overlay, look);
    case 'reset':
      return resetScreen(overlay, look);
    case 'answers':
      return answersScreen(overlay, look);
  }
}

function width(look: Look): number {
  return Math.min(look.columns - 2, longestLine);
}

function reading(title: string, lines: readonly string[], scroll: number, look: Look): Screen {
  return {
    title: look.style('titulo', title),
    right: '',
    body: viewport(lines, scroll, bodyRows(look)),
    next: '',
    keys: readKeys,
  };
}

function diagnosisLines(overlay: Of<'diagnosis'>, look: Look): readonly string[] {
  const lines = overlay.lines ?? [look.style('tenue', texts.diagnosis.loading)];
  return [
    '',
    ...lines.flatMap((line) => wrapStyled(inline(line, look), width(look), { first: ' ', rest: '   ' })),
  ];
}

function searchScreen(overlay: Of<'search'>, look: Look): Screen {
  const { style, glyphs } = look;
  const hits = overlay.hits;
  const lines: string[] = [];
  let cursorLine = 0;
  for (const [index, hit] of (hits ?? []).entries()) {
    const chosen = index === overlay.cursor;
    if (chosen) cursorLine = lines.length;
    const title = `${hit.lessonId} ${glyphs.dot} ${hit.title}`;
    lines.push(`${chosen ? style('acento', glyphs.cursor) : ' '} ${chosen ? style('fuerte', title) : title}`);
    lines.push(style('tenue', clip(`    ${hit.snippet.replace(/…+$/, '')}…`, look.columns - 2)));
  }
  const empty =
    overlay.query.trim() === ''
      ? texts.search.hint
      : hits === undefined
        ? texts.search.looking
        : texts.search.none;
  if (lines.length === 0) lines.push(` ${style('tenue', empty)}`);
  const rows = bodyRows(look) - 2;
  const view = viewport(lines, Math.max(0, cursorLine - rows + 4), rows);
  return {
    title: style('titulo', texts.search.title),
    right: hits && overlay.query.trim() !== '' ? style('tenue', texts.search.found(hits.length)) : '',
    body: { ...view, lines: [field(texts.search.prompt, overlay.query, look), '', ...view.lines] },
    next: '',
    keys: listKeys,
  };
}

function glossaryScreen(overlay: Of<'glossary'>, look: Look): Screen {
  const { style, glyphs } = look;
  const terms = matchingTerms(overlay.terms ?? [], overlay.query);
  const chosen = terms[overlay.cursor];
  const rows = bodyRows(look) - 2;
  const definition = chosen
    ? [
        style('tenue', glyphs.rule.repeat(look.columns)),
        ` ${style('fuerte', chosen.term)}${chosen.english === '' ? '' : ` ${style('tenue', `(${texts.glossary.english} ${chosen.english})`)}`}`,
        ...wrapStyled(inline(chosen.definition.replace(/\s+/g, ' '), look), width(look), {
          first: ' ',
          rest: ' ',
        }),
      ]
    : [];
  const listRows = Math.max(3, rows - Math.max(8, definition.length));
  const none = overlay.terms === undefined ? texts.glossary.loading : texts.glossary.none;
  const list = terms.map((term, index) =>
    index === overlay.cursor
      ? `${style('acento', glyphs.cursor)} ${style('fuerte', term.term)}`
      : `  ${term.term} ${style('tenue', term.english === term.term ? '' : term.english)}`,
  );
  if (list.length === 0) list.push(` ${style('tenue', none)}`);
  const view = viewport(list, Math.max(0, overlay.cursor - listRows + 2), listRows);
  const padded = Array.from({ length: listRows }, (_, row) => view.lines[row] ?? '');
  return {
    title: style('titulo', texts.glossary.title),
    right: '',
    body: {
      ...view,
      lines: [
        field(texts.glossary.prompt, overlay.query, look),
        '',
        ...padded,
        ...definition.slice(0, rows - listRows),
      ],
    },
    next: '',
    keys: [{ key: '↑↓', does: 'elegir' }, { key: 'letras', does: 'filtrar' }, back],
  };
}

function sheetsScreen(overlay: Of<'sheets'>, look: Look): Screen {
  const { open } = overlay;
  if (open) {
    const lines = look.markdown(open.text, width(look) - 1).map((line) => (line === '' ? '' : ` ${line}`));
    return reading(`${texts.sheets.title} ${look.glyphs.dot} ${open.name}`, lines, overlay.scroll, look);
  }
  const lines = overlay.names.map((name, index) =>
    index === overlay.cursor
      ? ` ${look.style('acento', look.glyphs.cursor)} ${look.style('fuerte', name)}`
      : `   ${name}`,
  );
  if (lines.length === 0) lines.push(` ${look.style('tenue', texts.sheets.loading)}`);
  return {
    title: look.style('titulo', texts.sheets.title),
    right: '',
    body: viewport(['', ...lines], 0, bodyRows(look)),
    next: '',
    keys: listKeys,
  };
}

function resetScreen(overlay: Of<'reset'>, look: Look): Screen {
  return {
    title: look.style('titulo', `${texts.reset.title} ${overlay.exerciseId}`),
    right: '',
    body: viewport(
      ['', ...wrapStyled(texts.reset.body, width(look), { first: ' ', rest: ' ' })],
      0,
      bodyRows(look),
    ),
    next: look.style('espera', texts.reset.keys),
    keys: [
      { key: 'Enter', does: 'reiniciar' },
      { key: 'Esc', does: 'dejarlo' },
    ],
  };
}

function answersScreen(overlay: Of<'answers'>, look: Look): Screen {
  const slot = overlay.slots[overlay.index];
  const rows = bodyRows(look);
  const choices = slot?.type === 'opcion' ? slot.options.length : 0;
  const all = answerLines(overlay, overlay.slots.keys(), look);
  // The options come first: without room for the other questions, only the one at hand stays with them.
  const fits = all.lines.length + choices <= rows;
  const { lines, end } = fits || choices === 0 ? all : answerLines(overlay, [overlay.index], look);

  const last = overlay.index === overlay.slots.length - 1;
  const head = {
    title: look.style('titulo', `${texts.answers.title} ${look.glyphs.dot} ${overlay.exerciseId}`),
    right: `${overlay.index + 1}/${overlay.slots.length}`,
    next: look.style('acento', last ? texts.answers.last : texts.answers.keys),
    keys: [
      { key: 'Enter', does: last ? 'comprobar' : 'siguiente' },
      { key: 'Esc', does: 'cancelar' },
    ],
  };
  if (slot?.type !== 'opcion') return { ...head, body: viewport(lines, Math.max(0, end - rows), rows) };
  const index = Math.max(0, slot.options.indexOf(overlay.drafts[overlay.index] ?? ''));
  return {
    ...head,
    next: look.style('acento', texts.answers.pick),
    body: {
      kind: 'select',
      before: lines,
      options: slot.options.map((option) => inline(option, look)),
      index,
      listKey: `${overlay.exerciseId}/${slot.id}`,
      after: [],
    },
  };
}

/** Some of the questions with what is being answered; `end` is the line after the one at hand. */
function answerLines(overlay: Of<'answers'>, places: Iterable<number>, look: Look) {
  const lines: string[] = [''];
  let end = 0;
  for (const index of places) {
    const entry = overlay.slots[index];
    if (!entry) continue;
    const current = index === overlay.index;
    const sign = current ? look.style('acento', look.glyphs.cursor) : ' ';
    const text = inline(entry.text, look);
    lines.push(
      ...wrapStyled(
        `${current ? look.style('fuerte', text) : text} ${look.style('tenue', `(${texts.answers.type[entry.type]})`)}`,
        width(look),
        {
          first: ` ${sign} `,
          rest: '   ',
        },
      ),
    );
    if (entry.type === 'opcion' && current) {
      end = lines.length;
      continue;
    }
    const draft = overlay.drafts[index] ?? '';
    const shown = tail(draft, width(look) - 6);
    lines.push(`     ${shown}${current ? look.style('elegido', look.linear ? '' : '_') : ''}`, '');
    if (current) end = lines.length;
  }
  return { lines, end };
}

/** A line to type in; a text longer than the room shows its end, where the cursor is. */
function field(label: string, text: string, look: Look): string {
  const room = Math.max(8, look.columns - label.length - 5);
  return ` ${look.style('fuerte', label)} ${tail(text, room)}${look.style('elegido', look.linear ? '' : '_')}`;
}

function tail(text: string, room: number): string {
  const characters = [...text];
  return characters.length <= room ? text : `…${characters.slice(-(room - 1)).join('')}`;
}
