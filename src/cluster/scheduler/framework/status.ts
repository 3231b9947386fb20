/** What a plugin says no with; `undefined` is yes. Mirrors pkg/scheduler/framework Status. */
export interface Status {
  readonly code: StatusCode;
  /** Upstream's words, each counted by itself in the message of the Pod. */
  readonly reasons: readonly string[];
  readonly plugin: string;
}

/** `Unschedulable`: evicting others may help. `UnschedulableAndUnresolvable`: it would not. `Error`: nobody knows. */
export type StatusCode = 'Unschedulable' | 'UnschedulableAndUnresolvable' | 'Error';

export function unschedulable(plugin: string, ...reasons: readonly string[]): Status {
  return { code: 'Unschedulable', reasons, plugin };
}

export function unresolvable(plugin: string, ...reasons: readonly string[]): Status {
  return { code: 'UnschedulableAndUnresolvable', reasons, plugin };
}

export function failed(plugin: string, error: unknown): Status {
  return { code: 'Error', reasons: [error instanceof Error ? error.message : String(error)], plugin };
}

/** Refused by a rule, not by an accident. */
export const isRejected = (status: Status): boolean => status.code !== 'Error';

export const messageOf = (status: Status): string => status.reasons.join(', ');
