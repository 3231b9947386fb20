import type { Clock } from '../../../base/clock.ts';
import type { Random } from '../../../base/random.ts';
import {
  clusterDnsIp,
  type DnsAnswer,
  type DnsReply,
  type DnsType,
  NetworkError,
  type Resolver,
} from '../contract.ts';
import type { Fabric } from '../fabric/fabric.ts';
import type { Router } from '../router.ts';
import type { Caller } from '../traffic.ts';
import { lookUp } from './stub-resolver.ts';
import { answer, type DnsRecord, type ZoneAnswer, type ZoneSources } from './zone.ts';

/** resolv.conf(5): how long one nameserver is waited for, and how often it is asked. */
const timeoutMs = 5_000;
const attempts = 2;

/** Questions and answers over the cluster's network. */
export class NameService {
  readonly #zone: ZoneSources;
  readonly #router: Router;
  readonly #fabric: Fabric;
  readonly #clock: Clock;
  readonly #random: Random;

  readonly #builtIn: boolean;

  constructor(parts: {
    readonly zone: ZoneSources;
    readonly router: Router;
    readonly fabric: Fabric;
    readonly clock: Clock;
    readonly random: Random;
    readonly builtInDns?: boolean;
  }) {
    this.#zone = parts.zone;
    this.#router = parts.router;
    this.#fabric = parts.fabric;
    this.#clock = parts.clock;
    this.#random = parts.random;
    this.#builtIn = parts.builtInDns ?? true;
  }

  lookUp(caller: Caller, resolver: Resolver, name: string, type: DnsType): Promise<DnsAnswer> {
    return lookUp(resolver, name, type, (nameserver, asked) => this.ask(caller, nameserver, asked, type));
  }

  /** `name` without the final dot. Rejects with `EAI_AGAIN`: at once when nobody listens there, otherwise after the time-out. */
  async ask(caller: Caller, nameserver: string, name: string, type: DnsType): Promise<DnsReply> {
    const replied = ({ rcode, records }: ZoneAnswer): DnsReply => ({
      server: nameserver,
      rcode,
      records: this.#shuffled(records),
    });
    if (!this.#inCluster(caller, nameserver)) return replied({ rcode: 'NXDOMAIN', records: [] });
    if (this.#isBuiltIn(caller, nameserver)) return replied(answer(this.#zone, name, type));
    let refused = false;
    // Each try comes from another port: with more than one endpoint it may reach another.
    for (let tried = 0; tried < attempts && !refused; tried++) {
      const route = this.#router.route(caller, 'UDP', nameserver, 53);
      if (route.kind === 'arrived' && route.listener.server.kind === 'dns')
        return replied(answer(this.#zone, name, type));
      if (route.kind === 'dropped' || route.kind === 'unreachable') await this.#clock.sleep(timeoutMs);
      else refused = true;
    }
    throw new NetworkError(
      'EAI_AGAIN',
      name,
      `EAI_AGAIN ${name}: ${nameserver}:53 ${refused ? 'refuses the question' : 'does not answer'}`,
    );
  }

  /** As long as nobody has made the Service, the address answers by itself. */
  #isBuiltIn(caller: Caller, nameserver: string): boolean {
    if (!this.#builtIn || nameserver !== clusterDnsIp) return false;
    const { rules } = this.#router.proxyOf(caller.namespace?.node ?? '');
    return (
      rules.atAddress('UDP', nameserver, 53) === undefined &&
      !this.#zone.services.get('kube-system', 'kube-dns')
    );
  }

  /** A nameserver outside knows no name that leads anywhere from here. */
  #inCluster(caller: Caller, nameserver: string): boolean {
    return this.#router.knows(caller, nameserver) || this.#fabric.machineAt(nameserver) !== undefined;
  }

  /** CoreDNS's plugin loadbalance: addresses come in any order. */
  #shuffled(records: readonly DnsRecord[]): readonly DnsRecord[] {
    const addresses = records.filter(({ type }) => type === 'A');
    if (addresses.length < 2) return records;
    for (let i = addresses.length - 1; i > 0; i--) {
      const j = this.#random.int(i + 1);
      const [a, b] = [addresses[i], addresses[j]];
      if (a === undefined || b === undefined) continue;
      addresses[i] = b;
      addresses[j] = a;
    }
    return [...records.filter(({ type }) => type !== 'A'), ...addresses];
  }
}
