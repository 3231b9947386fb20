import { type HttpRequest, type HttpResponse, NetworkError } from '../../../../../network/contract.ts';
import { signal } from '../../process/signals.ts';
import type { Syscalls } from '../../process/syscalls.ts';
import { fail } from '../kit.ts';
import { listenUntilEnd, reply, serveHttp } from './serve.ts';

/** How a server of the catalogue behaves: `comportamiento` of its image. Every field may be missing. */
export interface Behaviour {
  readonly puerto: number;
  /** What it answers; `{nombre}`, `{version}`, `{ip}`, `{ruta}`, `{VARIABLE}` are filled in. */
  readonly respuesta: string;
  /** The first line of its log. */
  readonly saludo: string;
  readonly tipo: string;
  /** Seconds before it listens. */
  readonly arranque: number;
  /** Seconds after which it answers 500, or no longer at all. */
  readonly falla: number;
  readonly cuelga: number;
  /** Seconds after which it ends, and with what. */
  readonly termina: number;
  readonly codigo: number;
  /** Bytes it takes when it starts, and each second. */
  readonly memoria: number;
  readonly fuga: number;
  /** ms of cpu for each request. */
  readonly cpu: number;
  /** Does not end at SIGTERM. */
  readonly terco: boolean;
  /** Prints each request. */
  readonly registra: boolean;
}

function behaviourOf(sys: Syscalls, usual: Partial<Behaviour> = {}): Partial<Behaviour> {
  return { ...usual, ...(sys.host.behaviour as Partial<Behaviour>) };
}

/** Takes settings from the environment too: `PORT`. */
export function portOf(sys: Syscalls, usual: number): number {
  const port = Number(sys.env.get('PORT') ?? usual);
  return Number.isInteger(port) && port > 0 && port < 65_536 ? port : usual;
}

export function filled(sys: Syscalls, text: string, request: HttpRequest): string {
  const values: { readonly [name: string]: string } = {
    nombre: sys.host.hostname,
    ip: sys.net.ip,
    ruta: request.path,
    metodo: request.method,
    cliente: request.peerIp ?? '',
    nodo: sys.host.node,
  };
  return text.replace(/\{(\w+)\}/g, (whole, name: string) => values[name] ?? sys.env.get(name) ?? whole);
}

/** A server that does what its image's `comportamiento` says. */
export async function generic(sys: Syscalls, usual: Partial<Behaviour> = {}): Promise<number> {
  const how = behaviourOf(sys, usual);
  const startMs = sys.now();
  if (how.terco !== true)
    for (const number of [signal.TERM, signal.INT]) sys.onSignal(number, () => sys.exitSoon(0));
  if (how.memoria !== undefined) sys.allocate(how.memoria);
  if (how.saludo !== undefined) await sys.out(`${how.saludo}\n`);
  if (how.fuga !== undefined) leak(sys, how.fuga);
  if (how.termina !== undefined) {
    const { codigo = 1 } = how;
    const cancel = sys.after(how.termina * 1000, () => sys.exitSoon(codigo));
    void sys.block<void>(() => cancel).catch(() => undefined);
  }
  if (how.arranque !== undefined) await sys.sleep(how.arranque * 1000);
  if (how.puerto === undefined) return sys.block<number>(() => undefined);
  const port = portOf(sys, how.puerto);
  const handle = async (request: HttpRequest, aborted: AbortSignal): Promise<HttpResponse> => {
    const seconds = (sys.now() - startMs) / 1000;
    if (how.registra === true)
      await sys.out(
        `${new Date(sys.now()).toISOString()} ${request.method} ${request.path} ${request.peerIp ?? ''}\n`,
      );
    if (how.cuelga !== undefined && seconds >= how.cuelga) {
      return new Promise((_, reject) =>
        aborted.addEventListener('abort', () => reject(aborted.reason), { once: true }),
      );
    }
    if (how.cpu !== undefined) await sys.burn(how.cpu);
    if (how.falla !== undefined && seconds >= how.falla) return reply(500, 'error\n');
    return reply(200, filled(sys, how.respuesta ?? 'ok\n', request), {
      'content-type': how.tipo ?? 'text/plain; charset=utf-8',
    });
  };
  return serveHttp(sys, port, handle, `listen tcp :${port}: bind: address already in use`);
}

