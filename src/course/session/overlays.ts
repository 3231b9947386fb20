import { fold } from '../../base/text.ts';
import type { GlossaryTerm } from '../model.ts';
import type { SessionEvent } from './event.ts';
import { openLesson } from './place.ts';
import type { Overlay, SessionState } from './state.ts';
import { clamp, closeOverlay, type Step, stay, withEffects } from './step.ts';
import { stepWorkOverlay } from './work.ts';

/** What an open overlay does with an event; undefined when it is not for it. */
export function stepOverlay(state: SessionState, overlay: Overlay, event: SessionEvent): Step | undefined {
  switch (overlay.kind) {
    case 'reset':
    case 'answers':
      return stepWorkOverlay(state, overlay, event);
    case 'search':
      return stepSearch(state, overlay, event);
    case 'glossary':
      return stepGlossary(state, overlay, event);
    case 'sheets':
      return stepSheets(state, overlay, event);
    case 'map':
      return stepMap(state, overlay, event);
    case 'help':
    case 'diagnosis':
      return stepReading(state, overlay, event);
  }
}

/** The overlay a key asks for, with what must be fetched to fill it. */
export function openOverlay(state: SessionState, event: SessionEvent): Step | undefined {
  const put = (overlay: Overlay): SessionState => ({ ...state, overlay });
  switch (event.type) {
    case 'help':
      return stay(put({ kind: 'help', scroll: 0 }));
    case 'search':
      return stay(put({ kind: 'search', query: '', hits: [], cursor: 0 }));
    case 'glossary':
      return withEffects(put({ kind: 'glossary', query: '', terms: undefined, cursor: 0 }), {
        type: 'loadGlossary',
      });
    case 'sheets':
      return withEffects(put({ kind: 'sheets', names: [], cursor: 0, scroll: 0 }), { type: 'listSheets' });
    case 'diagnosis':
      return withEffects(put({ kind: 'diagnosis', lines: undefined, scroll: 0 }), { type: 'diagnose' });
    case 'map':
      return withEffects(put({ kind: 'map', map: undefined, scroll: 0 }), { type: 'followMap' });
    default:
      return undefined;
  }
}

/** Terms whose name, English name or aliases contain the query, without accents; names that begin with it first. */
export function matchingTerms(terms: readonly GlossaryTerm[], query: string): readonly GlossaryTerm[] {
  const wanted = fold(query.trim());
  if (wanted === '') return terms;
  const names = (term: GlossaryTerm) => [term.term, term.english, ...term.aliases].map(fold);
  const found = terms.filter((term) => names(term).some((name) => name.includes(wanted)));
  const begins = (term: GlossaryTerm) => names(term).some((name) => name.startsWith(wanted));
  return [...found.filter(begins), ...found.filter((term) => !begins(term))];
}

type Of<K extends Overlay['kind']> = Extract<Overlay, { kind: K }>;

function stepSearch(state: SessionState, overlay: Of<'search'>, event: SessionEvent): Step | undefined {
  const ask = (query: string): Step => {
    const empty = query.trim() === '';
    const next = { ...overlay, query, cursor: 0, hits: empty ? [] : undefined };
    const asked = { ...state, overlay: next };
    return empty ? stay(asked) : withEffects(asked, { type: 'search', query });
  };
  switch (event.type) {
    case 'back':
      return stay(closeOverlay(state));
    case 'type':
      return ask((overlay.query + event.text).slice(0, 80));
    case 'erase':
      return ask([...overlay.query].slice(0, -1).join(''));
    case 'move':
      return stay({
        ...state,
        overlay: { ...overlay, cursor: clamp(overlay.cursor + event.by, (overlay.hits?.length ?? 0) - 1) },
      });
    case 'searched':
      // An answer to an older query arrives late and is worth nothing.
      return stay(
        event.query === overlay.query
          ? { ...state, overlay: { ...overlay, hits: event.hits, cursor: 0 } }
          : state,
      );
    case 'submit':
    case 'open': {
      const hit = overlay.hits?.[overlay.cursor];
      return hit ? openLesson(state, hit.lessonId, hit.pageId) : stay(state);
    }
    default:
      return undefined;
  }
}

function stepGlossary(state: SessionState, overlay: Of<'glossary'>, event: SessionEvent): Step | undefined {
  const put = (changes: Partial<Of<'glossary'>>) => stay({ ...state, overlay: { ...overlay, ...changes } });
  switch (event.type) {
    case 'back':
      return stay(closeOverlay(state));
    case 'type':
      return put({ query: (overlay.query + event.text).slice(0, 80), cursor: 0 });
    case 'erase':
      return put({ query: [...overlay.query].slice(0, -1).join(''), cursor: 0 });
    case 'glossaryLoaded':
      return put({ terms: event.terms, cursor: 0 });
    case 'move': {
      const count = matchingTerms(overlay.terms ?? [], overlay.query).length;
      return put({ cursor: clamp(overlay.cursor + event.by, count - 1) });
    }
    default:
      return undefined;
  }
}

function stepSheets(state: SessionState, overlay: Of<'sheets'>, event: SessionEvent): Step | undefined {
  const { open, ...list } = overlay;
  const put = (changes: Partial<Of<'sheets'>>) => stay({ ...state, overlay: { ...overlay, ...changes } });
  switch (event.type) {
    case 'back':
      return open ? stay({ ...state, overlay: { ...list, scroll: 0 } }) : stay(closeOverlay(state));
    case 'sheetsListed':
      return put({ names: event.names, cursor: 0 });
    case 'sheetLoaded':
      return put({ open: { name: event.name, text: event.text }, scroll: 0 });
    case 'move':
      return put({ cursor: clamp(overlay.cursor + event.by, overlay.names.length - 1) });
    case 'scroll':
      return put({ scroll: clamp(overlay.scroll + event.by, event.max) });
    case 'submit':
    case 'open': {
      const name = overlay.names[overlay.cursor];
      return name === undefined || open ? stay(state) : withEffects(state, { type: 'loadSheet', name });
    }
    default:
      return undefined;
  }
}

function stepReading(
  state: SessionState,
  overlay: Of<'help' | 'diagnosis'>,
  event: SessionEvent,
): Step | undefined {
  switch (event.type) {
    case 'back':
      return stay(closeOverlay(state));
    case 'scroll':
      return stay({ ...state, overlay: { ...overlay, scroll: clamp(overlay.scroll + event.by, event.max) } });
    case 'diagnosed':
      return overlay.kind === 'diagnosis'
        ? stay({ ...state, overlay: { ...overlay, lines: event.lines } })
        : stay(state);
    default:
      return undefined;
  }
}

function stepMap(state: SessionState, overlay: Of<'map'>, event: SessionEvent): Step | undefined {
  switch (event.type) {
    case 'back':
    case 'map':
      return withEffects(closeOverlay(state), { type: 'leaveMap' });
    case 'scroll':
      return stay({ ...state, overlay: { ...overlay, scroll: clamp(overlay.scroll + event.by, event.max) } });
    case 'mapChanged':
      return stay({ ...state, overlay: { ...overlay, map: event.map } });
    case 'clock': {
      const paused = overlay.map?.paused;
      // A clock that runs needs no pushing.
      if (paused === undefined || (event.move === 'step' && !paused)) return stay(state);
      const action = event.move === 'step' ? 'avanzar' : paused ? 'seguir' : 'pausar';
      return withEffects(state, { type: 'moveClock', action });
    }
    default:
      return undefined;
  }
}
