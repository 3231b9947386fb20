import { wrapStyled } from './styled.ts';

/** Markdown to styled lines of at most `columns` cells, without margins. */
export type RenderMarkdown = (text: string, columns: number) => readonly string[];

/** Until the renderer is loaded: the text as it is, broken into lines. */
export const plainMarkdown: RenderMarkdown = (text, columns) =>
  text.split('\n').flatMap((line) => wrapStyled(line, columns));
