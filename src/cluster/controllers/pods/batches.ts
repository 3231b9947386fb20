/**
 * Calls `action` `count` times: one, then twice as many at a time as long as all go well, so that a refusal is not met a
 * hundred times. Mirrors slowStartBatch of pkg/controller.
 */
export async function slowStart(
  count: number,
  action: (index: number) => Promise<unknown>,
): Promise<{ readonly done: number; readonly failure: { readonly error: unknown } | undefined }> {
  let done = 0;
  let started = 0;
  for (let size = Math.min(count, 1); size > 0; size = Math.min(2 * size, count - started)) {
    const results = await Promise.allSettled(
      Array.from({ length: size }, (_, index) => action(started + index)),
    );
    started += size;
    done += results.filter(({ status }) => status === 'fulfilled').length;
    const failed = results.find((result) => result.status === 'rejected');
    if (failed?.status === 'rejected') return { done, failure: { error: failed.reason } };
  }
  return { done, failure: undefined };
}
