import { type IPty, spawn } from '@lydell/node-pty';
import xterm from '@xterm/headless';

/** A program in a terminal of its own: keys in, screen out, as a person has them. */
export interface TestTerminal {
  readonly pid: number;
  /** The screen as text, one string per row, without trailing spaces. */
  screen(): readonly string[];
  /** Every byte the program wrote. */
  output(): string;
  press(keys: string): void;
  resize(columns: number, rows: number): void;
  /** Resolves with the screen as soon as `seen` holds; rejects with the screen when it does not in time. */
  waitFor(seen: string | RegExp | ((screen: string) => boolean), timeoutMs?: number): Promise<string>;
  /** Resolves when the program has ended. */
  exited: Promise<{ readonly exitCode: number; readonly signal: number }>;
  /** Modes as the emulator holds them. */
  modes(): {
    readonly alternate: boolean;
    readonly bracketedPaste: boolean;
    readonly mouse: string;
    readonly cursorHidden: boolean;
  };
  kill(signal?: string): void;
}

export interface TerminalOptions {
  readonly columns?: number;
  readonly rows?: number;
  readonly cwd?: string;
  readonly env?: { readonly [name: string]: string };
}

export const keys = {
  up: '\u001b[A',
  down: '\u001b[B',
  right: '\u001b[C',
  left: '\u001b[D',
  enter: '\r',
  escape: '\u001b',
  tab: '\t',
  backspace: '\u007f',
  pageDown: '\u001b[6~',
  ctrlC: '\u0003',
  ctrlZ: '\u001a',
} as const;

export function openTestTerminal(
  program: string,
  args: readonly string[],
  { columns = 80, rows = 24, cwd = process.cwd(), env = {} }: TerminalOptions = {},
): TestTerminal {
  const emulator = new xterm.Terminal({ cols: columns, rows, allowProposedApi: true, scrollback: 200 });
  const pty: IPty = spawn(program, [...args], {
    name: env['TERM'] ?? 'xterm-256color',
    cols: columns,
    rows,
    cwd,
    env: {
      PATH: process.env['PATH'] ?? '',
      HOME: process.env['HOME'] ?? '/',
      LANG: 'C.UTF-8',
      TERM: 'xterm-256color',
      ...env,
    },
  });
  let output = '';
  let cursorHidden = false;
  const watchers = new Set<() => void>();
  const notify = () => {
    for (const watcher of [...watchers]) watcher();
  };
  pty.onData((data) => {
    output += data;
    for (const match of data.matchAll(/\u001b\[\?25([hl])/g)) cursorHidden = match[1] === 'l';
    emulator.write(data, notify);
  });
  // The emulator answers what programs ask of a terminal.
  emulator.onData((reply) => pty.write(reply));
  const exited = new Promise<{ exitCode: number; signal: number }>((resolve) => {
    pty.onExit(({ exitCode, signal }) => {
      emulator.write('', notify);
      resolve({ exitCode, signal: signal ?? 0 });
    });
  });
  const screen = () => {
    const { active } = emulator.buffer;
    return Array.from(
      { length: emulator.rows },
      (_, row) => active.getLine(active.baseY + row)?.translateToString(true) ?? '',
    );
  };
  return {
    pid: pty.pid,
    screen,
    output: () => output,
    press: (text) => pty.write(text),
    resize(width, height) {
      emulator.resize(width, height);
      pty.resize(width, height);
    },
    waitFor(seen, timeoutMs = 60_000) {
      const holds = (text: string) =>
        typeof seen === 'string'
          ? text.includes(seen)
          : seen instanceof RegExp
            ? seen.test(text)
            : seen(text);
      return new Promise((resolve, reject) => {
        const look = () => {
          const text = screen().join('\n');
          if (!holds(text)) return false;
          watchers.delete(look);
          clearTimeout(timer);
          resolve(text);
          return true;
        };
        const timer = setTimeout(() => {
          watchers.delete(look);
          reject(
            new Error(`No apareció ${String(seen)} en ${timeoutMs} ms. La pantalla:\n${screen().join('\n')}`),
          );
        }, timeoutMs);
        if (!look()) watchers.add(look);
      });
    },
    exited,
    modes: () => ({
      alternate: emulator.buffer.active.type === 'alternate',
      bracketedPaste: emulator.modes.bracketedPasteMode,
      mouse: emulator.modes.mouseTrackingMode,
      cursorHidden,
    }),
    kill: (signal) => pty.kill(signal),
  };
}
