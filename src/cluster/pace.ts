import { type Clock, settled } from '../base/clock.ts';
import type { PacedClock } from '../base/paced-clock.ts';
import { FaultRefused, type TimeAction } from './control/contract.ts';
import type { Master } from './members.ts';

const longestStepMs = 600_000;
/** What time jumps by: a tick of Raft, so that no member stands for election before it could hear of another's. */
const sliceMs = 50;
/** Disks and messages get a moment of real time at least once in so many slices. */
const slicesPerMoment = 2;
/** How many moments a slice waits at most for the masters to agree on what was written. */
const maxMoments = 20;

/**
 * Rejects with `FaultRefused` for a step or speed out of range, and for what is so already. A long step is made of short ones, with
 * a moment of `real` between them for disks and messages: else everybody would find everybody else late.
 */
export async function moveTime(
  clock: PacedClock,
  real: Clock,
  masters: readonly Master[],
  action: TimeAction,
): Promise<void> {
  switch (action.kind) {
    case 'pausar':
      if (clock.paused) throw new FaultRefused('El reloj ya está en pausa.');
      clock.pause();
      break;
    case 'seguir':
      if (!clock.paused) throw new FaultRefused('El reloj ya corre.');
      clock.resume();
      break;
    case 'avanzar':
      if (!(action.ms >= 1 && action.ms <= longestStepMs))
        throw new FaultRefused('El reloj avanza de una vez entre 1 ms y 10 minutos.');
      for (let left = action.ms, slice = 1; left > 0; left -= sliceMs, slice += 1) {
        clock.step(Math.min(left, sliceMs));
        await settled();
        if (slice % slicesPerMoment === 0 || left <= sliceMs) await real.sleep(1);
        for (let moment = 0; moment < maxMoments && areBusy(masters); moment += 1) await real.sleep(1);
      }
      break;
    case 'velocidad':
      if (!(action.speed >= 0.1 && action.speed <= 100))
        throw new FaultRefused('La velocidad va de 0.1 a 100.');
      clock.setSpeed(action.speed);
      break;
  }
}

/** An election is on, or an entry waits for disks, among masters that could agree. */
function areBusy(masters: readonly Master[]): boolean {
  const joined = masters.filter((master) => master.healthy());
  if (joined.length <= masters.length / 2) return false;
  return joined.some(({ node }) => {
    const status = node?.status();
    if (status === undefined) return false;
    if (status.role === 'leader') return status.commitIndex < status.lastIndex;
    return status.role === 'candidate' || status.role === 'pre-candidate';
  });
}

/** How often somebody who led no longer did, without being stopped or cut off: a hurried clock leaves too little time to renew. */
export class LostLeads {
  #count = 0;

  get count(): number {
    return this.#count;
  }

  add(): void {
    this.#count += 1;
  }

  /** Another pace: what was lost before says nothing about it. */
  reset(): void {
    this.#count = 0;
  }
}
