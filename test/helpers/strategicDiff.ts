import { equalJson } from '../../src/kube/object.ts';
import { isDict, type Value, type ValueDict } from '../../src/kube/patch/dict.ts';
import { metaOfList, metaOfStruct } from '../../src/kube/patch/patch-meta.ts';
import type { Schema } from '../../src/kube/schema/schema.ts';

/** The strategic merge patch that turns `from` into `to`, as kubectl makes one: deletions by directive, order told. */
export function strategicDiff(schema: Schema, from: ValueDict, to: ValueDict): ValueDict {
  const patch: ValueDict = {};
  for (const key of Object.keys(from)) if (!Object.hasOwn(to, key)) patch[key] = null;
  for (const key of Object.keys(to)) {
    const before = from[key];
    const after = to[key] ?? null;
    if (equalJson(before, after)) continue;
    if (isDict(before) && isDict(after)) {
      const inner = schema.kind === 'map' ? schema.values : metaOfStruct(schema, key).schema;
      patch[key] = strategicDiff(inner, before, after);
    } else if (Array.isArray(before) && Array.isArray(after) && schema.kind === 'struct')
      Object.assign(patch, listDiff(schema, key, before, after));
    else patch[key] = after;
  }
  return patch;
}

function listDiff(schema: Schema, name: string, before: Value[], after: Value[]): ValueDict {
  const { strategy, mergeKey, schema: items } = metaOfList(schema, name);
  if (strategy !== 'merge') return { [name]: after };
  if (mergeKey === '') {
    const gone = before.filter((item) => !after.includes(item));
    const added = after.filter((item) => !before.includes(item));
    return {
      [`$setElementOrder/${name}`]: after,
      ...(added.length === 0 ? {} : { [name]: added }),
      ...(gone.length === 0 ? {} : { [`$deleteFromPrimitiveList/${name}`]: gone }),
    };
  }
  const keyOf = (item: Value) => (isDict(item) ? item[mergeKey] : undefined);
  const changes: Value[] = [];
  for (const item of after) {
    const old = before.find((one) => keyOf(one) === keyOf(item));
    if (!isDict(item) || equalJson(old, item)) continue;
    const inner = isDict(old) ? strategicDiff(items, old, item) : item;
    changes.push({ ...inner, [mergeKey]: keyOf(item) ?? null });
  }
  for (const item of before)
    if (!after.some((one) => keyOf(one) === keyOf(item)))
      changes.push({ [mergeKey]: keyOf(item) ?? null, $patch: 'delete' });
  return {
    ...(changes.length === 0 ? {} : { [name]: changes }),
    [`$setElementOrder/${name}`]: after.map((item) => ({ [mergeKey]: keyOf(item) ?? null })),
  };
}
