import type { Look } from './look.ts';

/** Markdown of one short sentence: `code`, **bold**, *emphasis* and [[links]]. For texts too small for the renderer. */
export function inline(text: string, look: Pick<Look, 'style'>): string {
  const { style } = look;
  return text
    .split(/(`[^`]+`)/)
    .map((part) =>
      part.startsWith('`') && part.length > 2
        ? style('codigo', part.slice(1, -1))
        : part
            .replace(/\*\*([^*]+)\*\*/g, (_, bold: string) => style('fuerte', bold))
            .replace(
              /(^|[\s(«])\*([^*\s][^*]*)\*/g,
              (_, before: string, soft: string) => before + style('cursiva', soft),
            )
            .replace(/\[\[([^\]]+)\]\]/g, (_, link: string) => style('enlace', link)),
    )
    .join('');
}
