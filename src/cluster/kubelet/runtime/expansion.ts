/**
 * Replaces `$(NAME)` by what `lookup` says; `$$` is one `$`, and what is not known stays as it is. Mirrors
 * third_party/forked/golang/expansion.
 */
export function expand(input: string, lookup: (name: string) => string | undefined): string {
  let out = '';
  let from = 0;
  for (let at = 0; at < input.length; at++) {
    if (input[at] !== '$' || at + 1 >= input.length) continue;
    out += input.slice(from, at);
    const next = input[at + 1];
    if (next === '(') {
      const end = input.indexOf(')', at + 2);
      if (end < 0) {
        out += '$(';
        at += 1;
      } else {
        const name = input.slice(at + 2, end);
        out += lookup(name) ?? `$(${name})`;
        at = end;
      }
    } else if (next === '$') {
      out += '$';
      at += 1;
    } else {
      out += `$${next}`;
      at += 1;
    }
    from = at + 1;
  }
  return out + input.slice(from);
}
