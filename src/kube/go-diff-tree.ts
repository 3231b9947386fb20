import { fieldsOf, fieldValue, type GoType, isZero } from './go-types.ts';
import { compareQuantities, parseQuantity } from './quantity.ts';

/** Two values of one type beside each other, down to what cannot be taken apart. Mirrors go-cmp's report_value.go. */
export interface DiffNode {
  readonly type: GoType;
  /** `absent`: an element that only the other side has. */
  readonly before: unknown;
  readonly after: unknown;
  readonly same: number;
  readonly different: number;
  readonly children: number;
  readonly depth: number;
  readonly records: readonly DiffRecord[];
}

export interface DiffRecord {
  /** Of a field or an entry; '' of an element. */
  readonly key: string;
  readonly node: DiffNode;
}

export const absent = Symbol('absent');

export function compareValues(type: GoType, before: unknown, after: unknown): DiffNode {
  if (before === absent || after === absent) return leaf(type, before, after, false);
  if (type.kind === 'basic' || isOpaque(type))
    return leaf(type, before, after, sameLeaf(type, before, after));
  if (type.kind === 'struct')
    return inside(
      type,
      before,
      after,
      fieldsOf(type.bare).map((field) => ({
        key: field.name,
        node: compareValues(field.type, fieldValue(before, field), fieldValue(after, field)),
      })),
    );
  const [noBefore, noAfter] = [isZero(type, before), isZero(type, after)];
  if (noBefore || noAfter) return leaf(type, before, after, noBefore && noAfter);
  if (type.kind === 'pointer')
    return inside(type, before, after, [{ key: '', node: compareValues(type.of, before, after) }]);
  if (type.kind === 'slice')
    return inside(type, before, after, elements(type.of, before as unknown[], after as unknown[]));
  if (type.kind !== 'map') return leaf(type, before, after, before === after);
  return inside(
    type,
    before,
    after,
    entries(type.of, before as { [key: string]: unknown }, after as { [key: string]: unknown }),
  );
}

const isOpaque = (type: GoType) => type.kind === 'struct' && fieldsOf(type.bare).length === 0;

function sameLeaf(type: GoType, before: unknown, after: unknown): boolean {
  const [noBefore, noAfter] = [isZero(type, before), isZero(type, after)];
  if (noBefore || noAfter) return noBefore && noAfter;
  if (type.name === 'resource.Quantity')
    return compareQuantities(parseQuantity(String(before)), parseQuantity(String(after))) === 0;
  return before === after || (isOpaque(type) && JSON.stringify(before) === JSON.stringify(after));
}

const leaf = (type: GoType, before: unknown, after: unknown, same: boolean): DiffNode => ({
  type,
  before,
  after,
  same: same ? 1 : 0,
  different: same ? 0 : 1,
  children: 0,
  depth: 0,
  records: [],
});

function inside(type: GoType, before: unknown, after: unknown, records: readonly DiffRecord[]): DiffNode {
  const sum = (of: (node: DiffNode) => number) => records.reduce((all, { node }) => all + of(node), 0);
  return {
    type,
    before,
    after,
    same: sum((node) => node.same),
    different: sum((node) => node.different),
    children: sum((node) => node.children + 1),
    depth: records.reduce((deepest, { node }) => Math.max(deepest, node.depth + 1), 0),
    records,
  };
}

function entries(
  of: GoType,
  before: { readonly [key: string]: unknown },
  after: { readonly [key: string]: unknown },
): readonly DiffRecord[] {
  const side = (map: { readonly [key: string]: unknown }, key: string) =>
    Object.hasOwn(map, key) ? map[key] : absent;
  return [...new Set([...Object.keys(before), ...Object.keys(after)])]
    .sort()
    .map((key) => ({ key, node: compareValues(of, side(before, key), side(after, key)) }));
}

/** Lists are short where this is used; beyond this the middle is told as gone and new. */
const mostPairs = 10_000;

/** Which element is which one of the other list: as few changes as possible. Mirrors cmp/internal/diff. */
function elements(of: GoType, before: readonly unknown[], after: readonly unknown[]): readonly DiffRecord[] {
  const record = (node: DiffNode): DiffRecord => ({ key: '', node });
  if (before.length * after.length > mostPairs)
    return [
      ...before.map((one) => record(compareValues(of, one, absent))),
      ...after.map((one) => record(compareValues(of, absent, one))),
    ];
  const pairs = before.map((one) => after.map((other) => compareValues(of, one, other)));
  const cost: number[][] = Array.from({ length: before.length + 1 }, () => []);
  const paired = (i: number, j: number) => {
    const node = pairs[i]?.[j];
    if (node === undefined) return Number.POSITIVE_INFINITY;
    if (node.different === 0) return 0;
    return node.same + 1 >= node.different ? 1 : Number.POSITIVE_INFINITY;
  };
  const at = (i: number, j: number) => cost[i]?.[j] ?? Number.POSITIVE_INFINITY;
  for (let i = before.length; i >= 0; i--)
    for (let j = after.length; j >= 0; j--)
      (cost[i] ?? [])[j] =
        i === before.length && j === after.length
          ? 0
          : Math.min(at(i + 1, j + 1) + paired(i, j), at(i + 1, j) + 1, at(i, j + 1) + 1);
  const records: DiffRecord[] = [];
  for (let i = 0, j = 0; i < before.length || j < after.length; ) {
    const pair = pairs[i]?.[j];
    if (pair !== undefined && at(i, j) === at(i + 1, j + 1) + paired(i, j)) {
      records.push(record(pair));
      i++;
      j++;
    } else if (at(i, j) === at(i + 1, j) + 1) records.push(record(compareValues(of, before[i++], absent)));
    else records.push(record(compareValues(of, absent, after[j++])));
  }
  return records;
}
