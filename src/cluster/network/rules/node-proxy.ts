import type { Clock } from '../../../base/clock.ts';
import type { Random } from '../../../base/random.ts';
import { cidrContains, parseCIDR, parseIP } from '../../../kube/ip.ts';
import { EvenChance } from './even-chance.ts';
import {
  externalOutcome,
  internalOutcome,
  type NodeFacts,
  type RuleOutcome,
  reachOf,
  shortcutOutcome,
} from './reach.ts';
import { type Endpoint, endpointName, type ServicePort } from './service-ports.ts';
import type { AddressRule, RuleView, ServiceTable } from './service-table.ts';

/** How many clients a node remembers for session affinity, as the kernel's `recent` lists are bounded. */
const rememberedClients = 10_000;

/** What kube-proxy does on one node: its rules as it last heard of them, and who was sent where. */
export class NodeProxy {
  readonly #table: ServiceTable;
  readonly #clock: Clock;
  readonly #chance: EvenChance;
  readonly #clients = new Map<string, { readonly endpoint: string; readonly atMs: number }>();
  #frozen: RuleView | undefined;

  constructor(table: ServiceTable, clock: Clock, random: Random) {
    this.#table = table;
    this.#clock = clock;
    this.#chance = new EvenChance(random);
  }

  /** For one decision: it may change under the reader's hands. */
  get rules(): RuleView {
    return this.#frozen ?? this.#table.current();
  }

  /** False: it hears of no change any more, and its rules stay as they are. */
  setFollowing(following: boolean): void {
    if (following) this.#frozen = undefined;
    else this.#frozen ??= this.#table.frozen();
  }

  /** Where a new connection goes. `origin`: outside the cluster, or a Pod or process of this node. */
  decide(
    { port, via }: AddressRule,
    node: NodeFacts,
    origin: 'inside' | 'outside',
    clientIp: string,
  ): { readonly outcome: RuleOutcome; readonly chosen: Endpoint | undefined } {
    const reach = reachOf(port, node);
    const outcome =
      notFrom(port, via, clientIp) ??
      (via === 'cluster IP'
        ? internalOutcome(port, reach)
        : origin === 'inside'
          ? shortcutOutcome(port, reach)
          : externalOutcome(port, reach));
    return {
      outcome,
      chosen: outcome.kind === 'endpoints' ? this.#choose(port, outcome.endpoints, clientIp) : undefined,
    };
  }

  #choose(port: ServicePort, endpoints: readonly Endpoint[], clientIp: string): Endpoint | undefined {
    const { affinitySeconds } = port;
    const rule = `${port.protocol}/${port.name}`;
    const draw = () => endpoints[this.#chance.pick(rule, endpoints.map(endpointName))];
    if (affinitySeconds === undefined) return draw();
    const key = `${rule} ${clientIp}`;
    const nowMs = this.#clock.now();
    const known = this.#clients.get(key);
    const kept =
      known !== undefined && nowMs - known.atMs <= affinitySeconds * 1000
        ? endpoints.find((endpoint) => endpointName(endpoint) === known.endpoint)
        : undefined;
    const chosen = kept ?? draw();
    // Counted from the last connection; the oldest client is forgotten first.
    this.#clients.delete(key);
    if (chosen !== undefined) this.#clients.set(key, { endpoint: endpointName(chosen), atMs: nowMs });
    if (this.#clients.size > rememberedClients)
      for (const oldest of this.#clients.keys()) {
        this.#clients.delete(oldest);
        break;
      }
    return chosen;
  }
}

/** KUBE-PROXY-FIREWALL: `loadBalancerSourceRanges` say who may come. */
function notFrom(port: ServicePort, via: AddressRule['via'], clientIp: string): RuleOutcome | undefined {
  if (via !== 'loadbalancer IP' || port.sourceRanges.length === 0) return undefined;
  const client = parseIP(clientIp);
  const allowed = port.sourceRanges.some((range) => {
    const cidr = parseCIDR(range.trim());
    return cidr !== undefined && client !== undefined && cidrContains(cidr, client);
  });
  return allowed ? undefined : { kind: 'drop', why: `${port.name} takes nobody from ${clientIp}` };
}
