import type { Duplex } from 'node:stream';
import { parseIP } from '../../kube/ip.ts';
import {
  type DnsAnswer,
  type DnsReply,
  type DnsType,
  type HttpRequest,
  type HttpResponse,
  NetworkError,
  type NetworkInterface,
  type Reached,
  type Resolver,
  type VirtualServer,
} from './contract.ts';
import type { NameService } from './dns/name-service.ts';
import type { Namespace } from './fabric/namespace.ts';
import type { Resettable } from './fabric/port-table.ts';
import type { Caller, Traffic } from './traffic.ts';

/** What somebody inside a network namespace can do: several may share one (Pods of the node's network). */
export class Attachment implements NetworkInterface, Caller {
  readonly namespace: Namespace;
  readonly resolver: Resolver;
  readonly #traffic: Traffic;
  readonly #names: NameService;
  readonly #onClose: () => void;
  /** Most Pods have nothing under way. */
  #lives: Set<Resettable> | undefined;
  #closed = false;

  constructor(
    namespace: Namespace,
    resolver: Resolver,
    traffic: Traffic,
    names: NameService,
    onClose: () => void,
  ) {
    this.namespace = namespace;
    this.resolver = resolver;
    this.#traffic = traffic;
    this.#names = names;
    this.#onClose = onClose;
  }

  get ip(): string {
    return this.namespace.ip;
  }

  get lives(): Set<Resettable> {
    this.#lives ??= new Set();
    return this.#lives;
  }

  get closed(): boolean {
    return this.#closed;
  }

  listen(
    port: number,
    server: VirtualServer,
    options: { readonly protocol?: 'TCP' | 'UDP'; readonly loopback?: boolean } = {},
  ): (how?: 'drain') => void {
    if (this.#closed) throw new NetworkError('EADDRINUSE', `${this.ip}:${port}`, 'the interface is gone');
    return this.namespace.ports.open(this.ip, port, server, options, this);
  }

  connect(host: string, port: number, signal?: AbortSignal): Promise<Duplex> {
    return this.#first(host, (ip) => this.#traffic.connect(this, ip, port, signal), signal);
  }

  http(
    host: string,
    port: number,
    request: HttpRequest,
    signal?: AbortSignal,
    reached?: (what: Reached) => void,
  ): Promise<HttpResponse> {
    const open = (ip: string) => {
      reached?.('name');
      return this.#traffic.http(this, ip, port, request, signal, () => reached?.('connection'));
    };
    return this.#first(host, open, signal);
  }

  resolve(name: string, type: DnsType = 'A'): Promise<DnsAnswer> {
    return this.#names.lookUp(this, this.resolver, name, type);
  }

  query(name: string, type: DnsType, nameserver = this.resolver.nameservers[0]): Promise<DnsReply> {
    if (nameserver === undefined)
      return Promise.reject(new NetworkError('EAI_AGAIN', name, `EAI_AGAIN ${name}: there is no nameserver`));
    return this.#names.ask(this, nameserver, name.replace(/\.$/, ''), type);
  }

  async ping(host: string, signal?: AbortSignal): Promise<string> {
    const [ip = host] = await this.#addressesOf(host, signal);
    await this.#traffic.ping(this, ip, signal);
    return ip;
  }

  listening(): ReturnType<NetworkInterface['listening']> {
    return this.namespace.ports.list().map(({ port, protocol, loopback }) => ({ port, protocol, loopback }));
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.namespace.ports.closeAll(this);
    for (const live of [...(this.#lives ?? [])]) live.reset('ECONNRESET');
    this.#onClose();
  }

  /** Each address of a name in turn, as clients do, until one is there. */
  async #first<T>(host: string, open: (ip: string) => Promise<T>, signal?: AbortSignal): Promise<T> {
    const ips = await this.#addressesOf(host, signal);
    let failure: unknown;
    for (const ip of ips) {
      try {
        return await open(ip);
      } catch (error) {
        const next = error instanceof NetworkError && nextAddress.has(error.code);
        if (!next) throw error;
        failure = error;
      }
    }
    throw failure;
  }

  async #addressesOf(host: string, signal?: AbortSignal): Promise<readonly string[]> {
    signal?.throwIfAborted();
    if (host === 'localhost') return ['127.0.0.1'];
    if (parseIP(host) !== undefined) return [host];
    const { values } = await this.resolve(host);
    signal?.throwIfAborted();
    return values;
  }
}

/** After these nothing was sent yet. */
const nextAddress: ReadonlySet<string> = new Set(['ECONNREFUSED', 'EHOSTUNREACH', 'ETIMEDOUT']);