function leak(sys: Syscalls, bytes: number): void {
  const again = (): (() => void) =>
    sys.after(1000, () => {
      try {
        sys.allocate(bytes);
        cancel = again();
      } catch {
        // It was killed for it.
      }
    });
  let cancel = again();
  void sys.block<void>(() => () => cancel()).catch(() => undefined);
}

/** `stress --vm 1 --vm-bytes 150M --vm-hang 1 --cpu 2 --timeout 10s` */
export async function stress(sys: Syscalls): Promise<number> {
  const value = (...names: string[]) => {
    const at = sys.args.findIndex((arg) => names.includes(arg));
    return at < 0 ? undefined : sys.args[at + 1];
  };
  const seconds =
    Number(/^\d+/.exec(value('-t', '--timeout') ?? '')?.[0] ?? 0) *
    ({ m: 60, h: 3600 }[/[mh]$/.exec(value('-t', '--timeout') ?? '')?.[0] ?? ''] ?? 1);
  const workers = { cpu: Number(value('-c', '--cpu') ?? 0), vm: Number(value('-m', '--vm') ?? 0) };
  const size = /^(\d+)([bkmg]?)/i.exec(value('--vm-bytes') ?? '256M');
  const bytes =
    Number(size?.[1] ?? 256) * ({ k: 2 ** 10, m: 2 ** 20, g: 2 ** 30 }[(size?.[2] ?? '').toLowerCase()] ?? 1);
  if (workers.cpu + workers.vm === 0) return fail(sys, 'FAIL: [1] no workers');
  await sys.out(
    `stress: info: [${sys.pid}] dispatching hogs: ${workers.cpu} cpu, 0 io, ${workers.vm} vm, 0 hdd\n`,
  );
  const children = [
    ...Array.from({ length: Math.min(64, workers.cpu) }, () => sys.fork(async (child) => burning(child))),
    ...Array.from({ length: Math.min(64, workers.vm) }, () =>
      sys.fork(async (child) => {
        await child.sleep(100);
        child.allocate(bytes);
        return value('--vm-hang') === undefined ? burning(child) : child.block<number>(() => undefined);
      }),
    ),
  ];
  if (seconds > 0) {
    const cancel = sys.after(seconds * 1000, () => {
      for (const child of children) if (child.end === undefined) sys.kill(child.pid, signal.KILL);
    });
    void sys.block<void>(() => cancel).catch(() => undefined);
  }
  const untilMs = seconds > 0 ? sys.now() + seconds * 1000 : Number.POSITIVE_INFINITY;
  for (const child of children) {
    const end = await child.wait();
    if (end.signal === 0 || sys.now() >= untilMs) continue;
    await sys.err(
      `stress: FAIL: [${sys.pid}] (415) <-- worker ${child.pid} got signal ${end.signal}\nstress: WARN: [${sys.pid}] (417) now reaping child worker processes\n`,
    );
    for (const other of children) if (other.end === undefined) sys.kill(other.pid, signal.KILL);
    await sys.err(`stress: FAIL: [${sys.pid}] (451) failed run completed in 0s\n`);
    return 1;
  }
  await sys.out(`stress: info: [${sys.pid}] successful run completed in ${seconds}s\n`);
  return 0;
}

async function burning(child: Syscalls): Promise<number> {
  for (;;) await child.burn(500);
}

/** A database that listens and says what its log says; `hello` is what a client hears first. */
export function database(
  port: number,
  log: (sys: Syscalls) => readonly string[],
  hello: string,
  needs?: (sys: Syscalls) => string | undefined,
) {
  return async (sys: Syscalls): Promise<number> => {
    const missing = needs?.(sys);
    if (missing !== undefined) {
      await sys.err(missing);
      return 1;
    }
    for (const number of [signal.TERM, signal.INT]) sys.onSignal(number, () => sys.exitSoon(0));
    await sys.sleep(800);
    for (const line of log(sys)) await sys.out(`${line}\n`);
    try {
      return await listenUntilEnd(sys, port, {
        kind: 'bytes',
        accept: (connection) => {
          connection.on('error', () => connection.destroy());
          connection.resume();
          if (hello !== '') connection.write(Buffer.from(hello, 'latin1'));
        },
      });
    } catch (error) {
      if (!(error instanceof NetworkError)) throw error;
      return fail(sys, `could not bind to port ${port}: Address in use`);
    }
  };
}
