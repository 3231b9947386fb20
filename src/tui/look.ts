import type { Glyphs, Style } from './style.ts';

/** How things are drawn right now: the room there is and the means the terminal has. */
export interface Look {
  readonly columns: number;
  readonly rows: number;
  readonly style: Style;
  readonly glyphs: Glyphs;
  /** No box drawing, states in words, everything one below the other. */
  readonly linear: boolean;
  /** Markdown to styled lines of at most `columns` cells. Plain until the renderer is loaded. */
  readonly markdown: (text: string, columns: number) => readonly string[];
}

/** Below this nothing fits; the screen says so and waits. */
export const smallest = { columns: 60, rows: 20 };

/** From here on the work goes to the right of the page instead of below it. */
export const twoColumns = 100;

/** A line of reading gets no longer than this, however wide the terminal is. */
export const longestLine = 96;
