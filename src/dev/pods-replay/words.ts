/** The words of a command as a POSIX shell would hand them over; quotes and backslashes as the recordings write them. */
function wordsOf(line: string): string[] {
  const words: string[] = [];
  let word = '';
  let open = false;
  let quote: '"' | "'" | undefined;
  for (let at = 0; at < line.length; at++) {
    const char = line[at] ?? '';
    if (quote === undefined && char === ' ') {
      if (open) words.push(word);
      word = '';
      open = false;
      continue;
    }
    open = true;
    if (char === quote) quote = undefined;
    else if (quote === undefined && (char === '"' || char === "'")) quote = char;
    else if (
      char === '\\' &&
      quote !== "'" &&
      at + 1 < line.length &&
      (quote === undefined || /["\\]/.test(line[at + 1] ?? ''))
    ) {
      word += line[at + 1];
      at++;
    } else word += char;
  }
  if (open) words.push(word);
  return words;
}

export interface ParsedCommand {
  readonly verb: string;
  readonly args: readonly string[];
  /** After `--`. */
  readonly rest: readonly string[];
  flag(name: string): string | undefined;
}

const valued = new Set([
  'c',
  'p',
  'n',
  'l',
  'o',
  'image',
  'type',
  'subresource',
  'timeout',
  'target',
  'for',
  'grace-period',
]);

export function parseKubectl(line: string): ParsedCommand {
  const [, verb = '', ...words] = wordsOf(line);
  const flags = new Map<string, string>();
  const args: string[] = [];
  let rest: string[] = [];
  for (let at = 0; at < words.length; at++) {
    const word = words[at] ?? '';
    if (word === '--') {
      rest = words.slice(at + 1);
      break;
    }
    if (!word.startsWith('-') || word === '-') {
      args.push(word);
      continue;
    }
    const bare = word.replace(/^--?/, '');
    const equals = bare.indexOf('=');
    if (equals >= 0) flags.set(bare.slice(0, equals), bare.slice(equals + 1));
    else if (valued.has(bare)) flags.set(bare, words[++at] ?? '');
    else if (word.startsWith('--')) flags.set(bare, 'true');
    else for (const letter of bare) flags.set(letter, 'true');
  }
  return { verb, args, rest, flag: (name) => flags.get(name) };
}
