import path from 'node:path';
import type { Clock } from '../base/clock.ts';
import { readJson, writeJson } from '../base/files.ts';
import type { PacedClock } from '../base/paced-clock.ts';
import type { Owner } from '../base/platform.ts';

/**
 * How far the cluster's clock may be ahead of this machine's, in a file: whoever starts it again begins there, so that nothing was
 * ever born in the future. What is written is a promise made beforehand, never less than what the clock reaches until the next
 * look: after a `kill -9` the time may jump a few seconds of its own pace, and never goes back.
 */

const fileName = 'reloj.json';
const lookMs = 2_000;
/** Looks that a promise lasts, should one be late. */
const looksAhead = 2;
/** Not worth a write. */
const toleranceMs = 1_000;
/** More is no clock that was ever run. */
const longestMs = 100 * 365 * 24 * 3_600_000;

/** Milliseconds, 0 when there is nothing usable. */
export async function readLead(folder: string): Promise<number> {
  const found = await readJson(path.join(folder, fileName), 1_000);
  if (found.state !== 'read' || typeof found.value !== 'object' || found.value === null) return 0;
  const { adelantoMs } = found.value as { readonly adelantoMs?: unknown };
  return typeof adelantoMs === 'number' && adelantoMs > 0 && adelantoMs <= longestMs ? adelantoMs : 0;
}

/** Sets it for a cluster that does not run. */
export async function writeLead(folder: string, leadMs: number, owner: Owner | undefined): Promise<string> {
  const written = await writeJson(path.join(folder, fileName), { adelantoMs: Math.ceil(leadMs) }, owner);
  return written.kept ? '' : written.why;
}

export interface LeadOptions {
  readonly folder: string;
  readonly owner: Owner | undefined;
  readonly clock: PacedClock;
  /** The one beneath. */
  readonly real: Clock;
  /** As read at the start. */
  readonly promisedMs: number;
  trouble(what: string, error: unknown): void;
}

/** Keeps the file true while the cluster runs. A clock at its own pace costs no write. */
export class LeadKeeper {
  readonly #options: LeadOptions;
  readonly #stopLooking: () => void;
  #promisedMs: number;
  #turn: Promise<void> = Promise.resolve();

  constructor(options: LeadOptions) {
    this.#options = options;
    this.#promisedMs = options.promisedMs;
    this.#stopLooking = options.real.every(lookMs, () => void this.look());
  }

  /** Milliseconds; negative while it is behind. */
  get aheadMs(): number {
    return this.#options.clock.now() - this.#options.real.now();
  }

  /** The pace is another, or the clock is about to be moved by `stepMs`. Never rejects. */
  look(stepMs = 0): Promise<void> {
    const { clock } = this.#options;
    const growth = clock.paused ? 0 : Math.max(0, clock.speed - 1) * lookMs * looksAhead;
    return this.#promise(Math.max(0, this.aheadMs + stepMs + growth));
  }

  async stop(): Promise<void> {
    this.#stopLooking();
    // What it really came to.
    await this.#promise(Math.max(0, this.aheadMs), 0);
  }

  #promise(neededMs: number, tolerance = toleranceMs): Promise<void> {
    const { folder, owner, trouble } = this.#options;
    const isKept = neededMs <= this.#promisedMs && this.#promisedMs - neededMs <= tolerance;
    if (isKept) return this.#turn;
    this.#promisedMs = neededMs;
    this.#turn = this.#turn.then(async () => {
      const why = await writeLead(folder, neededMs, owner);
      if (why !== '') trouble('reloj.json', new Error(why));
    });
    return this.#turn;
  }
}
