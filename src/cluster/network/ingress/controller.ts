import type { Clock } from '../../../base/clock.ts';
import type { Ingress, IngressClass } from '../../../kube/api/networking-v1.ts';
import type { KubeClient } from '../../../kube/client.ts';
import type { EventRecorder } from '../../../kube/event-recorder.ts';
import type { Informer } from '../../../kube/informer.ts';
import { equalJson, type KubeObject } from '../../../kube/object.ts';
import { StatusError } from '../../../kube/status.ts';
import { createWorkQueue, type WorkQueue } from '../../../kube/work-queue.ts';
import type { HttpRequest, HttpResponse } from '../contract.ts';
import { serveOverBytes } from '../http/over-bytes.ts';
import { outsideIp } from '../real/entry.ts';
import { type LoopbackPort, openLoopbackPort, type PortState } from '../real/loopback-port.ts';
import { type IngressRoutes, ingressRoutes } from './routes.ts';

export type StoredIngress = Ingress & KubeObject;
export type StoredIngressClass = IngressClass & KubeObject;

/** What a class says whose Ingresses are served here. */
const ingressController = 'curso-k8s/ingress';
/** The class that is there from the start. Not the default one: an Ingress that names none is nobody's. */
const className = 'curso';
/** In the queue, among the keys of Ingresses. */
const theClass = '';
const ingresses = { group: 'networking.k8s.io', version: 'v1', plural: 'ingresses' };
const classes = { group: 'networking.k8s.io', version: 'v1', plural: 'ingressclasses' };
/** What kubernetes.io/ingress.class was before there were classes. */
const oldClass = 'kubernetes.io/ingress.class';

interface IngressOptions {
  readonly client: KubeClient;
  readonly clock: Clock;
  readonly events: EventRecorder;
  readonly ingresses: Informer<StoredIngress>;
  readonly classes: Informer<StoredIngressClass>;
  /** Brings a request to a Service's port; the answer says what went wrong. */
  readonly forward: (
    request: HttpRequest,
    routes: IngressRoutes,
    signal: AbortSignal,
  ) => Promise<HttpResponse>;
  /** On 127.0.0.1; 0: any. */
  readonly port: number;
  readonly trouble: (what: string, error: unknown) => void;
}

/** The built-in Ingress controller: one HTTP port on this machine, and the addresses in each Ingress's status. */
export class IngressController {
  readonly #options: IngressOptions;
  readonly #queue: WorkQueue;
  readonly #listening: LoopbackPort;
  #routes: IngressRoutes | undefined;

  constructor(options: IngressOptions) {
    this.#options = options;
    this.#queue = createWorkQueue(options.clock);
    const serve = serveOverBytes((request, signal) => options.forward(request, this.#current(), signal));
    this.#listening = openLoopbackPort({
      port: options.port,
      orAny: true,
      accept: (socket) => serve(socket, outsideIp),
      clock: options.clock,
      onState: () => this.#queueAll(),
    });
    options.ingresses.onChange((after) => {
      this.#routes = undefined;
      if (after !== undefined) this.#queue.add(`${after.metadata.namespace}/${after.metadata.name}`);
    });
    options.classes.onChange(() => {
      this.#routes = undefined;
      this.#queueAll();
    });
    void Promise.all([options.ingresses.synced, options.classes.synced]).then(
      () => this.#start(),
      () => undefined, // closed before it began
    );
  }

  get port(): PortState {
    return this.#listening.state;
  }

  get wanted(): number {
    return this.#options.port;
  }

  async close(): Promise<void> {
    await Promise.all([this.#queue.stop(), this.#listening.close()]);
  }

  #start(): void {
    this.#queue.run(1, (key) => this.#work(key));
    this.#queue.add(theClass);
  }

  /** Once, at the start: whoever deletes it afterwards meant it. */
  async #makeClass(): Promise<void> {
    if (this.#options.classes.list().some(isOurs)) return;
    await this.#options.client
      .create<StoredIngressClass>(classes, '', {
        apiVersion: 'networking.k8s.io/v1',
        kind: 'IngressClass',
        metadata: { name: className },
        spec: { controller: ingressController },
      })
      .catch((error: unknown) => {
        if (!(error instanceof StatusError) || error.status.reason !== 'AlreadyExists') throw error;
      });
  }

  #queueAll(): void {
    for (const { metadata } of this.#options.ingresses.list())
      this.#queue.add(`${metadata.namespace}/${metadata.name}`);
  }

  #current(): IngressRoutes {
    this.#routes ??= ingressRoutes(this.#options.ingresses.list().filter((one) => this.#serves(one)));
    return this.#routes;
  }

  #serves({ metadata, spec }: StoredIngress): boolean {
    const name = spec?.ingressClassName ?? metadata.annotations?.[oldClass];
    if (name === undefined || metadata.deletionTimestamp !== undefined) return false;
    const known = this.#options.classes.get('', name);
    return known !== undefined && isOurs(known);
  }

  async #work(key: string): Promise<void> {
    try {
      await (key === theClass ? this.#makeClass() : this.#reconcile(key));
      this.#queue.forget(key);
    } catch (error) {
      const expected = error instanceof StatusError && [404, 409].includes(error.status.code ?? 0);
      if (!expected) this.#options.trouble(`network ingress ${key}`, error);
      this.#queue.addRateLimited(key);
    }
  }

  /** Its status says where it is served; what we said of one that is no longer ours is taken back. */
  async #reconcile(key: string): Promise<void> {
    const at = key.indexOf('/');
    const ingress = this.#options.ingresses.get(key.slice(0, at), key.slice(at + 1));
    const { state } = this.#listening;
    if (ingress === undefined || state.state !== 'open') return;
    const before = ingress.status?.loadBalancer?.ingress ?? [];
    const ours = [{ ip: '127.0.0.1', ports: [{ port: state.port, protocol: 'TCP' }] }];
    const isOld = before.length === 1 && before[0]?.ip === '127.0.0.1';
    const wanted = this.#serves(ingress) ? ours : isOld ? [] : before;
    if (equalJson(before, wanted)) return;
    const status = { loadBalancer: wanted.length === 0 ? {} : { ingress: wanted } };
    await this.#options.client.update<StoredIngress>(
      ingresses,
      { ...ingress, status },
      { subresource: 'status' },
    );
    if (wanted !== ours) return;
    const where = `Atendido en http://127.0.0.1:${state.port}/ (el host se elige con la cabecera Host).`;
    this.#options.events.event(ingress, 'Normal', 'Sync', 'Scheduled for sync');
    this.#options.events.event(ingress, 'Normal', 'Published', where);
  }
}

const isOurs = ({ spec }: StoredIngressClass): boolean => spec?.controller === ingressController;
