import type { Clock } from '../../../base/clock.ts';

/** As long as the kubelet lets a stream be silent. */
const idleMs = 4 * 60 * 60 * 1000;

export interface IdleWatch {
  /** Something came or went. */
  touch(): void;
  stop(): void;
}

/** Calls `onIdle` once nothing has happened for four hours. */
export function watchIdle(clock: Clock, onIdle: () => void): IdleWatch {
  let lastMs = clock.now();
  let cancel = () => {};
  const look = () => {
    const leftMs = lastMs + idleMs - clock.now();
    if (leftMs <= 0) onIdle();
    else cancel = clock.after(leftMs, look);
  };
  look();
  return {
    touch() {
      lastMs = clock.now();
    },
    stop: () => cancel(),
  };
}
