/**
 * YAML as the API server and kubectl print it (sigs.k8s.io/yaml over go-yaml v2): keys sorted, lists not indented, texts
 * that would read as something else in double quotes, long lines folded at the first space after column 80.
 */

const bestWidth = 80;

/** `value` is JSON. */
export function printYaml(value: unknown): string {
  const writer = new Writer();
  writer.value(value, -2, false);
  return `${writer.text.replace(/^\n/, '')}\n`;
}

class Writer {
  text = '';
  #column = 0;

  #put(text: string): void {
    this.text += text;
    const line = text.lastIndexOf('\n');
    this.#column = line < 0 ? this.#column + text.length : text.length - line - 1;
  }

  #newLine(indent: number): void {
    this.#put(`\n${' '.repeat(Math.max(0, indent))}`);
  }

  /** `indent`: of the container. `afterDash`: the first key goes on the line of its `- `. */
  value(value: unknown, indent: number, afterDash: boolean): void {
    if (Array.isArray(value)) this.#list(value, indent, afterDash);
    else if (typeof value === 'object' && value !== null)
      this.#map(value as { readonly [key: string]: unknown }, indent, afterDash);
    else {
      if (indent >= 0 && !afterDash) this.#put(' ');
      this.#scalar(value, Math.max(0, indent + 2));
    }
  }

  #map(map: { readonly [key: string]: unknown }, indent: number, afterDash: boolean): void {
    const keys = Object.keys(map)
      .filter((key) => map[key] !== undefined)
      .sort(compareKeys);
    if (keys.length === 0) {
      this.#put(indent < 0 || afterDash ? '{}' : ' {}');
      return;
    }
    const own = indent + 2;
    for (const [i, key] of keys.entries()) {
      if (i > 0 || !afterDash) this.#newLine(own);
      this.#scalar(key, own, true);
      this.#put(':');
      const item = map[key];
      // A list under a key is not indented.
      this.value(item, own, false);
    }
  }

  #list(list: readonly unknown[], indent: number, afterDash: boolean): void {
    if (list.length === 0) {
      this.#put(indent < 0 || afterDash ? '[]' : ' []');
      return;
    }
    const own = afterDash ? indent + 2 : Math.max(0, indent);
    for (const [i, item] of list.entries()) {
      if (i > 0 || !afterDash) this.#newLine(own);
      this.#put('- ');
      this.value(item, own, true);
    }
  }

  #scalar(value: unknown, indent: number, isKey = false): void {
    if (typeof value !== 'string') {
      this.#put(typeof value === 'number' ? printNumber(value) : String(value));
      return;
    }
    if (readsAsOther(value)) this.#doubleQuoted(value, indent, isKey);
    else if (value.includes('\n') && !isKey && canBeLiteral(value)) this.#literal(value, indent);
    else if (canBePlain(value)) this.#folded(value, indent, isKey, false);
    else if (canBeSingleQuoted(value)) {
      this.#put("'");
      this.#folded(value.replaceAll("'", "''"), indent, isKey, true);
      this.#put("'");
    } else this.#doubleQuoted(value, indent, isKey);
  }

  #folded(value: string, indent: number, isKey: boolean, quoted: boolean): void {
    for (let i = 0; i < value.length; i++) {
      const c = value.charAt(i);
      const alone = c === ' ' && value[i + 1] !== ' ' && value[i - 1] !== ' ';
      const inside = !quoted || (i > 0 && i < value.length - 1);
      if (!isKey && alone && inside && this.#column > bestWidth) this.#newLine(indent);
      else this.#put(c);
    }
  }

  #doubleQuoted(value: string, indent: number, isKey: boolean): void {
    this.#put('"');
    const characters = [...value];
    for (const [i, c] of characters.entries()) {
      const inside = i > 0 && i < characters.length - 1;
      if (c === ' ' && !isKey && inside && characters[i - 1] !== ' ' && this.#column > bestWidth) {
        this.#newLine(indent);
        if (characters[i + 1] === ' ') this.#put('\\');
      } else this.#put(escaped(c));
    }
    this.#put('"');
  }

  #literal(value: string, indent: number): void {
    const hint = /^[ \n]/.test(value) ? '2' : '';
    const chomp = value.endsWith('\n') ? (value.endsWith('\n\n') || value === '\n' ? '+' : '') : '-';
    this.#put(`|${hint}${chomp}`);
    const lines = (value.endsWith('\n') ? value.slice(0, -1) : value).split('\n');
    for (const line of lines) {
      if (line === '') this.#put('\n');
      else {
        this.#newLine(indent);
        this.#put(line);
      }
    }
  }
}

