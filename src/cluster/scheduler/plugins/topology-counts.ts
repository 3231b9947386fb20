/** Counts by domain: a topology key and the node's value of it. Those that come to nought are forgotten. */
export class TopologyCounts {
  readonly #counts: Map<string, Map<string, number>>;

  constructor(counts = new Map<string, Map<string, number>>()) {
    this.#counts = counts;
  }

  get empty(): boolean {
    return this.#counts.size === 0;
  }

  add(key: string, labels: { readonly [key: string]: string }, more: number): void {
    if (!Object.hasOwn(labels, key)) return;
    const value = labels[key] ?? '';
    let domains = this.#counts.get(key);
    if (domains === undefined) {
      domains = new Map();
      this.#counts.set(key, domains);
    }
    const count = (domains.get(value) ?? 0) + more;
    if (count !== 0) domains.set(value, count);
    else {
      domains.delete(value);
      if (domains.size === 0) this.#counts.delete(key);
    }
  }

  /** Of the node's domain; 0 for a node without the key. */
  of(key: string, labels: { readonly [key: string]: string }): number {
    const domains = this.#counts.get(key);
    if (domains === undefined || !Object.hasOwn(labels, key)) return 0;
    return domains.get(labels[key] ?? '') ?? 0;
  }

  /** Whether some domain of the node counts more than nought. */
  hasAny(labels: { readonly [key: string]: string }): boolean {
    for (const key of this.#counts.keys()) if (this.of(key, labels) > 0) return true;
    return false;
  }

  /** Over all its domains. */
  sum(labels: { readonly [key: string]: string }): number {
    let sum = 0;
    for (const key of this.#counts.keys()) sum += this.of(key, labels);
    return sum;
  }

  clone(): TopologyCounts {
    return new TopologyCounts(new Map([...this.#counts].map(([key, domains]) => [key, new Map(domains)])));
  }
}
