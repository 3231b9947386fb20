/**
 * What changed, for people: the names of the fields, old value and new. Upstream prints a Go diff whose blanks are random
 * on purpose, so that nobody depends on it.
 */
export function describeChange(type: string, before: object, after: object): string {
  const left = before as { readonly [key: string]: unknown };
  const right = after as { readonly [key: string]: unknown };
  const lines = [`  ${type}{`];
  for (const key of new Set([...Object.keys(left), ...Object.keys(right)])) {
    const old = JSON.stringify(left[key]);
    const now = JSON.stringify(right[key]);
    if (old === now) continue;
    const name = `${key.charAt(0).toUpperCase()}${key.slice(1)}`;
    lines.push(`- \t${name}: ${old ?? 'nil'},`, `+ \t${name}: ${now ?? 'nil'},`);
  }
  return [...lines, '  }', ''].join('\n');
}
