/**
 * Runs `action` over `items`, at most `most` at the same time, each as soon as there is room, and gives the results in the
 * order of the items. When the consumer leaves or something rejects, nothing new starts and what had started is waited
 * for: its world must be clean before anybody goes on.
 */
export async function* ahead<T, R>(
  items: readonly T[],
  most: number,
  action: (item: T) => Promise<R>,
): AsyncGenerator<R> {
  const started: Promise<R>[] = [];
  let running = 0;
  let ending = false;
  const fill = () => {
    while (!ending && running < most && started.length < items.length) {
      running++;
      started.push(run(items[started.length] as T));
    }
  };
  const run = (item: T) => {
    const result = action(item);
    // A rejection is told when its turn comes.
    result
      .catch(() => {
        ending = true;
      })
      .finally(() => {
        running--;
        fill();
      });
    return result;
  };
  fill();
  try {
    for (let next = 0; next < items.length; next++) yield await (started[next] as Promise<R>);
  } finally {
    ending = true;
    await Promise.allSettled(started);
  }
}
