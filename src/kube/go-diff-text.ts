/**
 * Text laid out as google/go-cmp does: lists on one line while they fit, on several with their values under each other when
 * something in them changed. Mirrors cmp/report_text.go.
 */
export type TextNode = string | TextWrap | TextList;

interface TextWrap {
  readonly prefix: string;
  readonly value: TextNode;
  readonly suffix: string;
}

type Mark = '' | '-' | '+';

export interface TextRecord {
  readonly mark?: Mark;
  readonly key?: string;
  readonly value: TextNode;
  /** `5 identical fields`, behind dots. */
  readonly comment?: string;
  /** The dots that stand for more. */
  readonly dots?: true;
}
type TextList = readonly TextRecord[];

export const isList = (node: TextNode): node is TextList => Array.isArray(node);

/** What is removed or new goes on several lines beyond this. */
const maxColumns = 80;

/** How long a node is on one line. */
export function lengthOf(node: TextNode): number {
  if (typeof node === 'string') return node.length;
  if (!isList(node)) return node.prefix.length + lengthOf(node.value) + node.suffix.length;
  const keys = node.reduce(
    (sum, { key = '', value }) => sum + (key === '' ? 0 : key.length + 2) + lengthOf(value),
    0,
  );
  return keys + 2 * Math.max(0, node.length - 1);
}

/** The whole, with its first line's indent and its last line's end. */
export function layOut(node: TextNode): string {
  return `  ${expanded(compacted(node, ''), '', 0)}\n`;
}

/** What fits on a line becomes one. */
function compacted(node: TextNode, mark: Mark): TextNode {
  if (typeof node === 'string') return node;
  if (!isList(node)) {
    const value = compacted(node.value, mark);
    return typeof value === 'string' ? `${node.prefix}${value}${node.suffix}` : { ...node, value };
  }
  const records = node.map((one) => ({ ...one, value: compacted(one.value, one.mark || mark) }));
  const open = records.some(
    (one) => (one.mark ?? '') !== '' || one.comment !== undefined || typeof one.value !== 'string',
  );
  if (open) return records;
  const line = records.map(({ key = '', value }) => (key === '' ? value : `${key}: ${value}`)).join(', ');
  return mark !== '' && line.length > maxColumns ? records : line;
}

const indent = (mark: Mark, depth: number) => `${mark === '' ? ' ' : mark} ${'\t'.repeat(depth)}`;

function expanded(node: TextNode, mark: Mark, depth: number): string {
  if (typeof node === 'string') return node;
  if (!isList(node)) return `${node.prefix}${expanded(node.value, mark, depth)}${node.suffix}`;
  const body = isSimple(node) ? batched(node, mark, depth + 1) : rows(node, mark, depth + 1);
  return `${body}\n${indent(mark, depth)}`;
}

const isSimple = (list: TextList) =>
  list.every(
    ({ mark = '', key = '', value, comment }) =>
      mark === '' && key === '' && comment === undefined && typeof value === 'string',
  );

/** Plain values, as many on a line as fit. */
function batched(list: TextList, mark: Mark, depth: number): string {
  const lines: string[] = [];
  let line = '';
  for (const { value } of list) {
    const text = `${String(value)}, `;
    if (line !== '' && line.length + text.length > maxColumns) {
      lines.push(line);
      line = '';
    }
    line += text;
  }
  if (line !== '') lines.push(line);
  return lines.map((one) => `\n${indent(mark, depth)}${one.trimEnd()}`).join('');
}

function rows(list: TextList, mark: Mark, depth: number): string {
  const widths = keyWidths(list);
  return list
    .map((one, i) => {
      const { key = '', value, comment, dots } = one;
      const own = one.mark || mark;
      const label = key === '' ? '' : `${key}: `.padEnd((widths[i] ?? 0) + 2);
      const end = dots === true ? '' : ',';
      const note = comment === undefined ? '' : ` // ${comment}`;
      return `\n${indent(own, depth)}${label}${expanded(value, own, depth)}${end}${note}`;
    })
    .join('');
}

/** Neighbours that are one line each have their values under each other. */
function keyWidths(list: TextList): number[] {
  const widths: number[] = list.map(() => 0);
  let from = 0;
  const close = (to: number) => {
    const widest = Math.max(0, ...list.slice(from, to).map(({ key = '' }) => key.length));
    for (let i = from; i < to; i++) widths[i] = widest;
  };
  for (const [i, { key = '', value }] of list.entries()) {
    if (key !== '' && typeof value === 'string') continue;
    close(i);
    widths[i] = key.length;
    from = i + 1;
  }
  close(list.length);
  return widths;
}
