import { spawn } from 'node:child_process';
import { connect } from 'node:net';
import type { Duplex } from 'node:stream';
import type {
  KubeletApi,
  LogOptions,
  NodeAccess,
  NodeStats,
  PodRef,
  ProxyRequest,
  ProxyResponse,
  StreamEnd,
  StreamIo,
} from '../../src/cluster/apiserver/node-access.ts';
import { failure } from '../../src/kube/status.ts';

/** A process that is no process: it talks to its streams and ends. */
export type Program = (io: StreamIo, command: readonly string[]) => Promise<StreamEnd>;

/** Nodes by script: what a test says a container does. */
export interface FakeNodes extends NodeAccess {
  /** By the command's first word; `attach` for joining. What is not here cannot be started. */
  readonly programs: Map<string, Program>;
  /** By container: what `logs` gives, chunk by chunk. */
  logs: (
    pod: PodRef,
    container: string,
    options: LogOptions,
    signal: AbortSignal,
  ) => AsyncIterable<Uint8Array>;
  /** Containers that do not run. */
  readonly missing: Set<string>;
  /** What dialling a node gives. */
  readonly off: Map<string, string>;
  dial: (pod: PodRef, port: number) => Promise<Duplex>;
  answer: (ip: string, port: number, request: ProxyRequest) => Promise<ProxyResponse> | ProxyResponse;
  stats: (node: string) => NodeStats;
  readonly names: string[];
}

export function fakeNodes(names: readonly string[] = ['nodo-1']): FakeNodes {
  const prepare = (container: string) => {
    if (fake.missing.has(container))
      throw failure(500, 'InternalError', `container not found ("${container}")`);
  };
  const run = (word: string, io: StreamIo, command: readonly string[]): Promise<StreamEnd> => {
    const program = fake.programs.get(word);
    if (program !== undefined) return program(io, command);
    const message = `failed to exec in container: failed to start exec "e": OCI runtime exec failed: exec failed: unable to start container process: exec: "${word}": executable file not found in $PATH: unknown`;
    return Promise.resolve({ kind: 'failed', message });
  };
  const fake: FakeNodes = {
    names: [...names],
    programs: new Map(),
    missing: new Set(),
    off: new Map(),
    async *logs() {
      yield Buffer.from('una línea\n');
    },
    dial: (_pod, port) => Promise.reject(new Error(`nothing listens on ${port}`)),
    answer: () => Promise.reject(new Error('connect: connection refused')),
    stats: (node) => ({ node, atMs: 0, windowMs: 15_000, cpuMilli: 0, memoryBytes: 0, pods: [] }),
    nodes: () => fake.names.filter((name) => !fake.off.has(name)),
    async http(ip, port, request) {
      return fake.answer(ip, port, request);
    },
    kubelet(node): KubeletApi {
      const off = fake.off.get(node);
      if (off !== undefined) throw failure(500, 'InternalError', off);
      return {
        logs: async (pod, container, options, signal) => fake.logs(pod, container, options, signal),
        exec: async (_pod, container, command, io) => {
          prepare(container);
          return run(command[0] ?? '', io, command);
        },
        attach: async (_pod, container, io) => {
          prepare(container);
          return run('attach', io, []);
        },
        portForward: (pod, port) => fake.dial(pod, port),
        stats: () => fake.stats(node),
        prepare: async (_pod, _verb, container) => prepare(container),
      };
    },
  };
  return fake;
}

/** A program of this machine, in a folder: for clients that need a real shell or `tar` at the other end. */
export function realProgram(folder: string): Program {
  return async (io, [file = '', ...argv]) => {
    const child = spawn(file, argv, { cwd: folder, stdio: ['pipe', 'pipe', 'pipe'] });
    const copy = async (from: AsyncIterable<Uint8Array>, to: StreamIo['stdout']) => {
      for await (const bytes of from) await to(bytes);
    };
    child.stdin.on('error', () => undefined);
    const feed = async () => {
      for await (const bytes of io.stdin ?? [])
        await new Promise<void>((resolve) => child.stdin.write(bytes, () => resolve()));
      child.stdin.end();
    };
    void feed();
    const ended = new Promise<number>((resolve) => {
      child.on('exit', (code, signal) => resolve(code ?? (signal === 'SIGKILL' ? 137 : 143)));
    });
    await Promise.all([copy(child.stdout, io.stdout), copy(child.stderr, io.stderr)]);
    return { kind: 'exit', exitCode: await ended };
  };
}

/** To a port of this machine. */
export function dialLoopback(port: number): Promise<Duplex> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: '127.0.0.1', port, allowHalfOpen: true }, () => resolve(socket));
    socket.on('error', reject);
  });
}
