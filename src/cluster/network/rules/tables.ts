/** Chains and rules of one iptables table, printed as iptables-save does. */
export class IptablesTable {
  readonly #name: string;
  readonly #builtIn: readonly string[];
  readonly #chains = new Map<string, string[]>();

  constructor(name: string, builtIn: readonly string[]) {
    this.#name = name;
    this.#builtIn = builtIn;
    for (const chain of builtIn) this.#chains.set(chain, []);
  }

  /** Makes the chain when it is not there, without a rule. */
  chain(name: string): void {
    if (!this.#chains.has(name)) this.#chains.set(name, []);
  }

  /** Empty words are left out. */
  add(chain: string, ...words: readonly string[]): void {
    this.chain(chain);
    this.#chains.get(chain)?.push(['-A', chain, ...words.filter((word) => word !== '')].join(' '));
  }

  print(): string {
    const own = [...this.#chains.keys()].filter((chain) => !this.#builtIn.includes(chain)).sort();
    const lines = [`*${this.#name}`];
    for (const chain of this.#builtIn) lines.push(`:${chain} ACCEPT [0:0]`);
    for (const chain of own) lines.push(`:${chain} - [0:0]`);
    for (const chain of [...this.#builtIn, ...own]) lines.push(...(this.#chains.get(chain) ?? []));
    lines.push('COMMIT');
    return `${lines.join('\n')}\n`;
  }
}

export const comment = (text: string): string => `-m comment --comment "${text}"`;

/** `1/n` as the kernel keeps it (31 bits) and iptables-save shows it. */
export function probability(n: number): string {
  const kept = Math.round(Number((1 / n).toFixed(10)) * 2 ** 31);
  return `-m statistic --mode random --probability ${(kept / 2 ** 31).toFixed(11)}`;
}
