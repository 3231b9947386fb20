import type { Service } from '../../../kube/api/core-v1.ts';
import type { EndpointSlice } from '../../../kube/api/discovery-v1.ts';
import { type Informer, keyOf } from '../../../kube/informer.ts';
import type { KubeObject } from '../../../kube/object.ts';
import type { Protocol } from '../fabric/port-table.ts';
import { type ServicePort, servicePortsOf } from './service-ports.ts';

/** A rule that an address and a port lead to. */
export interface AddressRule {
  readonly port: ServicePort;
  readonly via: 'cluster IP' | 'external IP' | 'loadbalancer IP' | 'node port';
}

/** What nodes program, at one moment. */
export interface RuleView {
  /** By `namespace/name`. */
  readonly services: ReadonlyMap<string, readonly ServicePort[]>;
  atAddress(protocol: Protocol, ip: string, port: number): AddressRule | undefined;
  atNodePort(protocol: Protocol, port: number): AddressRule | undefined;
  /** The Service whose `healthCheckNodePort` this is. */
  atHealthPort(port: number): readonly ServicePort[] | undefined;
}

export type StoredService = Service & KubeObject;
export type StoredSlice = EndpointSlice & KubeObject;

/** The index of slices that says which Service they belong to, as `namespace/name`. */
export const byService = 'service';
export const serviceOfSlice = (slice: StoredSlice): readonly string[] => {
  const service = slice.metadata.labels?.['kubernetes.io/service-name'];
  return service === undefined ? [] : [keyOf(slice.metadata.namespace ?? '', service)];
};

/** The rules of all Services, kept up to date one Service at a time, and only when somebody looks. */
export class ServiceTable {
  readonly #services: Informer<StoredService>;
  readonly #slices: Informer<StoredSlice>;
  readonly #dirty = new Set<string>();
  readonly #listeners: ((service: string) => void)[] = [];
  readonly #view = new View();

  constructor(services: Informer<StoredService>, slices: Informer<StoredSlice>) {
    this.#services = services;
    this.#slices = slices;
    services.onChange((after, before) => {
      const { namespace, name } = (after ?? before)?.metadata ?? {};
      this.#touch(keyOf(namespace ?? '', name ?? ''));
    });
    slices.onChange((after, before) => {
      const keys = [after, before].flatMap((slice) => (slice === undefined ? [] : serviceOfSlice(slice)));
      for (const key of new Set(keys)) this.#touch(key);
    });
  }

  /** Told each time the rules of a Service may have changed. */
  onChange(listener: (service: string) => void): void {
    this.#listeners.push(listener);
  }

  /** Changes under the reader's hands: for one decision, not to be kept. */
  current(): RuleView {
    for (const key of this.#dirty) {
      const at = key.indexOf('/');
      const service = this.#services.get(key.slice(0, at), key.slice(at + 1));
      this.#view.replace(
        key,
        service === undefined ? [] : servicePortsOf(service, this.#slices.byIndex(byService, key)),
      );
    }
    this.#dirty.clear();
    return this.#view;
  }

  /** As it is now, for a node that hears of no change any more. */
  frozen(): RuleView {
    const copy = new View();
    for (const [key, ports] of this.current().services) copy.replace(key, ports);
    return copy;
  }

  #touch(key: string): void {
    this.#dirty.add(key);
    for (const listener of this.#listeners) listener(key);
  }
}

class View implements RuleView {
  readonly services = new Map<string, readonly ServicePort[]>();
  readonly #rules = new Map<string, AddressRule[]>();

  atAddress(protocol: Protocol, ip: string, port: number): AddressRule | undefined {
    return this.#rules.get(`${protocol}/${ip}:${port}`)?.[0];
  }

  atNodePort(protocol: Protocol, port: number): AddressRule | undefined {
    return this.#rules.get(`${protocol}/*:${port}`)?.[0];
  }

  atHealthPort(port: number): readonly ServicePort[] | undefined {
    const service = this.#rules.get(`health/*:${port}`)?.[0]?.port;
    return service && this.services.get(keyOf(service.namespace, service.service));
  }

  replace(service: string, ports: readonly ServicePort[]): void {
    for (const port of this.services.get(service) ?? []) {
      for (const [key] of rulesFor(port)) {
        // Two Services may claim one external address: the other's stays.
        const left = (this.#rules.get(key) ?? []).filter((rule) => rule.port !== port);
        if (left.length === 0) this.#rules.delete(key);
        else this.#rules.set(key, left);
      }
    }
    if (ports.length === 0) this.services.delete(service);
    else this.services.set(service, ports);
    for (const port of ports)
      for (const [key, rule] of rulesFor(port)) {
        const rules = [...(this.#rules.get(key) ?? []), rule];
        rules.sort((a, b) => (a.port.name < b.port.name ? -1 : 1));
        this.#rules.set(key, rules);
      }
  }
}

function rulesFor(port: ServicePort): readonly (readonly [string, AddressRule])[] {
  const at = (ip: string, number: number) => `${port.protocol}/${ip}:${number}`;
  const rules: [string, AddressRule][] = [
    ...port.clusterIps.map((ip): [string, AddressRule] => [at(ip, port.port), { port, via: 'cluster IP' }]),
    ...port.externalIps.map((ip): [string, AddressRule] => [at(ip, port.port), { port, via: 'external IP' }]),
    ...port.loadBalancerIps.map((ip): [string, AddressRule] => [
      at(ip, port.port),
      { port, via: 'loadbalancer IP' },
    ]),
  ];
  if (port.nodePort !== 0) rules.push([at('*', port.nodePort), { port, via: 'node port' }]);
  if (port.healthCheckNodePort !== 0)
    rules.push([`health/*:${port.healthCheckNodePort}`, { port, via: 'node port' }]);
  return rules;
}
