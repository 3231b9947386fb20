import type { Random } from '../../../base/random.ts';

/** How many draws come out even, and how many rules are kept in mind. */
const drawsTogether = 48;
const rememberedRules = 2_000;

/**
 * Picks one of several, each as likely as the others, like `-m statistic --mode random`, but drawn from a bag with several of each:
 * a thousand connections come out even every time, where pure chance is one tenth off in one of twenty runs.
 */
export class EvenChance {
  readonly #random: Random;
  readonly #bags = new Map<string, { readonly of: string; readonly left: number[] }>();

  constructor(random: Random) {
    this.#random = random;
  }

  /** An index of `among`. `rule` is who draws; when what it draws from changes, it starts anew. */
  pick(rule: string, among: readonly string[]): number {
    if (among.length < 2) return 0;
    const of = among.join();
    let bag = this.#bags.get(rule);
    if (bag === undefined || bag.of !== of || bag.left.length === 0) {
      const copies = Math.max(1, Math.floor(drawsTogether / among.length));
      bag = { of, left: Array.from({ length: copies * among.length }, (_, i) => i % among.length) };
      this.#remember(rule, bag);
    }
    const at = this.#random.int(bag.left.length);
    const drawn = bag.left[at] ?? 0;
    const last = bag.left.pop() ?? 0;
    if (at < bag.left.length) bag.left[at] = last;
    return drawn;
  }

  #remember(rule: string, bag: { readonly of: string; readonly left: number[] }): void {
    this.#bags.delete(rule);
    this.#bags.set(rule, bag);
    if (this.#bags.size <= rememberedRules) return;
    for (const oldest of this.#bags.keys()) {
      this.#bags.delete(oldest);
      break;
    }
  }
}
