import { posix } from 'node:path';
import type { Json, JsonObject } from '../../base/json.ts';
import { cleanText } from '../../base/text.ts';
import { CouldNotLook } from '../../checks/backend.ts';
import { type Engine, EngineError } from './engine.ts';
import { createDemultiplexer } from './frames.ts';
import { readTar } from './tar.ts';

const logBytes = 64 * 1024;
/** Headers of the frames and lines that get cut also take room: read more than is kept. */
const logBytesRead = 1024 * 1024;
const probeBytes = 4 * 1024;
const fileBytes = 64 * 1024;
const maxChanges = 1_000;

const pathOf = (container: string) => `/containers/${encodeURIComponent(container)}`;

/** Last lines of a container's output, cleaned. '' when it is not there or its log driver cannot be read. */
export async function readLogs(engine: Engine, container: string, tailLines: number): Promise<string> {
  const facts = (await engine.json(`${pathOf(container)}/json`)) as JsonObject | undefined;
  if (facts === undefined) return '';
  const answer = await engine
    .bytes(`${pathOf(container)}/logs`, {
      query: { stdout: true, stderr: true, tail: Math.max(1, Math.floor(tailLines)) },
      timeoutMs: 2_000,
      maxBytes: logBytesRead,
    })
    .catch((error: unknown) => {
      // `--log-driver none`: the engine answers 500 or 501, and there is nothing to read.
      if (error instanceof EngineError && error.statusCode >= 500) return undefined;
      throw error;
    });
  if (answer === undefined) return '';
  const tty = (facts['Config'] as JsonObject | undefined)?.['Tty'] === true;
  const plain = tty ? answer.data : createDemultiplexer()(answer.data);
  if (plain.length <= logBytes) return cleanText(plain.toString('utf8'));
  const kept = plain.subarray(-logBytes);
  return cleanText(kept.subarray(kept.indexOf(10) + 1).toString('utf8'));
}

/** `docker diff`. */
export async function readChanges(engine: Engine, container: string) {
  const list = await engine.json(`${pathOf(container)}/changes`, { timeoutMs: 5_000 });
  const letters = ['C', 'A', 'D'] as const; // moby `pkg/archive/changes.go`
  return ((list ?? []) as readonly JsonObject[]).slice(0, maxChanges).map((change) => ({
    kind: letters[Number(change['Kind'])] ?? ('C' as const),
    path: String(change['Path']),
  }));
}

/**
 * Runs a short command in a running container and waits for it, at most 3 s (then the exit code is 124).
 * Throws `EngineError` 409 when the container does not run; a command that does not exist gives 126 or 127.
 */
export async function probe(engine: Engine, container: string, argv: readonly string[]) {
  const created = (await engine.json(`${pathOf(container)}/exec`, {
    method: 'POST',
    body: { Cmd: argv, AttachStdout: true, AttachStderr: true, Tty: false },
  })) as JsonObject | undefined;
  if (created === undefined) throw new EngineError(404, 'no such container');
  const id = String(created['Id']);
  const answer = await engine
    .bytes(`/exec/${id}/start`, {
      method: 'POST',
      body: { Detach: false, Tty: false },
      timeoutMs: 3_000,
      maxBytes: probeBytes * 2,
    })
    .catch((error: unknown) => {
      if (error instanceof CouldNotLook && error.unavailable.reason === 'timeout') return undefined;
      // Engines since 25 answer 400 when the program is not there; older ones write it to the output.
      if (error instanceof EngineError && error.statusCode === 400) {
        return { data: Buffer.from(error.message), cut: false };
      }
      throw error;
    });
  if (answer === undefined) return { exitCode: 124, output: '' };
  const facts = (await engine.json(`/exec/${id}/json`)) as JsonObject | undefined;
  const exitCode = facts?.['ExitCode'];
  const framed = answer.data[0] !== undefined && answer.data[0] <= 2;
  const output = framed ? createDemultiplexer()(answer.data) : answer.data;
  return {
    exitCode: typeof exitCode === 'number' ? exitCode : 124, // null: still running, its output was cut
    output: cleanText(output.subarray(0, probeBytes).toString('utf8')),
  };
}

/** A file of a container, running or not, through the archive API. `undefined`: no such file (or not a file). */
export async function readContainerFile(
  engine: Engine,
  container: string,
  path: string,
  hops = 4,
): Promise<string | undefined> {
  const query = { path: posix.resolve('/', path) };
  const source = await engine.stream(`${pathOf(container)}/archive`, { query });
  if (source === undefined) return undefined;
  const chunks: Buffer[] = [];
  let size = 0;
  let type: string | undefined;
  const stop = engine.clock.after(2_000, () => source.destroy());
  try {
    await readTar(source, fileBytes * 4, (entry) => {
      if (type !== undefined) return 'stop';
      type = entry.type;
      if (entry.type !== 'file') return 'stop';
      return (data) => {
        if (size < fileBytes) chunks.push(Buffer.from(data));
        size += data.length;
      };
    });
  } catch (error) {
    if (type === undefined) throw error;
  } finally {
    stop();
    source.destroy();
  }
  if (type === 'file') return Buffer.concat(chunks).subarray(0, fileBytes).toString('utf8');
  const target = type === 'link' && hops > 0 ? linkTarget(source) : undefined;
  return target === undefined ? undefined : readContainerFile(engine, container, target, hops - 1);
}

/** The engine tells where a link leads, already resolved inside the container. */
function linkTarget(source: unknown): string | undefined {
  const headers = (source as { headers?: { [name: string]: string | undefined } }).headers;
  const encoded = headers?.['x-docker-container-path-stat'];
  if (encoded === undefined) return undefined;
  const facts = JSON.parse(Buffer.from(encoded, 'base64').toString('utf8')) as { [key: string]: Json };
  const target = facts['linkTarget'];
  return typeof target === 'string' && target !== '' ? target : undefined;
}
