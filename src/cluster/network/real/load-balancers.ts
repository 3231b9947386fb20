import type { Clock } from '../../../base/clock.ts';
import type { KubeClient } from '../../../kube/client.ts';
import type { EventRecorder } from '../../../kube/event-recorder.ts';
import type { Informer } from '../../../kube/informer.ts';
import { equalJson } from '../../../kube/object.ts';
import { StatusError } from '../../../kube/status.ts';
import { createWorkQueue, type WorkQueue } from '../../../kube/work-queue.ts';
import type { Router } from '../router.ts';
import type { AddressRule, StoredService } from '../rules/service-table.ts';
import type { Entry } from './entry.ts';
import { type LoopbackPort, openLoopbackPort } from './loopback-port.ts';
import { type RealPort, realPort } from './real-ports.ts';

const services = { group: '', version: 'v1', plural: 'services' };
/** `loadBalancerClass` of Services that are always ours; those without one are when `all` says so. */
const ourClass = 'curso-k8s/loopback';
/** Says on which port of 127.0.0.1 each one is, when it could not be its own: `80=41234`. */
const portsAnnotation = 'curso-k8s/puertos-locales';
/** Below this, only root may listen. */
const firstFreePort = 1024;

/**
 * A cloud in small: gives each LoadBalancer Service ports of this machine's 127.0.0.1. Mirrors what
 * pkg/controller/service and a cloud provider do together.
 */
export class LoadBalancers {
  readonly #parts: LoadBalancerParts;
  readonly #queue: WorkQueue;
  /** By `namespace/name`, then by the Service's port. */
  readonly #opened = new Map<string, Map<number, LoopbackPort>>();

  constructor(parts: LoadBalancerParts) {
    this.#parts = parts;
    this.#queue = createWorkQueue(parts.clock);
    parts.services.onChange((after, before) => {
      const { namespace, name } = (after ?? before)?.metadata ?? {};
      this.#queue.add(`${namespace}/${name}`);
    });
    void parts.services.synced.then(
      () => this.#queue.run(1, (key) => this.#work(key)),
      () => undefined, // closed before it began
    );
  }

  list(): readonly RealPort[] {
    return [...this.#opened].flatMap(([service, ports]) =>
      [...ports].map(([wanted, { state }]) =>
        realPort('load balancer', `${service}:${wanted}`, wanted, state),
      ),
    );
  }

  async close(): Promise<void> {
    await this.#queue.stop();
    const all = [...this.#opened.values()].flatMap((ports) => [...ports.values()]);
    await Promise.all(all.map((port) => port.close()));
  }

  async #work(key: string): Promise<void> {
    try {
      await this.#reconcile(key);
      this.#queue.forget(key);
    } catch (error) {
      const expected = error instanceof StatusError && [404, 409].includes(error.status.code ?? 0);
      if (!expected) this.#parts.trouble(`network load balancer ${key}`, error);
      this.#queue.addRateLimited(key);
    }
  }

  async #reconcile(key: string): Promise<void> {
    const at = key.indexOf('/');
    const service = this.#parts.services.get(key.slice(0, at), key.slice(at + 1));
    const wanted = service !== undefined && isOurs(service, this.#parts.all) ? tcpPorts(service) : [];
    const ports = this.#opened.get(key) ?? new Map<number, LoopbackPort>();
    if (wanted.length > 0 && ports.size === 0 && service !== undefined)
      this.#parts.events.event(service, 'Normal', 'EnsuringLoadBalancer', 'Ensuring load balancer');
    for (const [number, port] of [...ports]) {
      if (wanted.includes(number)) continue;
      ports.delete(number);
      await port.close();
    }
    for (const number of wanted) if (!ports.has(number)) ports.set(number, this.#open(key, number));
    if (ports.size === 0) this.#opened.delete(key);
    else this.#opened.set(key, ports);
    if (service !== undefined) await this.#tell(service, ports);
  }

  #open(key: string, number: number): LoopbackPort {
    const { router, entry, clock } = this.#parts;
    const ruleAt = (node: string): AddressRule | undefined => {
      const port = router
        .proxyOf(node)
        .rules.services.get(key)
        ?.find((one) => one.port === number);
      return port && { port, via: 'loadbalancer IP' };
    };
    return openLoopbackPort({
      port: number < firstFreePort ? 0 : number,
      // A privileged port, or one that somebody has, is not to be had: another one, which the annotation names.
      orAny: true,
      accept: (socket) => void entry.accept(socket, ruleAt),
      clock,
      onState: () => this.#queue.add(key),
    });
  }

  /** Its address, once every port has been opened or found taken. */
  async #tell(service: StoredService, ports: ReadonlyMap<number, LoopbackPort>): Promise<void> {
    const { client, events } = this.#parts;
    const all = [...ports].map(([number, { state }]) => ({ number, state }));
    if (all.some(({ state }) => state.state === 'opening')) return;
    const before = service.status?.loadBalancer?.ingress ?? [];
    const moved = all.flatMap(({ number, state }) =>
      state.state === 'open' && state.port !== number ? `${number}=${state.port}` : [],
    );
    const note = moved.length === 0 ? undefined : moved.join(',');
    if (all.length > 0 && service.metadata.annotations?.[portsAnnotation] !== note)
      await client.patch(services, service.metadata.namespace ?? '', service.metadata.name ?? '', 'merge', {
        metadata: { annotations: { [portsAnnotation]: note ?? null } },
      });
    const given = {
      ip: '127.0.0.1',
      // Nodes must not take the address for their own.
      ipMode: 'Proxy',
      ports: all.map(({ number, state }) => ({
        port: number,
        protocol: 'TCP',
        ...(state.state === 'taken' ? { error: 'PortTaken' } : {}),
      })),
    };
    const ours = before.some(({ ip, ipMode }) => ip === given.ip && ipMode === given.ipMode);
    if (all.length === 0 ? !ours : equalJson(before, [given])) return;
    const loadBalancer = all.length === 0 ? {} : { ingress: [given] };
    await client.patch(
      services,
      service.metadata.namespace ?? '',
      service.metadata.name ?? '',
      'merge',
      { status: { loadBalancer: { ingress: null, ...loadBalancer } } },
      { subresource: 'status' },
    );
    if (all.length > 0) events.event(service, 'Normal', 'EnsuredLoadBalancer', 'Ensured load balancer');
  }
}

interface LoadBalancerParts {
  readonly client: KubeClient;
  readonly clock: Clock;
  readonly events: EventRecorder;
  readonly services: Informer<StoredService>;
  readonly router: Router;
  readonly entry: Entry;
  /** Also those that name no class. */
  readonly all: boolean;
  readonly trouble: (what: string, error: unknown) => void;
}

function isOurs({ metadata, spec }: StoredService, all: boolean): boolean {
  const own = spec?.loadBalancerClass === undefined ? all : spec.loadBalancerClass === ourClass;
  return spec?.type === 'LoadBalancer' && own && metadata.deletionTimestamp === undefined;
}

const tcpPorts = ({ spec }: StoredService): readonly number[] =>
  (spec?.ports ?? []).filter(({ protocol }) => (protocol ?? 'TCP') === 'TCP').map(({ port }) => port);
