/**
 * Where Go's base64.StdEncoding stops understanding a text; undefined when all of it is fine. Line ends are skipped,
 * padding is compulsory.
 */
export function base64Corruption(text: string): number | undefined {
  const skip = (at: number): number => {
    let next = at;
    while (text[next] === '\n' || text[next] === '\r') next += 1;
    return next;
  };
  let at = 0;
  for (;;) {
    for (let i = 0; i < 4; i += 1) {
      at = skip(at);
      if (at >= text.length) return i === 0 ? undefined : at - i;
      const c = text.charCodeAt(at);
      at += 1;
      if (isDigit(c)) continue;
      if (c !== 61 || i < 2) return at - 1;
      if (i === 2) {
        at = skip(at);
        if (at >= text.length) return text.length;
        if (text[at] !== '=') return at - 1;
        at += 1;
      }
      at = skip(at);
      return at < text.length ? at : undefined;
    }
  }
}

function isDigit(c: number): boolean {
  return (c >= 65 && c <= 90) || (c >= 97 && c <= 122) || (c >= 48 && c <= 57) || c === 43 || c === 47;
}

/** With padding and without line ends, as Go prints it. */
export function canonicalBase64(text: string): string {
  return Buffer.from(text, 'base64').toString('base64');
}
