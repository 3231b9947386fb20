/**
 * What a check concluded. Never a boolean: "could not look" and "not yet" are not failures, and a failure always
 * says what it saw. All texts are Spanish, already rendered, free of control characters and bounded.
 */
export type Verdict =
  | { readonly verdict: 'passed'; readonly evidence: string; readonly level: EvidenceLevel }
  | ({ readonly verdict: 'failed' } & Failure)
  | { readonly verdict: 'waiting'; readonly progress: string }
  | {
      readonly verdict: 'unknown';
      readonly reason: UnknownReason;
      readonly why: string;
      readonly next: string;
    }
  | { readonly verdict: 'skipped'; readonly because: string };

/** The four lines of a good failure message: Veo / Esperaba / Por qué / Sigue por aquí. */
export interface Failure {
  /** What was looked at, named as the learner names it: «el contenedor pan-7f3c». */
  readonly object: string;
  /** Path of the field in the tool's own output (`State.Status`, `pids.max`); '' when the object itself is missing. */
  readonly field: string;
  /** Rendered values; the first difference is always inside. At most 400 characters each. */
  readonly expected: string;
  readonly found: string;
  /** A command which, run as printed, shows the learner the same thing; '' when there is none. */
  readonly command: string;
  readonly why: string;
  readonly next: string;
  /** Id of the recognised slip, when one matched. */
  readonly slip?: string;
}

/** From strongest to weakest. `builtin` (integrado) and `simulated` come with later backends. */
export const evidenceLevels = ['real', 'docker', 'integrado', 'simulado', 'estático'] as const;
export type EvidenceLevel = (typeof evidenceLevels)[number];

/** Why we could not look. Each has one Spanish explanation and one remedy per system (see `commands/doctor`). */
const unknownReasons = [
  'docker-missing',
  'docker-stopped',
  'docker-permission',
  'docker-context',
  'docker-api-old',
  'docker-image-missing',
  'linux-missing',
  'linux-permission',
  'linux-userns-restricted',
  'linux-tool-missing',
  'cluster-missing',
  'cluster-stopped',
  'cluster-unsettled',
  'cluster-forbidden',
  'view-missing',
  'timeout',
  'internal',
] as const;
export type UnknownReason = (typeof unknownReasons)[number];

/** What may be over in a moment, with nobody doing anything: a cluster between two leaders, a machine that is too busy. */
const passingReasons: readonly UnknownReason[] = ['cluster-unsettled', 'timeout'];

/** It could not be looked at, for a reason that passes: worth another look before it counts. */
export function isPassing(verdict: Verdict): boolean {
  return verdict.verdict === 'unknown' && passingReasons.includes(verdict.reason);
}

export type VerdictName = Verdict['verdict'];
