import { renderToString } from 'ink';
import type { SessionState } from '../../src/course/session/state.ts';
import { App } from '../../src/tui/app.tsx';
import type { Look } from '../../src/tui/look.ts';
import { loadMarkdown } from '../../src/tui/markdown.ts';
import { createStore } from '../../src/tui/store.ts';
import { asciiGlyphs, plainStyle, unicodeGlyphs } from '../../src/tui/style.ts';
import { diagrams } from './session.ts';

export const markdown = await loadMarkdown(plainStyle, false);

export function lookAt(columns: number, rows: number, changes: Partial<Look> = {}): Look {
  return { columns, rows, style: plainStyle, glyphs: unicodeGlyphs, linear: false, markdown, ...changes };
}

/** The whole program drawn by Ink for a state, as the lines of a terminal of this size. */
export function drawn(state: SessionState, columns = 80, rows = 24, ascii = false): readonly string[] {
  const store = createStore({ state, columns, rows, markdown }, () => {});
  const means = { style: plainStyle, glyphs: ascii ? asciiGlyphs : unicodeGlyphs, linear: false };
  const text = renderToString(
    <App
      store={store}
      ports={{ diagrams: () => diagrams }}
      means={means}
      ascii={ascii}
      onControl={() => {}}
      onReady={() => {}}
    />,
    { columns },
  );
  return text.split('\n').map((line) => line.trimEnd());
}
