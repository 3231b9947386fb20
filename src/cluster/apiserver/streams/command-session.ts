import { internalError, type Status, StatusError } from '../../../kube/status.ts';
import type { StreamEnd, StreamIo } from '../node-access.ts';
import { ByteQueue } from './byte-queue.ts';
import { terminalSizes } from './terminal-size.ts';

/** Which streams a client asked for. With a terminal there is no stderr. */
export interface CommandOptions {
  readonly stdin: boolean;
  readonly stdout: boolean;
  readonly stderr: boolean;
  readonly tty: boolean;
}

/** A process, or joining one: `exec` or `attach` of the kubelet, or what stands in its way. */
export interface Command {
  readonly options: CommandOptions;
  /** Rejects with a StatusError when nothing was started. */
  run(io: StreamIo): Promise<StreamEnd>;
  /** Of `error executing command in container: …`. */
  readonly doing: 'executing command in' | 'attaching to';
  /** For the message of an exit code that is not 0. */
  readonly exitText: (code: number) => string;
  /** Of what stood in the way before anything ran. */
  readonly refusalText: (error: unknown) => string;
}

/** The client's end of it, whatever carries it. */
export interface CommandStreams {
  readonly stdin: ByteQueue | undefined;
  /** JSON of window sizes, one after the other. */
  readonly resize: ByteQueue | undefined;
  stdout(bytes: Uint8Array): Promise<void>;
  stderr(bytes: Uint8Array): Promise<void>;
  /** How it ended, then the end of everything. */
  finish(status: Status): Promise<void>;
  readonly closed: AbortSignal;
}

const mostWaiting = 512 * 1024;

/** For what a client sends on one stream of a command. */
export const commandQueue = (taken?: (bytes: number) => void): ByteQueue => new ByteQueue(mostWaiting, taken);

/** Runs it to its end and tells the client. Never rejects. Mirrors the kubelet's ServeExec and ServeAttach. */
export async function serveCommand(streams: CommandStreams, command: Command): Promise<void> {
  const { options } = command;
  const lost = () => undefined;
  let status: Status;
  try {
    const end = await command.run({
      ...(options.stdin && streams.stdin !== undefined ? { stdin: streams.stdin } : {}),
      stdout: options.stdout ? (bytes) => streams.stdout(bytes) : lost,
      stderr: options.stderr ? (bytes) => streams.stderr(bytes) : lost,
      tty: options.tty,
      ...(options.tty && streams.resize !== undefined ? { resize: terminalSizes(streams.resize) } : {}),
      signal: streams.closed,
    });
    status = statusOf(end, command);
  } catch (error) {
    status = internalError(command.refusalText(error)).status;
  }
  streams.stdin?.discard();
  streams.resize?.discard();
  await streams.finish(status);
}

function statusOf(end: StreamEnd, { doing, exitText }: Command): Status {
  if (end.kind === 'failed') {
    const known = new RegExp(`^(?:Internal error occurred: )?error ${doing} container: `);
    return internalError(`error ${doing} container: ${end.message.replace(known, '')}`).status;
  }
  if (end.exitCode === 0) return { ...bare, status: 'Success' };
  return {
    ...bare,
    status: 'Failure',
    message: `command terminated with non-zero exit code: ${exitText(end.exitCode)}`,
    reason: 'NonZeroExitCode',
    details: { causes: [{ reason: 'ExitCode', message: String(end.exitCode) }] },
  };
}

const bare = { kind: 'Status', apiVersion: 'v1', metadata: {} } as const;

/** As the error stream carries it: without kind and version, as Go prints a Status that nobody gave one. */
export function printStatus({ metadata, status, message, reason, details, code }: Status): Buffer {
  return Buffer.from(JSON.stringify({ metadata, status, message, reason, details, code }));
}

/** Protocols before v4 know only the text of a failure. */
export function printMessage({ status, message }: Status): Buffer {
  return Buffer.from(status === 'Success' ? '' : (message ?? ''));
}

export function messageOf(error: unknown): string {
  if (error instanceof StatusError) return error.status.message ?? error.message;
  return error instanceof Error ? error.message : String(error);
}
