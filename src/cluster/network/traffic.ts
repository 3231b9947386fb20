import type { Duplex } from 'node:stream';
import type { Clock } from '../../base/clock.ts';
import { parseIP } from '../../kube/ip.ts';
import { type HttpRequest, type HttpResponse, NetworkError, type VirtualServer } from './contract.ts';
import { Exchange } from './fabric/exchange.ts';
import type { Fabric } from './fabric/fabric.ts';
import { Link } from './fabric/link.ts';
import type { Live, Namespace } from './fabric/namespace.ts';
import type { Listener, Resettable } from './fabric/port-table.ts';
import { exchangeOverBytes, serveOverBytes } from './http/over-bytes.ts';
import type { Arrival, Route, Router, Source } from './router.ts';

/** How long Linux tries to connect when nothing comes back (tcp_syn_retries 6), and until its neighbours give an address up. */
const connectMs = 127_000;
const neighbourMs = 3_000;
/** ping's own patience. */
const echoMs = 10_000;

/** Who opens connections: they end with it. */
export interface Caller extends Source {
  readonly lives: Set<Resettable>;
  readonly closed: boolean;
}

type HttpServer = Extract<VirtualServer, { kind: 'http' }>;

/** Opens connections along the ways that the router finds. */
export class Traffic {
  readonly #fabric: Fabric;
  readonly #router: Router;
  readonly #clock: Clock;
  readonly #parsers = new WeakMap<HttpServer, ReturnType<typeof serveOverBytes>>();

  constructor(fabric: Fabric, router: Router, clock: Clock) {
    this.#fabric = fabric;
    this.#router = router;
    this.#clock = clock;
  }

  /** To an address. Rejects with `NetworkError`, or with the signal's reason. */
  async connect(caller: Caller, ip: string, port: number, signal?: AbortSignal): Promise<Duplex> {
    return this.openBytes(caller, await this.arrive(caller, this.#route(caller, ip, port), signal));
  }

  async http(
    caller: Caller,
    ip: string,
    port: number,
    request: HttpRequest,
    signal?: AbortSignal,
    connected?: () => void,
  ): Promise<HttpResponse> {
    const arrival = await this.arrive(caller, this.#route(caller, ip, port), signal);
    connected?.();
    return this.exchange(caller, arrival, request, signal);
  }

  async ping(caller: Caller, ip: string, signal?: AbortSignal): Promise<void> {
    const result = this.#router.echo(caller, ip);
    if (result === 'arrived') return;
    if (result === 'dropped') {
      await this.#wait(echoMs, ip, caller, signal);
      throw new NetworkError('ETIMEDOUT', ip);
    }
    await this.arrive(caller, { kind: result, steps: [], address: ip }, signal);
  }

  /** Waits as a client waits whose packets get that far. */
  async arrive(caller: Caller, route: Route, signal?: AbortSignal): Promise<Arrival> {
    signal?.throwIfAborted();
    const { address } = route;
    if (caller.closed) throw new NetworkError('ECONNRESET', address);
    switch (route.kind) {
      case 'arrived':
        return route;
      case 'refused':
        throw new NetworkError('ECONNREFUSED', address);
      case 'outside':
        throw new NetworkError(
          'EHOSTUNREACH',
          address,
          `EHOSTUNREACH ${address}: outside the cluster (nothing leaves this machine)`,
        );
      case 'unreachable':
        await this.#wait(neighbourMs, address, caller, signal);
        throw new NetworkError('EHOSTUNREACH', address);
      default:
        await this.#wait(connectMs, address, caller, signal);
        throw new NetworkError('ETIMEDOUT', address);
    }
  }

  openBytes(caller: Caller, { listener, to, address, peerIp }: Arrival): Duplex {
    const link = new Link(address, caller.namespace?.node, to.node);
    link.onEnd(this.#follow(link, caller, listener));
    const { server } = listener;
    try {
      if (server.kind === 'http') this.#parserOf(server)(link.server, peerIp);
      else if (server.kind === 'bytes')
        server.accept(link.server, { ip: peerIp, port: portsOf(caller.namespace).nextEphemeral() });
      else link.server.resume();
    } catch {
      link.reset('ECONNRESET');
    }
    return link.client;
  }

  async exchange(
    caller: Caller,
    arrival: Arrival,
    request: HttpRequest,
    signal?: AbortSignal,
  ): Promise<HttpResponse> {
    const { listener, to, address, peerIp } = arrival;
    if (listener.server.kind !== 'http')
      return exchangeOverBytes(this.openBytes(caller, arrival), address, request, signal);
    const exchange = new Exchange(address, caller.namespace?.node, to.node);
    const forget = this.#follow(exchange, caller, listener);
    try {
      return await exchange.run(listener.server.handle.bind(listener.server), { ...request, peerIp }, signal);
    } finally {
      forget();
    }
  }

  #route(caller: Caller, ip: string, port: number): Route {
    if (parseIP(ip) === undefined) throw new NetworkError('ENOTFOUND', ip);
    return this.#router.route(caller, 'TCP', ip, port);
  }

  /** Whoever of both sides goes takes it along. */
  #follow(live: Live, caller: Caller, listener: Listener): () => void {
    const forget = this.#fabric.follow(live);
    caller.lives.add(live);
    listener.accepted.add(live);
    return () => {
      forget();
      caller.lives.delete(live);
      listener.accepted.delete(live);
    };
  }

  #parserOf(server: HttpServer): ReturnType<typeof serveOverBytes> {
    let parser = this.#parsers.get(server);
    if (parser === undefined) {
      parser = serveOverBytes(server.handle.bind(server));
      this.#parsers.set(server, parser);
    }
    return parser;
  }

  #wait(ms: number, address: string, caller: Caller, signal?: AbortSignal): Promise<void> {
    const ended = new AbortController();
    const abort = () => ended.abort(signal?.reason);
    const waiting = { reset: () => ended.abort(new NetworkError('ECONNRESET', address)) };
    signal?.addEventListener('abort', abort, { once: true });
    caller.lives.add(waiting);
    return this.#clock.sleep(ms, ended.signal).finally(() => {
      signal?.removeEventListener('abort', abort);
      caller.lives.delete(waiting);
    });
  }
}

function portsOf(namespace: Namespace | undefined): { nextEphemeral(): number } {
  return namespace?.ports ?? { nextEphemeral: () => 50_000 };
}
