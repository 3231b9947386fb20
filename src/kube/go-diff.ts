import { goQuote } from './field-error.ts';
import { isList, layOut, lengthOf, type TextNode, type TextRecord } from './go-diff-text.ts';
import { absent, compareValues, type DiffNode, type DiffRecord } from './go-diff-tree.ts';
import { fieldsOf, fieldValue, type GoType, goType, isZero } from './go-types.ts';
import { parseQuantity } from './quantity.ts';

/** `' '`: told as one value; `-`, `+`: only that side; undefined: both, with what differs. */
type Side = ' ' | '-' | '+' | undefined;
/** Whether a value says its type. */
type Naming = 'always' | 'composites' | 'never';

interface Look {
  readonly side: Side;
  readonly naming: Naming;
  /** How much is told: every level inside tells less. */
  readonly detail: number;
}

const neighbours = 2;

/** What differs between two values, as google/go-cmp's Diff prints it, but for its random blanks. Mirrors cmp/report_compare.go. */
export function goDiff(type: string, before: unknown, after: unknown): string {
  const node = compareValues(goType(type), before, after);
  return layOut(difference(node, { side: undefined, naming: 'always', detail: 3 }));
}

function difference(node: DiffNode, look: Look): TextNode {
  const own: Look = { ...look, detail: look.side === ' ' ? 1 : Math.max(3, look.detail) };
  const { type } = node;
  if (node.depth === 0) {
    if (own.side === '-') return value(type, node.before, own);
    if (own.side === '+') return value(type, node.after, own);
    const [one, other] = [value(type, node.before, own), value(type, node.after, own)];
    return lengthOf(one) < lengthOf(other) ? one : other;
  }
  const [first] = node.records;
  if (type.kind === 'pointer' && first !== undefined)
    return { prefix: '&', value: difference(first.node, own), suffix: '' };
  return typed(type, { prefix: '{', value: records(node, own), suffix: '}' }, own);
}

function typed(type: GoType, text: TextNode, { naming, side }: Look): TextNode {
  if (naming === 'never') return text;
  if (naming === 'composites') {
    const composite = type.kind === 'struct' || type.kind === 'slice' || type.kind === 'map';
    if (side === ' ' || !composite || text === 'nil') return text;
  }
  return typeof text === 'string' || isList(text) || text.prefix !== '{'
    ? { prefix: `${type.name}(`, value: text, suffix: ')' }
    : { prefix: type.name, value: text, suffix: '' };
}

function records(node: DiffNode, look: Look): readonly TextRecord[] {
  const { type } = node;
  const most = look.side === ' ' ? ((1 << look.detail) >> 1) << 2 : (1 << look.detail) << 1;
  const inner: Look = {
    ...look,
    naming: type.kind === 'struct' ? 'composites' : 'never',
    detail: Math.max(0, look.detail - 1),
  };
  const keyed = ({ key }: DiffRecord) =>
    type.kind === 'map' ? { key: mapKey(type.key, key) } : key === '' ? {} : { key };
  if (look.side !== undefined) {
    const shown = node.records.filter(
      ({ node: one }) =>
        type.kind !== 'struct' || !isZero(one.type, look.side === '+' ? one.after : one.before),
    );
    const list: TextRecord[] = shown
      .slice(0, most)
      .map((one) => ({ ...keyed(one), value: difference(one.node, inner) }));
    return shown.length > most ? [...list, dots()] : list;
  }
  return changes(node, most, inner, keyed);
}

const nouns = { struct: 'field', slice: 'element', map: 'entry', pointer: '', basic: '' };

/** What changed, with two neighbours on each side; the rest is counted. */
function changes(
  node: DiffNode,
  most: number,
  look: Look,
  keyed: (record: DiffRecord) => { readonly key?: string },
): readonly TextRecord[] {
  const list: TextRecord[] = [];
  const groups = grouped(node.records);
  let told = 0;
  for (const [i, group] of groups.entries()) {
    if (told >= most) {
      const rest = groups.slice(i).flat();
      list.push(dots(counted(rest, nouns[node.type.kind])));
      break;
    }
    if (group.every((one) => one.node.different === 0)) {
      const head = i === 0 ? 0 : Math.min(neighbours, group.length);
      let tail = i === groups.length - 1 ? 0 : Math.min(neighbours, group.length - head);
      if (group.length - head - tail === 1) tail += 1;
      const same = (one: DiffRecord) => ({
        ...keyed(one),
        value: difference(one.node, { ...look, side: ' ' }),
      });
      const hidden = group.slice(head, group.length - tail);
      list.push(...group.slice(0, head).map(same));
      if (hidden.length > 0) list.push(dots(counted(hidden, nouns[node.type.kind])));
      list.push(...group.slice(group.length - tail).map(same));
      continue;
    }
    for (const one of group) list.push(...changed(one, look, keyed(one)));
    told += group.length;
  }
  return list;
}

