import type { Identity } from '../../../kube/transport.ts';

/** Tokens by their text. */
export type TokenTable = ReadonlyMap<string, Identity>;

export type TokenFile =
  | { readonly state: 'read'; readonly tokens: TokenTable }
  /** One Spanish sentence that names the line (from 1). */
  | { readonly state: 'damaged'; readonly why: string };

const maxTokens = 10_000;

/**
 * kube-apiserver's `--token-auth-file`: lines `token,user,uid,"group1,group2"`, as CSV; the groups may be missing.
 * Mirrors apiserver/pkg/authentication/token/tokenfile.
 */
export function parseTokenFile(text: string): TokenFile {
  const tokens = new Map<string, Identity>();
  const bad = (line: number, why: string): TokenFile => ({
    state: 'damaged',
    why: `línea ${line} del fichero de tokens: ${why}`,
  });
  for (const record of csvRecords(text.replace(/^\ufeff/, ''))) {
    if ('problem' in record) return bad(record.line, record.problem);
    const { line, fields } = record;
    if (fields.length < 3)
      return bad(line, `hacen falta al menos tres columnas (token, usuario, uid) y hay ${fields.length}`);
    const [token = '', name = '', uid = '', groups = ''] = fields;
    if (token === '') return bad(line, 'el token está vacío');
    if (/\s/.test(token)) return bad(line, 'el token lleva espacios');
    if (name === '') return bad(line, 'falta el nombre del usuario');
    if (tokens.has(token)) return bad(line, 'el token ya está en una línea anterior');
    if (tokens.size >= maxTokens) return bad(line, `hay más de ${maxTokens} tokens`);
    tokens.set(token, {
      name,
      ...(uid === '' ? {} : { uid }),
      groups: groups === '' ? [] : groups.split(','),
      via: 'Token',
    });
  }
  return { state: 'read', tokens };
}

type CsvRecord =
  | { readonly line: number; readonly fields: readonly string[] }
  | { readonly line: number; readonly problem: string };

/** RFC 4180 with leading blanks forgiven; empty lines and lines that begin with `#` are skipped. */
function* csvRecords(text: string): Generator<CsvRecord> {
  let at = 0;
  let line = 1;
  while (at < text.length) {
    const start = line;
    const end = lineEnd(text, at);
    const whole = text.slice(at, end).trim();
    if (whole === '' || whole.startsWith('#')) {
      at = end + 1;
      line += 1;
      continue;
    }
    const fields: string[] = [];
    let done = false;
    while (!done) {
      while (text[at] === ' ' || text[at] === '\t') at += 1;
      let value = '';
      if (text[at] === '"') {
        at += 1;
        for (;;) {
          const c = text[at];
          if (c === undefined) {
            yield { line: start, problem: 'unas comillas se abren y no se cierran' };
            return;
          }
          at += 1;
          if (c === '\n') line += 1;
          if (c !== '"') value += c;
          else if (text[at] === '"') {
            value += '"';
            at += 1;
          } else break;
        }
        const rest = text.slice(at, nextBreak(text, at)).trim();
        if (rest !== '') {
          yield { line, problem: 'hay texto detrás de las comillas que cierran' };
          return;
        }
      } else {
        value = text.slice(at, nextBreak(text, at)).trim();
        if (value.includes('"')) {
          yield { line, problem: 'hay unas comillas en medio de un valor sin comillas' };
          return;
        }
      }
      fields.push(value);
      at = nextBreak(text, at);
      done = text[at] !== ',';
      at += 1;
    }
    yield { line: start, fields };
    line += 1;
  }
}

function lineEnd(text: string, from: number): number {
  const end = text.indexOf('\n', from);
  return end < 0 ? text.length : end;
}

function nextBreak(text: string, from: number): number {
  const comma = text.indexOf(',', from);
  const end = lineEnd(text, from);
  return comma >= 0 && comma < end ? comma : end;
}
