import { randomInt } from 'node:crypto';

/** The only door to chance. `int(n)` is uniform over 0..n-1. */
export interface Random {
  int(exclusiveMax: number): number;
}

export const systemRandom: Random = { int: (exclusiveMax) => randomInt(exclusiveMax) };

/** A repeatable sequence (mulberry32), for tests and for proofs of lessons. `seed` is any 32-bit integer. */
export function seededRandom(seed: number): Random {
  let state = seed >>> 0;
  return {
    int(exclusiveMax) {
      state = (state + 0x6d2b79f5) >>> 0;
      let mixed = state;
      mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1);
      mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
      return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296) * exclusiveMax);
    },
  };
}

/** `length` lower-case hexadecimal digits. */
export function hexToken(random: Random, length = 4): string {
  return Array.from({ length }, () => random.int(16).toString(16)).join('');
}