/** go-yaml sorts keys by runs of digits and letters; among JSON's field names that is the order of their texts. */
function compareKeys(a: string, b: string): number {
  const left = a.split(/(\d+)/);
  const right = b.split(/(\d+)/);
  for (let i = 0; i < Math.min(left.length, right.length); i++) {
    const x = left[i] ?? '';
    const y = right[i] ?? '';
    if (x === y) continue;
    if (i % 2 === 1 && Number(x) !== Number(y)) return Number(x) - Number(y);
    return compareLetters(x, y);
  }
  return left.length - right.length;
}

/** Letters come after everything else. */
function compareLetters(x: string, y: string): number {
  for (let i = 0; i < Math.min(x.length, y.length); i++) {
    const a = x.charAt(i);
    const b = y.charAt(i);
    if (a === b) continue;
    const letterA = /\p{L}/u.test(a);
    if (letterA !== /\p{L}/u.test(b)) return letterA ? 1 : -1;
    return a < b ? -1 : 1;
  }
  return x.length - y.length;
}

function printNumber(value: number): string {
  if (Number.isInteger(value) && Math.abs(value) < 1e21) return String(value);
  return String(value).replace(/e([+-]?)(\d)$/, 'e$10$2');
}

const words =
  /^(?:~|null|Null|NULL|<<|[yYnN]|yes|Yes|YES|no|No|NO|on|On|ON|off|Off|OFF|true|True|TRUE|false|False|FALSE|\.nan|\.NaN|\.NAN|[-+]?\.inf|[-+]?\.Inf|[-+]?\.INF)$/;
const numbers =
  /^(?:[-+]?(?:0b[01_]+|0o?[0-7_]+|0x[\da-fA-F_]+|[\d_]+|(?:\d[\d_]*)?\.?[\d_]+(?:[eE][-+]?\d+)?|\d[\d_]*\.[\d_]*(?:[eE][-+]?\d+)?))$/;
const base60 = /^[-+]?\d[\d_]*(?::[0-5]?\d)+(?:\.[\d_]*)?$/;
const timestamps = /^\d{4}-\d{1,2}-\d{1,2}(?:[Tt ]\s*\d{1,2}:\d{1,2}:\d{1,2}.*)?$/;

/** Whether a reader would take the plain text for a number, a boolean, null or a time. */
function readsAsOther(value: string): boolean {
  if (value === '') return true;
  if (words.test(value) || base60.test(value) || timestamps.test(value)) return true;
  return /\d/.test(value) && numbers.test(value);
}

const special = /[\u0000-\u0008\u000b-\u001f\u007f-\u0084\u0086-\u009f\ufeff\ud800-\udfff]/;

function canBePlain(value: string): boolean {
  if (/^[\s]|[\s]$/.test(value) || /[\n\t]/.test(value) || special.test(value)) return false;
  if (/^[#,[\]{}&*!|>'"%@`]/.test(value) || /^---|^\.\.\./.test(value)) return false;
  if (/^[-?:](?:\s|$)/.test(value)) return false;
  return !/:(?:\s|$)/.test(value) && !/\s#/.test(value);
}

function canBeSingleQuoted(value: string): boolean {
  return !special.test(value) && !/[\n\t]/.test(value);
}

function canBeLiteral(value: string): boolean {
  return !special.test(value) && !/ \n/.test(value) && !/^\n*$/.test(value) && !value.includes('\t\n');
}

const escapes: { readonly [c: string]: string } = {
  '"': '\\"',
  '\\': '\\\\',
  '\n': '\\n',
  '\t': '\\t',
  '\r': '\\r',
  '\u0000': '\\0',
  '\u0007': '\\a',
  '\b': '\\b',
  '\u000b': '\\v',
  '\f': '\\f',
  '\u001b': '\\e',
  '\u0085': '\\N',
};

function escaped(c: string): string {
  const short = escapes[c];
  if (short !== undefined) return short;
  const code = c.codePointAt(0) ?? 0;
  if (code < 0x20 || (code >= 0x7f && code < 0xa0))
    return `\\x${code.toString(16).toUpperCase().padStart(2, '0')}`;
  if (code === 0xfeff) return '\\uFEFF';
  return c;
}
