import type { Runtime } from '../runtime.ts';

/** pkg/kubelet/container: what of a log becomes a termination message. */
const mostLines = 80;
const mostBytes = 2048;

/** The end of a container's log. */
export function logTail(runtime: Runtime, id: string): string {
  const lines = runtime.log(id)?.lines() ?? [];
  const text = lines
    .slice(-mostLines)
    .map((line) => line.text)
    .join('');
  const bytes = Buffer.from(text);
  return bytes.length <= mostBytes ? text : bytes.subarray(bytes.length - mostBytes).toString();
}
