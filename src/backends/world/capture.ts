/** What is kept of a step's output, and where it ends. */
export interface Capture {
  /** The exit code, once the line that ends the output has arrived; it may come in pieces. */
  push(data: Buffer): number | undefined;
  /** The first bytes of the output, without that line. */
  text(): string;
}

/** Keeps the first `maxBytes`; `endMark` followed by a number and a newline ends the output. */
export function createCapture(maxBytes: number, endMark: string): Capture {
  let kept = Buffer.alloc(0);
  let tail = Buffer.alloc(0);
  let total = 0;
  return {
    push(data) {
      const tailStart = total - tail.length;
      total += data.length;
      if (kept.length < maxBytes) kept = Buffer.concat([kept, data.subarray(0, maxBytes - kept.length)]);
      tail = Buffer.concat([tail, data]);
      const at = tail.indexOf(endMark);
      if (at < 0) {
        if (tail.length > 4_096) tail = tail.subarray(-256);
        return undefined;
      }
      const code = /^(\d+)\n/.exec(tail.subarray(at + endMark.length).toString('latin1'))?.[1];
      if (code === undefined) return undefined;
      kept = kept.subarray(0, Math.min(kept.length, tailStart + at));
      return Number(code);
    },
    text: () => kept.toString('utf8'),
  };
}
