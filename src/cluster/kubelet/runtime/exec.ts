import type { Clock } from '../../../base/clock.ts';
import type { Runtime } from '../runtime.ts';

export type ExecOutcome =
  | { readonly kind: 'ended'; readonly exitCode: number; readonly output: string }
  | { readonly kind: 'timeout' }
  /** It could not be started. */
  | { readonly kind: 'failed'; readonly message: string };

/** What a client of containerd says of an exec that could not be started. */
export const rpcError = (message: string): string =>
  message.startsWith('rpc error') ? message : `rpc error: code = Unknown desc = ${message}`;

/** What is kept of an output: as much as a probe reads. */
const outputMost = 10 * 1024;

/** Runs a command in a container to its end: stdout, then stderr. `timeoutMs` 0: as long as it takes. */
export async function execSync(
  runtime: Runtime,
  clock: Clock,
  id: string,
  command: readonly string[],
  timeoutMs: number,
): Promise<ExecOutcome> {
  const stdout = collector();
  const stderr = collector();
  const ending = new AbortController();
  let expired = false;
  const cancel =
    timeoutMs > 0
      ? clock.after(timeoutMs, () => {
          expired = true;
          ending.abort(new Error('timeout'));
        })
      : () => undefined;
  const timedOut = new Promise<ExecOutcome>((resolve) => {
    ending.signal.addEventListener('abort', () => resolve({ kind: 'timeout' }), { once: true });
  });
  const run = async (): Promise<ExecOutcome> => {
    try {
      const { exitCode } = await runtime.exec(id, command, {
        stdout: stdout.add,
        stderr: stderr.add,
        tty: false,
        signal: ending.signal,
        kill: true,
      });
      return { kind: 'ended', exitCode, output: stdout.text() + stderr.text() };
    } catch (error) {
      if (expired) return { kind: 'timeout' };
      return { kind: 'failed', message: error instanceof Error ? error.message : String(error) };
    }
  };
  try {
    return await Promise.race([run(), timedOut]);
  } finally {
    cancel();
  }
}

function collector() {
  const parts: Uint8Array[] = [];
  let size = 0;
  return {
    add(bytes: Uint8Array): void {
      if (size >= outputMost) return;
      const taken = bytes.subarray(0, outputMost - size);
      parts.push(Buffer.from(taken));
      size += taken.length;
    },
    text: () => Buffer.concat(parts).toString(),
  };
}
