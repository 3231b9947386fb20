import type { LinuxView } from '../../checks/backend.ts';
import type { LinuxFacts } from '../linux/facts.ts';

/** The Linux of this machine: what it lets us do, and how to look at it. */
export interface LocalLinux {
  readonly facts: LinuxFacts;
  readonly view: LinuxView;
}
