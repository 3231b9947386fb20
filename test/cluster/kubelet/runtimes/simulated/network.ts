import { Duplex, PassThrough } from 'node:stream';
import {
  type HttpRequest,
  type HttpResponse,
  type Network,
  NetworkError,
  type NetworkInterface,
  type NetworkPod,
  type VirtualServer,
} from '../../../../../src/cluster/network/contract.ts';

/** Pods that reach each other by address or by name; no Services, no policies. */
export class FakeNetwork implements Network {
  readonly #byIp = new Map<string, FakeInterface>();
  readonly names = new Map<string, string>();
  #next = 2;

  attach(pod: NetworkPod): NetworkInterface {
    const one = new FakeInterface(`10.244.0.${this.#next++}`, this);
    this.#byIp.set(one.ip, one);
    this.names.set(pod.name, one.ip);
    return one;
  }

  host(): NetworkInterface {
    return this.attach({
      node: '',
      namespace: '',
      name: 'host',
      uid: '',
      resolver: { nameservers: [], searches: [], ndots: 1 },
    });
  }

  find(host: string, from: FakeInterface): FakeInterface {
    const ip = host === 'localhost' || host === '127.0.0.1' ? from.ip : (this.names.get(host) ?? host);
    if (!/^[\d.]+$/.test(ip)) throw new NetworkError('ENOTFOUND', host);
    const found = this.#byIp.get(ip);
    if (found === undefined) throw new NetworkError('EHOSTUNREACH', host);
    return found;
  }
}

class FakeInterface implements NetworkInterface {
  readonly ip: string;
  readonly #network: FakeNetwork;
  readonly #servers = new Map<string, { server: VirtualServer; loopback: boolean }>();

  constructor(ip: string, network: FakeNetwork) {
    this.ip = ip;
    this.#network = network;
  }

  listen(
    port: number,
    server: VirtualServer,
    options: { protocol?: 'TCP' | 'UDP'; loopback?: boolean } = {},
  ): () => void {
    const key = `${options.protocol ?? 'TCP'}/${port}`;
    if (this.#servers.has(key)) throw new NetworkError('EADDRINUSE', `${this.ip}:${port}`);
    this.#servers.set(key, { server, loopback: options.loopback === true });
    return () => this.#servers.delete(key);
  }

  #server(host: string, port: number): VirtualServer {
    const found = this.#network.find(host, this).#servers.get(`TCP/${port}`);
    if (found === undefined) throw new NetworkError('ECONNREFUSED', `${host}:${port}`);
    return found.server;
  }

  async connect(host: string, port: number): Promise<Duplex> {
    const server = this.#server(host, port);
    if (server.kind !== 'bytes') throw new NetworkError('ECONNREFUSED', `${host}:${port}`);
    const [up, down] = [new PassThrough(), new PassThrough()];
    const here = Duplex.from({ readable: down, writable: up });
    server.accept(Duplex.from({ readable: up, writable: down }), { ip: this.ip, port: 40_000 });
    return here;
  }

  async http(host: string, port: number, request: HttpRequest, signal?: AbortSignal): Promise<HttpResponse> {
    const server = this.#server(host, port);
    if (server.kind !== 'http') throw new NetworkError('ECONNRESET', `${host}:${port}`);
    const answer = Promise.resolve(
      server.handle({ ...request, peerIp: this.ip }, signal ?? new AbortController().signal),
    );
    if (signal === undefined) return answer;
    return Promise.race([
      answer,
      new Promise<never>((_, reject) => signal.addEventListener('abort', () => reject(signal.reason))),
    ]);
  }

  async resolve(name: string): Promise<{ name: string; values: string[]; aliases: string[] }> {
    return { name, values: [this.#network.find(name, this).ip], aliases: [] };
  }

  async query(name: string): Promise<never> {
    throw new NetworkError('ENOTFOUND', name);
  }

  listening() {
    return [...this.#servers]
      .map(([key, { loopback }]) => ({
        port: Number(key.split('/')[1]),
        protocol: key.startsWith('TCP') ? ('TCP' as const) : ('UDP' as const),
        loopback,
      }))
      .sort((a, b) => a.port - b.port);
  }

  close(): void {
    this.#servers.clear();
  }
}
