/** Taking the whole terminal and giving it back as it was, whatever happens in between. */

const enterScreen = '\u001b[?1049h';
const hideCursor = '\u001b[?25l';
const home = '\u001b[H';
const wipe = '\u001b[2J';
/** Styles, mouse, focus and paste modes, cursor, main screen: undoing what is not on does no harm. */
const restore =
  '\u001b[0m\u001b[?1000l\u001b[?1002l\u001b[?1003l\u001b[?1004l\u001b[?1006l\u001b[?2004l\u001b[?25h\u001b[?1049l';

export interface Terminal {
  /** Alternate screen, cursor hidden and at the top, keys one by one. `lines`, if any, are painted at once. */
  take(lines?: readonly string[]): void;
  /** Writes a whole screen over what there is, and leaves the cursor at the top. */
  paint(lines: readonly string[]): void;
  /** Everything as it was. Idempotent; synchronous, so that it also works while the process dies. */
  giveBack(): void;
  /** Empties the screen and puts the cursor at the top: whoever draws next starts from nothing. */
  wipe(): void;
  readonly taken: boolean;
}

export interface TerminalStreams {
  readonly stdin: NodeJS.ReadStream;
  readonly stdout: NodeJS.WriteStream;
}

/** `fullScreen` false (linear mode) touches neither the screen nor the cursor, only how keys arrive. */
export function openTerminal({ stdin, stdout }: TerminalStreams, fullScreen: boolean): Terminal {
  let taken = false;
  return {
    get taken() {
      return taken;
    },
    take(lines) {
      taken = true;
      setRaw(stdin, true);
      if (!fullScreen) return;
      write(stdout, enterScreen + hideCursor + home + (lines ? painted(lines) : wipe));
    },
    paint: (lines) => write(stdout, home + painted(lines)),
    giveBack() {
      if (!taken) return;
      taken = false;
      if (fullScreen) write(stdout, restore);
      else write(stdout, '\u001b[?2004l\u001b[?25h');
      setRaw(stdin, false);
    },
    wipe() {
      if (fullScreen) write(stdout, wipe + home);
    },
  };
}

function painted(lines: readonly string[]): string {
  return lines.map((line) => `\u001b[K${line}`).join('\r\n') + home;
}

/** A terminal that has gone away cannot be restored, and is no reason to fail on the way out. */
function write(stdout: NodeJS.WriteStream, text: string): void {
  try {
    stdout.write(text);
  } catch {
    // Closed: nothing to do.
  }
}

function setRaw(stdin: NodeJS.ReadStream, raw: boolean): void {
  try {
    if (stdin.isTTY) stdin.setRawMode(raw);
  } catch {
    // Closed: nothing to do.
  }
}

/**
 * News of a new size go to whoever has the terminal: while that is another program, Node keeps the old one. This makes
 * it look again, at once; a size that did change is announced as any other.
 */
export function measureAgain(): void {
  process.emit('SIGWINCH', 'SIGWINCH');
}

/** Size of the terminal; 80×24 when it does not say. */
export function sizeOf(stdout: NodeJS.WriteStream): { readonly columns: number; readonly rows: number } {
  return { columns: stdout.columns || 80, rows: stdout.rows || 24 };
}
