import { type Document, isAlias, isMap, isScalar, isSeq, type Node, Scalar } from 'yaml';
import type { Position } from './problem.ts';

/** From a character of the source to line and column. */
export type Place = (offset: number) => Position;

export interface WrittenText extends Position {
  readonly path: readonly PropertyKey[];
  readonly raw: string;
}

/** Finds where the parts of a document are written. */
export function positions(document: Document, source: string, at: Place) {
  const find = (path: readonly PropertyKey[], wantKey: boolean): { place: number; node: unknown } => {
    let node: unknown = document.contents;
    let place = offsetOf(node) ?? 0;
    for (const [index, step] of path.entries()) {
      if (isAlias(node)) node = node.resolve(document);
      if (isMap(node)) {
        const pair = node.items.find(({ key }) => isScalar(key) && String(key.value) === String(step));
        if (pair === undefined) break;
        const last = index === path.length - 1;
        const keyOffset = offsetOf(pair.key) ?? place;
        // A key without value has its value nowhere: the key is the best place to show.
        place = last && wantKey ? keyOffset : (offsetOf(pair.value) ?? keyOffset);
        node = pair.value;
      } else if (isSeq(node)) {
        node = node.items[Number(step)];
        place = offsetOf(node) ?? place;
      } else break;
    }
    return { place, node };
  };
  return {
    position: (path: readonly PropertyKey[]) => at(find(path, false).place),
    positionIn: (path: readonly PropertyKey[], offset: number) => {
      const { place, node } = find(path, false);
      return at(
        isScalar(node) && typeof node.value === 'string' ? place + offsetInside(node, offset, source) : place,
      );
    },
    keyPosition: (path: readonly PropertyKey[]) => at(find(path, true).place),
  };
}

/**
 * Characters from where a text begins to be written to its character `offset`. Exact for block (`|`) and one-line
 * texts; for folded ones, where line breaks became spaces, the beginning.
 */
function offsetInside(node: Scalar, offset: number, source: string): number {
  const value = String(node.value);
  const start = node.range?.[0] ?? 0;
  const raw = source.slice(start, node.range?.[1] ?? start);
  if (node.type === Scalar.BLOCK_LITERAL) {
    const before = value.slice(0, offset).split('\n');
    const lines = raw.split('\n');
    const indent = Math.min(
      ...lines
        .slice(1)
        .flatMap((line) => (line.trim() === '' ? [] : [line.length - line.trimStart().length])),
    );
    const skipped = lines.slice(0, before.length).reduce((sum, line) => sum + line.length + 1, 0);
    return skipped + (Number.isFinite(indent) ? indent : 0) + (before.at(-1)?.length ?? 0);
  }
  if (raw.includes('\n')) return 0;
  const quoted = node.type === Scalar.QUOTE_DOUBLE || node.type === Scalar.QUOTE_SINGLE;
  return offset + (quoted ? 1 : 0);
}

/** Every text value under `node`, as it is written. */
export function textsIn(
  node: unknown,
  path: readonly PropertyKey[],
  source: string,
  at: Place,
): readonly WrittenText[] {
  if (isMap(node)) {
    return node.items.flatMap(({ key, value }) =>
      textsIn(value, [...path, isScalar(key) ? String(key.value) : ''], source, at),
    );
  }
  if (isSeq(node)) return node.items.flatMap((item, index) => textsIn(item, [...path, index], source, at));
  if (!isScalar(node) || typeof node.value !== 'string' || !node.range) return [];
  return [{ path, raw: source.slice(node.range[0], node.range[1]), ...at(node.range[0]) }];
}

/** Where a node begins. */
export function offsetOf(node: unknown): number | undefined {
  return (node as Node | null | undefined)?.range?.[0];
}

/** Where the first `*x` without its `&x` is. */
export function unresolvedAlias(document: Document, node: unknown): number | undefined {
  if (isAlias(node)) return node.resolve(document) === undefined ? (offsetOf(node) ?? 0) : undefined;
  const inside = isMap(node)
    ? node.items.flatMap(({ key, value }) => [key, value])
    : isSeq(node)
      ? node.items
      : [];
  for (const each of inside) {
    const found = unresolvedAlias(document, each);
    if (found !== undefined) return found;
  }
  return undefined;
}
