import { padEnd, textWidth, wrapText } from '../base/width.ts';

/**
 * Markdown as plain text for a pipe, a screen reader or a printer: what is readable stays as it was written, and only
 * what is noise on paper goes. Not a Markdown engine: the course's own prose is all it has to read.
 */
export function plainMarkdown(markdown: string, columns: number): readonly string[] {
  const lines: string[] = [];
  const source = markdown.split('\n');
  for (let index = 0; index < source.length; index += 1) {
    const line = source[index] ?? '';
    const fence = /^\s*(```+|~~~+)/.exec(line)?.[1];
    if (fence !== undefined) {
      index += 1;
      while (index < source.length && !(source[index] ?? '').trimStart().startsWith(fence)) {
        lines.push(`    ${source[index] ?? ''}`.trimEnd());
        index += 1;
      }
    } else if (line.trim() === '') {
      if (lines.at(-1) !== '') lines.push('');
    } else if (line.startsWith('#')) {
      lines.push(inlineText(line.replace(/^#+\s*/, '')));
    } else if (line.trimStart().startsWith('|')) {
      const rows = [line];
      while ((source[index + 1] ?? '').trimStart().startsWith('|')) {
        index += 1;
        rows.push(source[index] ?? '');
      }
      lines.push(...table(rows, columns));
    } else {
      const block = [line];
      while (continuesParagraph(source[index + 1])) {
        index += 1;
        block.push((source[index] ?? '').trim());
      }
      lines.push(...paragraph(block.join(' '), columns));
    }
  }
  while (lines.at(-1) === '') lines.pop();
  return lines;
}

/** Without emphasis marks; links show their address, `[[term]]` its name; code keeps its backticks. */
export function inlineText(text: string): string {
  return text
    .split(/(`+[^`]*`+)/)
    .map((part) =>
      part.startsWith('`')
        ? part
        : part
            .replace(/\[\[([^\]|]+)(?:\|([^\]]+))?\]\]/g, (_, name: string, shown?: string) => shown ?? name)
            .replace(/\[([^\]]+)\]\(([^)]+)\)/g, '$1 ($2)')
            .replace(/(\*\*|__)(?=\S)(.+?)(?<=\S)\1/g, '$2')
            .replace(/(?<![\w*])\*(?=\S)([^*]+?)(?<=\S)\*(?![\w*])/g, '$1'),
    )
    .join('');
}

function continuesParagraph(line: string | undefined): boolean {
  return line !== undefined && line.trim() !== '' && !/^\s*(#|\||```|~~~|>|[-*+] |\d+[.)] )/.test(line);
}

function paragraph(text: string, columns: number): readonly string[] {
  const item = /^(\s*)([-*+]|\d+[.)])\s+(.*)$/.exec(text);
  if (item !== null) {
    const mark = `${item[1] ?? ''}${/\d/.test(item[2] ?? '') ? item[2] : '-'} `;
    return wrapText(inlineText(item[3] ?? ''), columns, mark, ' '.repeat(mark.length));
  }
  const quote = /^\s*>\s?(.*)$/.exec(text);
  if (quote !== null) return wrapText(inlineText(quote[1] ?? ''), columns, '  > ');
  return wrapText(inlineText(text.trim()), columns);
}

/** Aligned columns when they fit; otherwise each row becomes «heading: cell» lines, which wrap well. */
function table(rows: readonly string[], columns: number): readonly string[] {
  const cells = rows.map((row) =>
    row
      .trim()
      .replace(/^\||\|$/g, '')
      .split(/(?<!\\)\|/)
      .map((cell) => inlineText(cell.trim().replaceAll('\\|', '|'))),
  );
  const [head = [], ...body] = cells.filter((row) => !row.every((cell) => /^:?-+:?$/.test(cell)));
  const widths = head.map((_, column) =>
    Math.max(...[head, ...body].map((row) => textWidth(row[column] ?? ''))),
  );
  const total = widths.reduce((sum, width) => sum + width + 2, -2);
  if (total <= columns) {
    const show = (row: readonly string[]) =>
      widths
        .map((width, column) => padEnd(row[column] ?? '', width))
        .join('  ')
        .trimEnd();
    return [show(head), widths.map((width) => '-'.repeat(width)).join('  '), ...body.map(show)];
  }
  return body.flatMap((row, index) => [
    ...(index === 0 ? [] : ['']),
    ...row.flatMap((cell, column) =>
      cell === ''
        ? []
        : wrapText(`${head[column] ? `${head[column]}: ` : ''}${cell}`, columns, column === 0 ? '' : '  '),
    ),
  ]);
}
