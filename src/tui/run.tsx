import { afterIo, type Clock } from '../base/clock.ts';
import type { Effect, SessionEvent } from '../course/session/event.ts';
import type { SessionState } from '../course/session/state.ts';
import { App, type Suspend } from './app.tsx';
import { render } from './ink.ts';
import type { KeySource } from './key-source.ts';
import { LinearApp } from './linear.tsx';
import type { Look } from './look.ts';
import { loadMarkdown } from './markdown.ts';
import { plainMarkdown } from './markdown-plain.ts';
import type { TuiPorts } from './ports.ts';
import { holdResize } from './screen-out.ts';
import { createStore, type Store } from './store.ts';
import { measureAgain, sizeOf, type Terminal } from './terminal.ts';
import { texts } from './texts.ts';

export interface RunOptions {
  readonly initial: SessionState;
  readonly terminal: Terminal;
  readonly keys: KeySource;
  readonly stdout: NodeJS.WriteStream;
  readonly means: Pick<Look, 'style' | 'glyphs' | 'linear'>;
  readonly ascii: boolean;
  readonly clock: Clock;
  /** Ends the session from outside: a signal. */
  readonly signal: AbortSignal;
  /** Hands out the way to take the screens down at once, for a process that is ending. */
  readonly onMounted: (takeDown: () => void) => void;
  readonly ports: (store: Pick<Store, 'dispatch'>) => TuiPorts;
}

/**
 * Puts the session on the screen until it finishes. Resolves with its last state; rejects with an error of the
 * screens. The terminal has been taken before, and its owner gives it back after.
 */
export async function runScreens(options: RunOptions): Promise<SessionState> {
  const { initial, stdout, means, keys, terminal } = options;
  let suspend: Suspend = (whileAway) => whileAway();
  let markdown: Promise<void> | undefined;
  const markdownReady = () => {
    markdown ??= loadMarkdown(means.style, means.linear).then((renderer) =>
      store.adapt({ markdown: renderer }),
    );
    return markdown;
  };
  // A page comes with its Markdown rendered, never first plain and then again.
  const report = (event: SessionEvent) => {
    if (event.type === 'lessonLoaded') void markdownReady().then(() => store.dispatch(event));
    else store.dispatch(event);
  };
  const perform = (effect: Effect) => {
    if (effect.type === 'quit') instance.unmount();
    else if (effect.type === 'openShell') void openShell(effect.exerciseId);
    else {
      if (effect.type === 'loadLesson') void markdownReady();
      ports.perform(effect, report);
    }
  };
  const store = createStore({ state: initial, ...sizeOf(stdout), markdown: plainMarkdown }, perform);
  const ports = options.ports(store);

  const openShell = async (exerciseId: string | undefined) => {
    let notice = '';
    try {
      await suspend(async () => {
        terminal.giveBack();
        if (!means.linear) stdout.write(`${texts.shell.enter}\n`);
        notice = await ports.shell(exerciseId);
        terminal.take();
        measureAgain();
      });
    } catch (error) {
      notice = texts.shell.failed(error instanceof Error ? error.message : String(error));
    }
    store.adapt(sizeOf(stdout));
    store.dispatch({ type: 'shellClosed', notice: notice === '' ? texts.shell.back : notice });
  };

  const screenOut = holdResize(stdout, means.linear);
  let redrawing = false;
  /** Draws everything again, from an empty screen, once the screens are laid out for the size there is. */
  const redraw = () => {
    store.adapt(sizeOf(stdout));
    if (redrawing || means.linear) return;
    redrawing = true;
    afterIo(() => {
      redrawing = false;
      const { state } = store.get();
      if (state.inShell || state.finished) return;
      instance.clear();
      terminal.wipe();
      screenOut.announceResize();
    });
  };
  const onContinue = () => {
    if (!terminal.taken) return;
    terminal.take();
    measureAgain();
    redraw();
  };
  const onControl = (key: 'ctrl-l' | 'ctrl-z', handOver: Suspend) => {
    if (key === 'ctrl-l') redraw();
    // Windows has no job control: there is nothing to come back with.
    else if (process.platform !== 'win32') void handOver(() => stopProcess(terminal, options.clock));
  };
  const onAbort = () => store.dispatch({ type: 'quit' });

  stdout.on('resize', redraw);
  process.on('SIGCONT', onContinue);
  const common = { store, ports, means, ascii: options.ascii, onControl };
  const onReady = (ready: Suspend) => {
    suspend = ready;
  };
  keys.attended = true;
  const instance = render(
    means.linear ? <LinearApp {...common} onReady={onReady} /> : <App {...common} onReady={onReady} />,
    {
      stdin: keys as unknown as NodeJS.ReadStream,
      stdout: screenOut.stdout,
      exitOnCtrlC: false,
      patchConsole: true,
      incrementalRendering: !means.linear,
      isScreenReaderEnabled: means.linear,
      interactive: true,
      maxFps: 60,
    },
  );
  options.onMounted(() => instance.unmount());
  options.signal.addEventListener('abort', onAbort, { once: true });
  keys.onGone = onAbort;
  if (options.signal.aborted) onAbort();
  // First what is on the screen, then what may be wanted later.
  void instance.waitUntilRenderFlush().then(async () => {
    await markdownReady();
    if (!store.get().state.finished) ports.start();
  });
  try {
    await instance.waitUntilExit();
    return store.get().state;
  } finally {
    stdout.off('resize', redraw);
    process.off('SIGCONT', onContinue);
    options.signal.removeEventListener('abort', onAbort);
  }
}

/** Ctrl-Z: the terminal as it was, the whole job stopped as the kernel would, and everything back on `fg`. */
async function stopProcess(terminal: Terminal, clock: Clock): Promise<void> {
  terminal.giveBack();
  const continued = new Promise<void>((resolve) => process.once('SIGCONT', () => resolve()));
  process.kill(0, 'SIGTSTP');
  // A job without a shell that could continue it is not stopped: then we just go on.
  await Promise.race([continued, clock.sleep(300)]);
  terminal.take();
}
