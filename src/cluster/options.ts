import type { Clock } from '../base/clock.ts';
import type { Owner } from '../base/platform.ts';
import type { Random } from '../base/random.ts';
import { nearestNames } from '../base/text.ts';
import type { ClusterSettings } from './control/contract.ts';

export interface ClusterOptions extends ClusterSettings {
  /** Where everything is kept: `pki/`, `master-1/`… Made when it is missing, mode 0700. */
  readonly folder: string;
  /** The installed package's `assets/`. */
  readonly assets: string;
  readonly owner: Owner | undefined;
  readonly clock: Clock;
  readonly random: Random;
  /** `none`: pulling images and starting containers takes no time, for measuring all the rest. */
  readonly delays?: 'none';
}

/** The cluster cannot be started with these data or options. Both texts are Spanish. */
export class ClusterRefused extends Error {
  readonly remedy: string;
  constructor(message: string, remedy: string) {
    super(message);
    this.remedy = remedy;
  }
}

/** An option says something that cannot be: the data have nothing to do with it. */
export class OptionRefused extends ClusterRefused {}

/** «¿Querías decir…? », or nothing when no name is near. */
export function didYouMean(written: readonly string[], names: readonly string[]): string {
  const near = written.flatMap((word) => nearestNames(word, names, 1));
  return near.length === 0 ? '' : `¿Querías decir ${near.map((name) => `\`${name}\``).join(', ')}? `;
}
