import type { LabelSelector } from './api/meta-v1.ts';
import { GoText, goQuote } from './field-error.ts';

/**
 * How Go's `%#v` prints values inside upstream's messages: `[]string{"a"}`, `map[string]string(nil)`,
 * `core.ServicePort{Name:"", …}`. Only what upstream shows in refusals.
 */

/** `[]string{"a", "b"}`, `[]string(nil)`; `type` names another string type: `core.IPFamily`. */
export function goStrings(values: readonly string[] | undefined | null, type = 'string'): GoText {
  if (values === undefined || values === null) return new GoText(`[]${type}(nil)`);
  return new GoText(`[]${type}{${values.map(goQuote).join(', ')}}`);
}

/** `map[string]string{"a":"1"}`, keys sorted as Go sorts them. */
export function goStringMap(map: { readonly [key: string]: string } | undefined | null): GoText {
  if (map === undefined || map === null) return new GoText('map[string]string(nil)');
  const pairs = Object.keys(map)
    .sort()
    .map((key) => `${goQuote(key)}:${goQuote(map[key] ?? '')}`);
  return new GoText(`map[string]string{${pairs.join(', ')}}`);
}

/** `core.Taint{Key:"a", Effect:"b"}`: texts are quoted, GoText and numbers go in as they are. */
export function goStruct(
  type: string,
  fields: readonly (readonly [name: string, value: GoText | string | number | boolean])[],
): GoText {
  const show = (value: GoText | string | number | boolean) =>
    value instanceof GoText ? value.text : typeof value === 'string' ? goQuote(value) : String(value);
  return new GoText(`${type}{${fields.map(([name, value]) => `${name}:${show(value)}`).join(', ')}}`);
}

/** `[]core.Taint{core.Taint{…}}` */
export function goSlice(type: string, items: readonly GoText[] | undefined): GoText {
  if (items === undefined) return new GoText(`[]${type}(nil)`);
  return new GoText(`[]${type}{${items.map((item) => item.text).join(', ')}}`);
}

/** A pointer: its address is of no use to anybody, but upstream prints one. */
export function goPointer(type: string, set: boolean): GoText {
  return new GoText(set ? `(*${type})(0xc000000000)` : `(*${type})(nil)`);
}

export function goLabelSelector(selector: LabelSelector): GoText {
  const requirements = selector.matchExpressions?.map((expression) =>
    goStruct('v1.LabelSelectorRequirement', [
      ['Key', expression.key],
      ['Operator', expression.operator],
      ['Values', goStrings(expression.values)],
    ]),
  );
  return goStruct('v1.LabelSelector', [
    ['MatchLabels', goStringMap(selector.matchLabels)],
    ['MatchExpressions', goSlice('v1.LabelSelectorRequirement', requirements)],
  ]);
}
