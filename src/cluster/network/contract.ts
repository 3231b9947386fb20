import type { Duplex } from 'node:stream';

/**
 * The cluster's network: addresses, names and connections between simulated Pods, nodes and Services, all inside this
 * process. Kubelet runtimes attach Pods to it; only `cluster/network` implements it.
 */
export interface Network {
  /**
   * Gives a Pod an address of its node's range (`spec.podCIDR`). Throws `NetworkError` when the node has no range yet
   * (`NetworkNotReady`) or none is left.
   */
  attach(pod: NetworkPod): NetworkInterface;
  /**
   * The node's own address and ports: the kubelet's probes and whatever runs on the machine. Same object for the same node.
   * `ip`: its address while its Node object does not say one; afterwards that one counts.
   */
  host(node: string, ip?: string): NetworkInterface;
}

/** Where cluster addresses of Services come from. */
export const serviceRange = '10.0.0.0/16';
/** Where nodes' ranges of Pod addresses come from (kube-proxy's `clusterCIDR`). */
export const clusterPodRange = '10.244.0.0/16';
/** Where Pods find the cluster's names: the address of Service `kube-system/kube-dns`, tenth of its range. */
export const clusterDnsIp = '10.0.0.10';
export const clusterDomain = 'cluster.local';

export interface NetworkPod {
  readonly node: string;
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  /** What /etc/resolv.conf says, for names without a dot. */
  readonly resolver: Resolver;
  /** Shares its node's address and ports; `close` closes only what it listened on itself. */
  readonly hostNetwork?: boolean;
  /** Ports of the node that lead to this Pod, as the portmap plugin does. One that is taken: `EADDRINUSE`. */
  readonly hostPorts?: readonly {
    readonly hostPort: number;
    readonly containerPort: number;
    readonly protocol: 'TCP' | 'UDP';
  }[];
}

/** As resolv.conf(5). */
export interface Resolver {
  readonly nameservers: readonly string[];
  readonly searches: readonly string[];
  readonly ndots: number;
}

/** One network namespace: what `ip addr` shows beside `lo`. */
export interface NetworkInterface {
  readonly ip: string;
  /**
   * Throws `NetworkError` `EADDRINUSE`. The result closes it, and resets what it had accepted, as when a process ends; with
   * `drain` what is accepted goes on. `loopback`: only whoever is inside reaches it (127.0.0.1).
   */
  listen(
    port: number,
    server: VirtualServer,
    options?: { readonly protocol?: 'TCP' | 'UDP'; readonly loopback?: boolean },
  ): (how?: 'drain') => void;
  /** A name or an address, through DNS, Service rules and NetworkPolicy. Rejects with `NetworkError`. */
  connect(host: string, port: number, signal?: AbortSignal): Promise<Duplex>;
  /**
   * The same path for one HTTP/1.1 exchange as a message: no bytes are framed when the other side serves messages too. Rejects
   * with `NetworkError`, or with the signal's reason. `reached` is told how far it got.
   */
  http(
    host: string,
    port: number,
    request: HttpRequest,
    signal?: AbortSignal,
    reached?: (what: Reached) => void,
  ): Promise<HttpResponse>;
  /** As the resolver says, search rules included. Rejects with `NetworkError` `ENOTFOUND` or `EAI_AGAIN`. */
  resolve(name: string, type?: DnsType): Promise<DnsAnswer>;
  /** One question to one nameserver (the first of the resolver by default), for `nslookup`. Rejects with `EAI_AGAIN`. */
  query(name: string, type: DnsType, nameserver?: string): Promise<DnsReply>;
  /**
   * One ICMP echo; resolves with the address that answered. Cluster addresses of Services never answer. Rejects with `NetworkError`:
   * `ETIMEDOUT` after 10 s on the clock, `EHOSTUNREACH`, `ENOTFOUND`, `EAI_AGAIN`; or with the signal's reason.
   */
  ping?(host: string, signal?: AbortSignal): Promise<string>;
  /** What listens: for `netstat`, sorted by port. */
  listening(): readonly {
    readonly port: number;
    readonly protocol: 'TCP' | 'UDP';
    readonly loopback: boolean;
  }[];
  /** The Pod is gone: every connection ends, the address may be given to another later on. */
  close(): void;
}

/** The name is known; somebody has accepted the connection. */
export type Reached = 'name' | 'connection';

/** What a program serves on a port. Bytes that reach a server of messages are parsed on the way. */
export type VirtualServer =
  | {
      readonly kind: 'http';
      handle(request: HttpRequest, signal: AbortSignal): HttpResponse | Promise<HttpResponse>;
    }
  | {
      readonly kind: 'bytes';
      accept(connection: Duplex, peer: { readonly ip: string; readonly port: number }): void;
    }
  /** Answers for the cluster's names, as CoreDNS does; on UDP (and TCP) port 53. */
  | { readonly kind: 'dns' };

export interface HttpRequest {
  readonly method: string;
  /** `/path?query` */
  readonly path: string;
  /** Lower-case names; `host` is set. */
  readonly headers: { readonly [name: string]: string };
  readonly body?: Uint8Array;
  /** As the server sees it (after the Service's SNAT, if any); the network fills it in. */
  readonly peerIp?: string;
}

export interface HttpResponse {
  readonly status: number;
  readonly headers: { readonly [name: string]: string };
  readonly body: Uint8Array;
}

export type DnsType = 'A' | 'AAAA' | 'SRV' | 'PTR' | 'CNAME';

export interface DnsAnswer {
  /** Fully qualified, without the final dot. */
  readonly name: string;
  /** Addresses, or `port host` of SRV, or the names. */
  readonly values: readonly string[];
  /** Names passed on the way. */
  readonly aliases: readonly string[];
}

/** `NOERROR` without records: the name is there, but not of that type. */
export interface DnsReply {
  /** Who answered. */
  readonly server: string;
  readonly rcode: 'NOERROR' | 'NXDOMAIN';
  readonly records: readonly {
    readonly name: string;
    readonly type: DnsType;
    readonly ttl: number;
    /** As `dig` prints it, without the final dot. */
    readonly value: string;
  }[];
}

/**
 * `ECONNREFUSED` nobody listens, or the Service has no endpoint; `ETIMEDOUT` dropped (a NetworkPolicy, a node that is off): only
 * after the connection's time-out, or the signal; `EHOSTUNREACH`; `ENOTFOUND` no such name; `EAI_AGAIN` no
 * nameserver answers; `ECONNRESET` the other side went away.
 */
export class NetworkError extends Error {
  readonly code:
    | 'ECONNREFUSED'
    | 'ETIMEDOUT'
    | 'EHOSTUNREACH'
    | 'ENOTFOUND'
    | 'EAI_AGAIN'
    | 'ECONNRESET'
    | 'EADDRINUSE'
    | 'NetworkNotReady';
  /** `10.244.1.7:80`, or the name asked for. */
  readonly address: string;
  constructor(code: NetworkError['code'], address: string, message = `${code} ${address}`) {
    super(message);
    this.code = code;
    this.address = address;
  }
}
