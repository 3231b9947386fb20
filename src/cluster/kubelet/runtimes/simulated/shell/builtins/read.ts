import { concat, incompleteTail, toText } from '../../process/bytes.ts';
import { ShellFailure, type ShellHost } from '../host.ts';

interface How {
  raw: boolean;
  silent: boolean;
  prompt: string;
  timeoutMs: number | undefined;
  count: number | undefined;
  delimiter: string;
  fd: number;
  names: string[];
}

/** `read [-rs] [-p text] [-t seconds] [-n count] [-d char] [-u fd] name…` */
export async function read(shell: ShellHost, args: readonly string[]): Promise<number> {
  const how = options(args);
  if (typeof how === 'string') {
    await shell.complain(`read: ${how}`);
    throw new ShellFailure(2);
  }
  const { sys } = shell;
  const terminal = sys.tty(how.fd);
  if (how.prompt !== '' && terminal !== undefined) await sys.err(how.prompt);
  if (terminal !== undefined && how.silent) terminal.echo = false;
  try {
    const line = await take(shell, how);
    assign(shell, how, line.text, line.escaped);
    return line.status;
  } finally {
    if (terminal !== undefined && how.silent) terminal.echo = true;
  }
}

function options(args: readonly string[]): How | string {
  const how: How = {
    raw: false,
    silent: false,
    prompt: '',
    timeoutMs: undefined,
    count: undefined,
    delimiter: '\n',
    fd: 0,
    names: [],
  };
  const rest = args.slice(1);
  while (/^-./.test(rest[0] ?? '')) {
    const arg = rest.shift() ?? '';
    if (arg === '--') break;
    for (let at = 1; at < arg.length; at++) {
      const letter = arg[at] ?? '';
      if (letter === 'r') how.raw = true;
      else if (letter === 's') how.silent = true;
      else if ('ptnNdu'.includes(letter)) {
        const value = arg.slice(at + 1) || rest.shift();
        if (value === undefined) return `-${letter} requires an argument`;
        if (letter === 'p') how.prompt = value;
        else if (letter === 't') how.timeoutMs = Number(value) * 1000;
        else if (letter === 'd') how.delimiter = value.slice(0, 1) || '\0';
        else if (letter === 'u') how.fd = Number(value);
        else how.count = Number(value);
        break;
      } else return `illegal option -${letter}`;
    }
  }
  how.names = rest;
  const wrong = rest.find((name) => !/^[A-Za-z_]\w*$/.test(name));
  return wrong === undefined ? how : `${wrong}: bad variable name`;
}

/** Byte by byte: what comes after the line belongs to others. `escaped` marks characters after a backslash. */
async function take(
  shell: ShellHost,
  how: How,
): Promise<{ readonly text: string; readonly escaped: readonly boolean[]; readonly status: number }> {
  const { sys } = shell;
  let text = '';
  const escaped: boolean[] = [];
  let pending: Uint8Array[] = [];
  let afterBackslash = false;
  const untilMs = how.timeoutMs === undefined ? undefined : sys.now() + how.timeoutMs;
  for (;;) {
    if (!sys.hasFd(how.fd)) return { text, escaped, status: 1 };
    const byte = await oneByte(shell, how.fd, untilMs);
    if (byte === 'late') return { text, escaped, status: 142 };
    if (byte.byteLength === 0) return { text, escaped, status: 1 };
    pending.push(byte);
    const bytes = concat(pending);
    if (incompleteTail(bytes) > 0) continue;
    const char = toText(bytes);
    pending = [];
    if (char === '\0') continue;
    if (afterBackslash) {
      afterBackslash = false;
      if (char === '\n') continue;
      text += char;
      escaped.push(...Array<boolean>(char.length).fill(true));
    } else if (char === how.delimiter) return { text, escaped, status: 0 };
    else if (char === '\\' && !how.raw) afterBackslash = true;
    else {
      text += char;
      escaped.push(...Array<boolean>(char.length).fill(false));
    }
    if (how.count !== undefined && text.length >= how.count) return { text, escaped, status: 0 };
  }
}

function oneByte(
  shell: ShellHost,
  fd: number,
  untilMs: number | undefined,
): Promise<Uint8Array | 'late'> | Uint8Array {
  const { sys } = shell;
  const bytes = sys.read(fd, 1);
  if (bytes instanceof Uint8Array || untilMs === undefined) return bytes;
  return Promise.race([bytes, sys.sleep(Math.max(0, untilMs - sys.now())).then(() => 'late' as const)]);
}

function assign(shell: ShellHost, how: How, text: string, escaped: readonly boolean[]): void {
  const { state } = shell;
  const separators = state.get('IFS') ?? ' \t\n';
  const isSpace = (at: number) =>
    escaped[at] !== true && /[ \t\n]/.test(text[at] ?? '') && separators.includes(text[at] ?? '');
  const isSeparator = (at: number) =>
    escaped[at] !== true && separators.includes(text[at] ?? '') && text[at] !== undefined;
  if (how.names.length === 0) {
    state.set('REPLY', text);
    return;
  }
  let at = 0;
  while (at < text.length && isSpace(at)) at++;
  for (const [index, name] of how.names.entries()) {
    if (index === how.names.length - 1) {
      let end = text.length;
      while (end > at && isSpace(end - 1)) end--;
      // A single separator at the very end belongs to nobody.
      const only = [...Array(end - at).keys()].filter((n) => isSeparator(at + n));
      if (only.length === 1 && only[0] === end - at - 1 && !isSpace(end - 1)) end--;
      state.set(name, text.slice(at, end));
      return;
    }
    const from = at;
    while (at < text.length && !isSeparator(at)) at++;
    state.set(name, text.slice(from, at));
    while (at < text.length && isSpace(at)) at++;
    if (at < text.length && isSeparator(at)) {
      at++;
      while (at < text.length && isSpace(at)) at++;
    }
  }
}
