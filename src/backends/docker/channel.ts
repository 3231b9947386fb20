import type { Duplex } from 'node:stream';
import type { JsonObject } from '../../base/json.ts';
import { CouldNotLook } from '../../checks/backend.ts';
import type { Engine } from './engine.ts';
import { createDemultiplexer } from './frames.ts';

/** A `sh` inside a container that stays alive: `cd`, variables and background processes last from run to run. */
export interface Channel {
  /** Pid of the shell, as its container sees it. */
  readonly shellPid: number;
  /**
   * Runs a script to its end, one at a time (calls queue). Output is stdout and stderr together, at most
   * `maxBytes`; the rest is dropped. When `timeoutMs` runs out what the script started is killed and the exit code
   * is 124. Rejects only when the shell itself is gone.
   */
  run(script: string, timeoutMs: number): Promise<{ readonly exitCode: number; readonly output: Buffer }>;
  close(): Promise<void>;
}

export interface ChannelOptions {
  /** Environment of the shell, `NAME=value`. */
  readonly env?: readonly string[];
  readonly workingFolder?: string;
  /** Kept of each output. Default 64 KiB. */
  readonly maxBytes?: number;
}

const graceMs = 1_000;

/** Opens a shell in a running container through the exec API. Throws `CouldNotLook` or `EngineError`. */
export async function openChannel(
  engine: Engine,
  container: string,
  options: ChannelOptions = {},
): Promise<Channel> {
  const created = await engine.json(`/containers/${encodeURIComponent(container)}/exec`, {
    method: 'POST',
    timeoutMs: 5_000,
    body: {
      AttachStdin: true,
      AttachStdout: true,
      AttachStderr: true,
      Tty: false,
      Cmd: ['sh'],
      Env: options.env ?? [],
      ...(options.workingFolder === undefined ? {} : { WorkingDir: options.workingFolder }),
    },
  });
  const id = (created as { Id?: string } | undefined)?.Id;
  if (id === undefined) throw new CouldNotLook(gone(container));
  const socket = await engine.hijack(`/exec/${id}/start`, { Detach: false, Tty: false }, 5_000);
  return startChannel(engine, container, socket, options);
}

async function startChannel(
  engine: Engine,
  container: string,
  socket: Duplex,
  options: ChannelOptions,
): Promise<Channel> {
  const { clock } = engine;
  const maxBytes = options.maxBytes ?? 65_536;
  const demultiplex = createDemultiplexer();
  let serial = 0;
  let shellPid = 0;
  let dead = false;
  let busy = false;
  let queue: Promise<unknown> = Promise.resolve();
  /** Receives what arrives while a script runs. */
  let sink: (data: Buffer | 'end') => void = () => {};

  socket.on('data', (chunk: Buffer) => sink(demultiplex(chunk)));
  const die = () => {
    dead = true;
    sink('end');
  };
  socket.on('end', die);
  socket.on('close', die);
  socket.on('error', die);

  function runNow(script: string, timeoutMs: number): Promise<{ exitCode: number; output: Buffer }> {
    if (dead) return Promise.reject(new CouldNotLook(gone(container)));
    serial += 1;
    busy = true;
    // The script cannot know this word, so it cannot forge the end of its own output.
    const word = `curso_${process.pid}_${serial}_${clock.now().toString(36)}`;
    return new Promise((resolve, reject) => {
      const output = createCapture(maxBytes, `\n${word}:`);
      let timedOut = false;
      const stopTimer = clock.after(timeoutMs, () => {
        timedOut = true;
        killChildren().catch(() => {});
        stopGrace = clock.after(graceMs, () => {
          abandon().catch(() => {});
        });
      });
      let stopGrace: () => void = () => {};
      const settle = (action: () => void) => {
        stopTimer();
        stopGrace();
        sink = () => {};
        busy = false;
        action();
      };
      sink = (data) => {
        if (data === 'end') {
          settle(() => reject(new CouldNotLook(gone(container))));
          return;
        }
        const exitCode = output.push(data);
        if (exitCode === undefined) return;
        settle(() => resolve({ exitCode: timedOut ? 124 : exitCode, output: output.data() }));
      };
      socket.write(wrap(script, word));
    });
  }

  /** From a second exec, since the shell is busy waiting. Without `pkill`: not every busybox has it. */
  async function killFromOutside(script: string): Promise<void> {
    if (shellPid > 0) await execDetached(engine, container, ['sh', '-c', script]);
  }
  const killChildren = () =>
    killFromOutside(
      `for f in $(grep -l '^PPid:[[:space:]]*${shellPid}$' /proc/[0-9]*/status); do f=\${f#/proc/}; kill -9 \${f%/status}; done`,
    );
  async function abandon(): Promise<void> {
    socket.destroy();
    await killFromOutside(`kill -9 ${shellPid}`);
  }

  const run: Channel['run'] = (script, timeoutMs) => {
    const result = queue.then(() => runNow(script, timeoutMs));
    queue = result.catch(() => {});
    return result;
  };

  const hello = await run('echo $$', 5_000);
  shellPid = Number(hello.output.toString('utf8').trim());
  return {
    get shellPid() {
      return shellPid;
    },
    run,
    async close() {
      if (dead) return;
      if (busy) return abandon();
      socket.end('exit\n');
      socket.destroy();
    },
  };
}

/**
 * `command eval` in the shell itself keeps `cd`, variables and jobs, and a syntax error does not end the shell. The
 * script comes through a here-document, so its quoting is its own; its stdin is empty, or it would eat what follows.
 */
function wrap(script: string, word: string): string {
  return `command eval "$(cat <<'${word}'\n${script}\n${word}\n)" </dev/null 2>&1\nprintf '\\n%s:%s\\n' '${word}' "$?"\n`;
}

/** Keeps the first `maxBytes` of an output and finds the line that ends it, even when it arrives in pieces. */
function createCapture(maxBytes: number, endMark: string) {
  let kept = Buffer.alloc(0);
  let tail = Buffer.alloc(0);
  let total = 0;
  return {
    /** The exit code, once the end has arrived. */
    push(data: Buffer): number | undefined {
      const before = total - tail.length;
      total += data.length;
      if (kept.length < maxBytes) kept = Buffer.concat([kept, data.subarray(0, maxBytes - kept.length)]);
      tail = Buffer.concat([tail, data]);
      const at = tail.indexOf(endMark);
      if (at >= 0) {
        const code = /^(\d+)\n/.exec(tail.subarray(at + endMark.length).toString('latin1'))?.[1];
        if (code !== undefined) {
          kept = kept.subarray(0, Math.min(kept.length, before + at));
          return Number(code);
        }
      } else if (tail.length > 4_096) tail = tail.subarray(-256);
      return undefined;
    },
    data: () => Buffer.from(kept),
  };
}

/** Starts something in a container and does not wait for it. */
async function execDetached(engine: Engine, container: string, argv: readonly string[]): Promise<void> {
  const created = await engine.json(`/containers/${encodeURIComponent(container)}/exec`, {
    method: 'POST',
    body: { Cmd: argv, AttachStdout: false, AttachStderr: false },
  });
  const id = (created as JsonObject | undefined)?.['Id'];
  if (typeof id === 'string') {
    await engine.json(`/exec/${id}/start`, { method: 'POST', body: { Detach: true } });
  }
}

const gone = (container: string) => ({
  reason: 'internal' as const,
  why: `El shell del curso en el contenedor «${container}» se cerró.`,
  next: 'Vuelve a comprobar: el curso abrirá otro. Si se repite, mira `docker ps -a`.',
});
