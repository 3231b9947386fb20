import { afterIo } from '../base/clock.ts';
import { recordOf } from '../course/session/record.ts';
import { initialState, type SessionState } from '../course/session/state.ts';
import { answerEarly } from '../tui/early.ts';
import { isTooSmall, tooSmallLines } from '../tui/frame.ts';
import { KeySource } from '../tui/key-source.ts';
import type { Look } from '../tui/look.ts';
import { plainMarkdown } from '../tui/markdown-plain.ts';
import { homeLines } from '../tui/screens/home.ts';
import { asciiGlyphs, colourStyle, plainStyle, speaksUnicode, toAscii, unicodeGlyphs } from '../tui/style.ts';
import { onlyStyles } from '../tui/styled.ts';
import { openTerminal, sizeOf } from '../tui/terminal.ts';
import { texts } from '../tui/texts.ts';
import type { CommandSession, ExitCode } from './command.ts';
import { openCatalog, openProgress } from './course.ts';

/**
 * Opens the course in this terminal, which must be one. The home is painted and keys are read before the screens'
 * own code (Ink, Markdown, Docker) is loaded; it then takes over with the very same lines.
 */
export async function runTui(session: CommandSession): Promise<ExitCode> {
  const { env, platform, output } = session;
  const [catalog, loaded] = await Promise.all([openCatalog(session), openProgress(session).load()]);
  const initial: SessionState = {
    ...initialState(catalog.index, recordOf(loaded.progress, catalog.index), session.random.int(2 ** 31)),
    notice: loaded.notices[0] ?? '',
  };
  // A terminal that cannot move its cursor gets the screens one below the other.
  const linear = output.accessible || env['TERM'] === 'dumb';
  const ascii = !speaksUnicode(env, platform);
  const colour = !env['NO_COLOR'] && env['TERM'] !== 'dumb';
  const means = {
    style: colour && !linear ? colourStyle : plainStyle,
    glyphs: ascii ? asciiGlyphs : unicodeGlyphs,
    linear,
  };
  const terminal = openTerminal(process, !linear);
  const keys = new KeySource(process.stdin);
  const interruption = new AbortController();
  const signal = AbortSignal.any([session.signal, interruption.signal]);
  keys.onInterrupt = () => interruption.abort();
  keys.onGone = () => interruption.abort();
  // Whatever ends the process, the terminal is given back first.
  let takeDown = () => {};
  const giveBack = () => {
    takeDown();
    terminal.giveBack();
  };
  const ended = { by: '' };
  const onSignal = (name: NodeJS.Signals) => {
    ended.by = name;
    giveBack();
    interruption.abort();
  };
  process.on('exit', giveBack);
  process.prependListener('uncaughtException', giveBack);
  process.on('SIGTERM', onSignal);
  process.on('SIGHUP', onSignal);
  terminal.take(linear ? undefined : firstLines(initial, means, ascii));
  keys.listen();
  const settle = answerEarly(keys, initial, (state) => {
    if (!linear) terminal.paint(firstLines(state, means, ascii));
  });
  // A key that was already waiting is answered before the rest is loaded.
  await new Promise<void>(afterIo);
  await new Promise<void>(afterIo);
  try {
    const [{ runScreens }, { createTuiPorts }] = await Promise.all([
      import('../tui/run.tsx'),
      import('./tui-ports.ts'),
    ]);
    let close = async () => {};
    const last = await runScreens({
      initial: settle(),
      terminal,
      keys,
      stdout: process.stdout,
      means,
      ascii,
      clock: session.clock,
      signal,
      onMounted: (how) => {
        takeDown = how;
      },
      ports: (store) => {
        const ports = createTuiPorts({ ...session, signal }, catalog, store.dispatch);
        close = ports.close;
        return ports;
      },
    });
    giveBack();
    await close();
    const bye = last.unsaved === '' ? texts.bye : texts.byeUnsaved;
    if (ended.by === '') output.print(ascii ? toAscii(bye) : bye);
    return 0;
  } finally {
    giveBack();
    keys.release();
    process.off('exit', giveBack);
    process.off('uncaughtException', giveBack);
    process.off('SIGTERM', onSignal);
    process.off('SIGHUP', onSignal);
  }
}

function firstLines(state: SessionState, means: Pick<Look, 'style' | 'glyphs' | 'linear'>, ascii: boolean) {
  const look: Look = { ...means, ...sizeOf(process.stdout), markdown: plainMarkdown };
  const lines = isTooSmall(look) ? tooSmallLines(look) : homeLines(state, look);
  return lines.map((line) => (ascii ? toAscii(onlyStyles(line)) : onlyStyles(line)));
}
