import type { Node } from '../../../kube/api/core-v1.ts';

/** Node names, in turns by zone. Mirrors pkg/scheduler/backend/cache nodeTree. */
export class ZoneOrder {
  readonly #zones = new Map<string, string[]>();
  readonly #zoneOf = new Map<string, string>();

  get size(): number {
    return this.#zoneOf.size;
  }

  /** False: it was there already, in that zone. */
  put(node: Node): boolean {
    const name = node.metadata?.name ?? '';
    const zone = zoneKey(node);
    if (this.#zoneOf.get(name) === zone) return false;
    this.remove(name);
    this.#zoneOf.set(name, zone);
    const names = this.#zones.get(zone);
    if (names === undefined) this.#zones.set(zone, [name]);
    else names.push(name);
    return true;
  }

  remove(name: string): boolean {
    const zone = this.#zoneOf.get(name);
    if (zone === undefined) return false;
    this.#zoneOf.delete(name);
    const left = (this.#zones.get(zone) ?? []).filter((other) => other !== name);
    if (left.length === 0) this.#zones.delete(zone);
    else this.#zones.set(zone, left);
    return true;
  }

  list(): readonly string[] {
    const names: string[] = [];
    const zones = [...this.#zones.values()];
    for (let turn = 0; names.length < this.#zoneOf.size; turn++)
      for (const zone of zones) {
        const name = zone[turn];
        if (name !== undefined) names.push(name);
      }
    return names;
  }
}

/** Mirrors component-helpers/node/topology GetZoneKey. */
function zoneKey(node: Node): string {
  const labels = node.metadata?.labels ?? {};
  const own = (key: string) => (Object.hasOwn(labels, key) ? (labels[key] ?? '') : '');
  const zone = own('failure-domain.beta.kubernetes.io/zone') || own('topology.kubernetes.io/zone');
  const region = own('failure-domain.beta.kubernetes.io/region') || own('topology.kubernetes.io/region');
  return region === '' && zone === '' ? '' : `${region}:\0:${zone}`;
}