/** A single thing that changed is told as a whole, before and after; else only what changed inside. */
function changed({ node }: DiffRecord, look: Look, keyed: { readonly key?: string }): readonly TextRecord[] {
  if (node.children !== node.depth) return [{ ...keyed, value: difference(node, look) }];
  const list: TextRecord[] = [];
  if (node.before !== absent)
    list.push({ mark: '-', ...keyed, value: difference(node, { ...look, side: '-' }) });
  if (node.after !== absent)
    list.push({ mark: '+', ...keyed, value: difference(node, { ...look, side: '+' }) });
  return list;
}

const dots = (comment?: string): TextRecord => ({
  value: '...',
  dots: true,
  ...(comment === undefined ? {} : { comment }),
});

function grouped(all: readonly DiffRecord[]): DiffRecord[][] {
  const groups: DiffRecord[][] = [];
  let same: boolean | undefined;
  for (const one of all) {
    if (same !== (one.node.different === 0)) groups.push([]);
    same = one.node.different === 0;
    groups.at(-1)?.push(one);
  }
  return groups;
}

/** `5 identical fields`, `1 removed and 2 modified entries`. */
function counted(all: readonly DiffRecord[], noun: string): string {
  const kinds = { identical: 0, removed: 0, inserted: 0, modified: 0 };
  for (const { node } of all) {
    if (node.different === 0) kinds.identical++;
    else if (node.after === absent) kinds.removed++;
    else if (node.before === absent) kinds.inserted++;
    else kinds.modified++;
  }
  const parts = Object.entries(kinds).flatMap(([kind, count]) => (count === 0 ? [] : [`${count} ${kind}`]));
  const last = parts.pop() ?? '';
  const list = parts.length < 2 ? [...parts, last].join(' and ') : `${parts.join(', ')}, and ${last}`;
  return `${list} ${all.length === 1 ? noun : noun.replace(/y$/, 'ie').concat('s')}`;
}

/** Names of resources have a method that makes text of them. */
const mapKey = (type: string, key: string) => `${type === 'ResourceName' ? 's' : ''}${goText(key)}`;

/** One value by itself. Mirrors FormatValue of cmp/report_reflect.go. */
function value(type: GoType, given: unknown, look: Look): TextNode {
  if (type.kind === 'pointer') {
    if (given === undefined || given === null) return 'nil';
    return { prefix: '&', value: value(type.of, given, look), suffix: '' };
  }
  return typed(type, bare(type, given, look), look);
}

function bare(type: GoType, given: unknown, look: Look): TextNode {
  const most = ((1 << look.detail) >> 1) << 2;
  const inner: Look = { ...look, naming: 'never', detail: Math.max(0, look.detail - 1) };
  const wrapped = (list: readonly TextRecord[]): TextNode => ({
    prefix: '{',
    value: list.length > most ? [...list.slice(0, most), dots()] : list,
    suffix: '}',
  });
  if (type.kind === 'basic') return basic(type.name, given, look.detail);
  if (type.name === 'resource.Quantity') return wrapped(quantity(String(given ?? '0'), inner));
  if (type.kind === 'struct')
    return wrapped(
      fieldsOf(type.bare).flatMap((field) => {
        const own = fieldValue(given, field);
        if (isZero(field.type, own)) return [];
        return [{ key: field.name, value: value(field.type, own, { ...inner, naming: 'composites' }) }];
      }),
    );
  if (isZero(type, given)) return 'nil';
  if (type.kind === 'slice')
    return wrapped((given as unknown[]).map((one) => ({ value: value(type.of, one, inner) })));
  if (type.kind !== 'map') return 'nil';
  return wrapped(
    Object.entries(given as object)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, one]) => ({ key: mapKey(type.key, key), value: value(type.of, one, inner) })),
  );
}

function basic(type: string, given: unknown, detail: number): string {
  if (typeof given === 'boolean' || type === 'bool') return String(given ?? false);
  if (typeof given === 'number' || type.startsWith('int')) return String(given ?? 0);
  const text = String(given ?? '');
  const longest = (1 << detail) << 5;
  return text.length > longest + 3 ? `${goText(text.slice(0, longest))}...` : goText(text);
}

/** In quotes, or between backticks where quotes would need escapes. */
function goText(text: string): string {
  const quoted = goQuote(text);
  if (quoted.length === text.length + 2 || /[`\n]|[^\P{C}\t]/u.test(text)) return quoted;
  return `\`${text}\``;
}

/** What a quantity remembers: its number, its text and its family. */
function quantity(text: string, look: Look): readonly TextRecord[] {
  const { unscaled, scale, format } = parseQuantity(text);
  const number = [
    ...(unscaled === 0n ? [] : [{ key: 'value', value: String(unscaled) }]),
    ...(scale === 0 ? [] : [{ key: 'scale', value: String(scale) }]),
  ];
  const most = ((1 << look.detail) >> 1) << 2;
  const amount: TextNode = {
    prefix: look.side === ' ' ? '{' : 'resource.int64Amount{',
    value: number.length > most ? [dots()] : number,
    suffix: '}',
  };
  return [
    ...(number.length === 0 ? [] : [{ key: 'i', value: amount }]),
    { key: 's', value: goText(text) },
    { key: 'Format', value: goText(format) },
  ];
}
