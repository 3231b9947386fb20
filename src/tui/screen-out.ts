/** The terminal's output as Ink sees it: the same stream, but it hears of a new size only when we say. */
export interface ScreenOut {
  readonly stdout: NodeJS.WriteStream;
  /** Tells those who listen that the size changed. */
  announceResize(): void;
}

/** Cursor movements, erasures, and synchronised frames. */
const motion = /\u001b\[[0-9;]*[A-HJKf]|\u001b\[\?(?:25|2026)[hl]/g;

/**
 * Ink redraws at once when the size changes, with what was laid out for the old one, and then patches the difference:
 * that leaves residue. Holding the news back lets the screens be laid out first. Linear output also loses whatever
 * moves the cursor or erases: what was said stays said.
 */
export function holdResize(stdout: NodeJS.WriteStream, linear: boolean): ScreenOut {
  const listeners = new Set<() => void>();
  const add = (event: string, listener: () => void) => {
    if (event === 'resize') listeners.add(listener);
    else stdout.on(event, listener);
    return held;
  };
  const remove = (event: string, listener: () => void) => {
    if (event === 'resize') listeners.delete(listener);
    else stdout.off(event, listener);
    return held;
  };
  const replaced: { readonly [name: string | symbol]: unknown } = {
    on: add,
    addListener: add,
    off: remove,
    removeListener: remove,
    ...(linear
      ? { write: (text: string, ...rest: never[]) => stdout.write(text.replace(motion, ''), ...rest) }
      : {}),
  };
  const held: NodeJS.WriteStream = new Proxy(stdout, {
    get(target, name) {
      if (Object.hasOwn(replaced, name)) return replaced[name];
      const value: unknown = Reflect.get(target, name, target);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
  return {
    stdout: held,
    announceResize: () => {
      for (const listener of [...listeners]) listener();
    },
  };
}
