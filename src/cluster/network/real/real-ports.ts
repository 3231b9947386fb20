import type { Clock } from '../../../base/clock.ts';
import type { EventRecorder } from '../../../kube/event-recorder.ts';
import type { Informer } from '../../../kube/informer.ts';
import type { Router } from '../router.ts';
import { reachOf } from '../rules/reach.ts';
import type { ServicePort } from '../rules/service-ports.ts';
import type { ServiceTable, StoredService } from '../rules/service-table.ts';
import type { Entry } from './entry.ts';
import { type LoopbackPort, openLoopbackPort, type PortState } from './loopback-port.ts';

export interface RealPort {
  readonly kind: 'node port' | 'load balancer' | 'ingress';
  /** `namespace/name:port` of the Service; '' for the Ingress controller. */
  readonly service: string;
  /** What it should be on 127.0.0.1; 0: any. */
  readonly wanted: number;
  readonly state: PortState;
  /** In Spanish, when somebody else has the port. */
  readonly trouble: string | undefined;
}

export function realPort(
  kind: RealPort['kind'],
  service: string,
  wanted: number,
  state: PortState,
): RealPort {
  const trouble = state.state === 'taken' ? explainTaken(wanted, state.code) : undefined;
  return { kind, service, wanted, state, trouble };
}

interface Opened {
  readonly service: string;
  readonly port: LoopbackPort;
}

/**
 * Node ports on this machine's 127.0.0.1. One listens as long as its Service has an endpoint: without, the learner's own `curl`
 * is refused, as a node refuses.
 */
export class NodePorts {
  readonly #table: ServiceTable;
  readonly #router: Router;
  readonly #services: Informer<StoredService>;
  readonly #entry: Entry;
  readonly #clock: Clock;
  readonly #events: EventRecorder;
  readonly #opened = new Map<number, Opened>();
  readonly #wantedBy = new Map<string, readonly number[]>();
  readonly #dirty = new Set<string>();
  #closed = false;

  constructor(parts: {
    readonly table: ServiceTable;
    readonly router: Router;
    readonly services: Informer<StoredService>;
    readonly entry: Entry;
    readonly clock: Clock;
    readonly events: EventRecorder;
  }) {
    this.#table = parts.table;
    this.#router = parts.router;
    this.#services = parts.services;
    this.#entry = parts.entry;
    this.#clock = parts.clock;
    this.#events = parts.events;
    this.#table.onChange((service) => {
      if (this.#dirty.size === 0) queueMicrotask(() => this.#reconcile());
      this.#dirty.add(service);
    });
  }

  list(): readonly RealPort[] {
    return [...this.#opened]
      .map(([wanted, { service, port }]) => realPort('node port', service, wanted, port.state))
      .sort((a, b) => a.wanted - b.wanted);
  }

  async close(): Promise<void> {
    this.#closed = true;
    await Promise.all([...this.#opened.values()].map(({ port }) => port.close()));
  }

  #reconcile(): void {
    const { services } = this.#table.current();
    for (const key of this.#dirty) {
      const wanted = new Map((services.get(key) ?? []).filter(listens).map((port) => [port.nodePort, port]));
      for (const number of this.#wantedBy.get(key) ?? []) {
        const opened = this.#opened.get(number);
        if (wanted.has(number) || opened === undefined) continue;
        this.#opened.delete(number);
        void opened.port.close();
      }
      if (wanted.size === 0) this.#wantedBy.delete(key);
      else this.#wantedBy.set(key, [...wanted.keys()]);
      for (const [number, port] of wanted) if (!this.#opened.has(number)) this.#open(number, port);
    }
    this.#dirty.clear();
  }

  #open(number: number, { name, namespace, service }: ServicePort): void {
    if (this.#closed) return;
    const ruleAt = (node: string) => this.#router.proxyOf(node).rules.atNodePort('TCP', number);
    const told = (state: PortState) => {
      const object = this.#services.get(namespace, service);
      if (state.state === 'taken' && object !== undefined)
        this.#events.event(object, 'Warning', 'NodePortUnavailable', explainTaken(number, state.code));
    };
    this.#opened.set(number, {
      service: name,
      port: openLoopbackPort({
        port: number,
        orAny: false,
        accept: (socket) => void this.#entry.accept(socket, ruleAt),
        clock: this.#clock,
        onState: told,
      }),
    });
  }
}

/** Somewhere in the cluster there is somebody to answer. */
function listens(port: ServicePort): boolean {
  return port.protocol === 'TCP' && port.nodePort !== 0 && reachOf(port, { name: '', zone: '' }).any;
}

/** For the learner: this is about their own machine, not about the cluster. */
function explainTaken(port: number, code: string): string {
  const why =
    code === 'EADDRINUSE'
      ? 'ya lo usa otro programa de esta máquina'
      : `esta máquina no deja abrirlo (${code})`;
  return `El puerto 127.0.0.1:${port} no está disponible: ${why}. Dentro del clúster funciona; se vuelve a intentar cada 5 s.`;
}
