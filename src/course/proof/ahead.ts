/**
 * Runs `action` over `items`, at most `most` at the same time, and gives the results in the order of the items. When
 * the consumer leaves or something rejects, nothing new starts and what had started is waited for: its world must be
 * clean before anybody goes on.
 */
export async function* ahead<T, R>(
  items: readonly T[],
  most: number,
  action: (item: T) => Promise<R>,
): AsyncGenerator<R> {
  const started: Promise<R>[] = [];
  const start = () => {
    const item = items[started.length];
    if (started.length >= items.length) return;
    const running = action(item as T);
    running.catch(() => undefined); // it is told when its turn comes
    started.push(running);
  };
  try {
    for (let next = 0; next < items.length; next++) {
      while (started.length < Math.min(items.length, next + most)) start();
      yield await (started[next] as Promise<R>);
    }
  } finally {
    await Promise.allSettled(started);
  }
}
