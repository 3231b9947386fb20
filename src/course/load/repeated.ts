import type { Problem } from './problem.ts';
import type { YamlFile } from './yamlFile.ts';

/** Ids written more than once in the same place; each repetition points at the first. */
export function repeated(
  entries: readonly { readonly id: string; readonly path: readonly PropertyKey[] }[],
  yaml: YamlFile,
  rule: string,
): readonly Problem[] {
  const first = new Map<string, readonly PropertyKey[]>();
  return entries.flatMap(({ id, path }) => {
    const earlier = first.get(id);
    if (earlier === undefined) {
      first.set(id, path);
      return [];
    }
    return [
      {
        file: yaml.file,
        ...yaml.position(path),
        rule,
        message: `El id \`${id}\` ya está usado en la línea ${yaml.position(earlier).line}.`,
        remedy: 'Cambia uno de los dos.',
      },
    ];
  });
}
