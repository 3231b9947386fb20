import { stringify } from 'yaml';

/** YAML as sigs.k8s.io/yaml prints it: keys sorted, lists not indented, long texts folded, ambiguous texts quoted. */
export function printYaml(value: unknown): string {
  return stringify(value, {
    sortMapEntries: (a, b) => {
      const left = String(a.key);
      const right = String(b.key);
      return left < right ? -1 : left > right ? 1 : 0;
    },
    indentSeq: false,
    lineWidth: 80,
    aliasDuplicateObjects: false,
    version: '1.1',
    nullStr: 'null',
    defaultStringType: 'PLAIN',
    singleQuote: null,
  });
}
