import { type Store, StoreError, type StoreEvent, type Watcher } from './store.ts';

export interface BufferedWatchOptions {
  /** Events waiting for the reader before it is ended as `slow`. What is replayed from history does not count. */
  readonly limit?: number;
  /** Ends the iteration normally. */
  readonly signal?: AbortSignal;
}

/** A watch to read with `for await`: each turn gives everything that waits, whole revisions, in order. */
export interface BufferedWatch extends AsyncIterable<readonly StoreEvent[]> {
  /** Everything up to this revision that concerns the watch has been read: what a bookmark may say. */
  readonly read: number;
  /** Ends the iteration normally. */
  stop(): void;
}

const defaultLimit = 10_000;

/**
 * A bounded queue between the store, which never waits, and one reader. The iteration throws the StoreError that ended the
 * watch once what came before was read, but `slow` at once: what waits is dropped then. Throws `compacted` here.
 */
export function bufferedWatch(
  store: Pick<Store, 'watch'>,
  prefix: string,
  after: number,
  options: BufferedWatchOptions = {},
): BufferedWatch {
  const limit = options.limit ?? defaultLimit;
  let waiting: StoreEvent[] = [];
  let replayed = 0;
  let replaying = true;
  let read = after;
  let ended: { readonly why: StoreError | undefined } | undefined;
  let wake: (() => void) | undefined;
  let watcher: Watcher | undefined;

  const end = (why: StoreError | undefined) => {
    if (ended !== undefined) return;
    ended = { why };
    watcher?.stop();
    options.signal?.removeEventListener('abort', stop);
    wake?.();
  };
  const stop = () => {
    waiting = [];
    end(undefined);
  };

  watcher = store.watch(prefix, after, {
    onEvents(events) {
      if (ended !== undefined) return;
      for (const event of events) waiting.push(event);
      if (replaying) replayed = waiting.length;
      else if (waiting.length - replayed > limit) {
        waiting = [];
        end(new StoreError('slow', `the watcher is more than ${limit} events behind`));
      } else wake?.();
    },
    onEnd: (why) => end(why),
  });
  replaying = false;
  if (options.signal?.aborted) stop();
  else options.signal?.addEventListener('abort', stop, { once: true });

  const next = async (): Promise<IteratorResult<readonly StoreEvent[], undefined>> => {
    while (waiting.length === 0 && ended === undefined)
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    wake = undefined;
    if (waiting.length > 0) {
      const value = waiting;
      waiting = [];
      replayed = 0;
      read = value[value.length - 1]?.revision ?? read;
      return { done: false, value };
    }
    const why = ended?.why;
    ended = { why: undefined };
    if (why !== undefined) throw why;
    return { done: true, value: undefined };
  };

  return {
    get read() {
      return waiting.length > 0 || ended !== undefined ? read : Math.max(read, watcher?.reached ?? read);
    },
    stop,
    [Symbol.asyncIterator]: () => ({
      next,
      return: async () => {
        stop();
        return { done: true, value: undefined };
      },
    }),
  };
}
