import type { Backend, Rung } from '../checks/backend.ts';
import type { Attempt, Exercise } from './model.ts';

/**
 * Where an exercise is done: the learner's own machine, a user namespace, or a privileged container. A port of the
 * course; `backends/world/` implements it. A simulator will be one more implementation.
 */
export interface World {
  readonly facts: WorldFacts;
  /** What the checks look at for this attempt. The caller closes it. */
  openBackend(attempt: Attempt): Promise<Backend>;
  /** A non-interactive `sh` that stays alive between steps, for start scenes and proofs. The caller closes it. */
  openShell(attempt: Attempt): Promise<WorldShell>;
  /** What to hand the terminal to when the learner presses `t`. */
  interactive(attempt: Attempt | undefined): Interactive;
  /**
   * Makes what the world itself gives an attempt before its scene: on a cluster, its namespace. Idempotent. Rejects with
   * `CouldNotLook` when it cannot.
   */
  begin?(attempt: Attempt, exercise: Pick<Exercise, 'needs'>, signal: AbortSignal): Promise<void>;
  /** Whether what `begin` made is still there; true when it cannot be told. */
  begun?(attempt: Attempt): Promise<boolean>;
  /** What an exercise that has the whole cluster may have left off or stopped comes back. */
  putBack?(signal: AbortSignal): Promise<void>;
  /**
   * Ends processes whose environment carries `CURSO_INTENTO=<token>` and removes Docker objects labelled
   * `curso-k8s=<token>`, and nothing else. Idempotent.
   */
  clean(token: string): Promise<CleanReport>;
  /**
   * For authoring proofs only: `clean`, plus everything else whose name was drawn for this attempt (cgroups, mounts,
   * interfaces, containers, images, networks, volumes, compose projects). `played`: the text of what was played, which names
   * what it may have made in a place that everybody shares.
   */
  cleanProof(attempt: Attempt, played?: string): Promise<CleanReport>;
}

/** Facts that texts and scripts may use: `@{mundo.cgroup}`, `$CURSO_CGROUP`. */
export interface WorldFacts {
  readonly cgroup: 'v1' | 'v2' | 'hibrido' | 'desconocido';
  readonly rung: Rung | 'none';
  /** One Spanish sentence that announces the rung: «Trabajas como root en este Linux (cgroup v1)». */
  readonly announcement: string;
  /** Views that are not available here, with the remedy. */
  readonly missing: Backend['missing'];
}

export interface WorldShell {
  /** Runs one step to its end. Output is bounded to 64 KiB; rejects only when the shell itself died. */
  run(step: string, timeoutMs: number): Promise<{ readonly exitCode: number; readonly output: string }>;
  close(): Promise<void>;
}

export interface Interactive {
  readonly argv: readonly string[];
  readonly env: { readonly [name: string]: string };
  readonly cwd: string;
}

export interface CleanReport {
  /** Spanish, one line per thing removed. */
  readonly removed: readonly string[];
  /** Things seen but left alone, because they are the learner's, with the command that removes them. */
  readonly left: readonly string[];
}

/** Chooses the highest rung available for an exercise. Never throws: a world without views still lets one read. */
export type ChooseWorld = (
  exercise: Pick<Exercise, 'world' | 'needs'>,
  signal: AbortSignal,
) => Promise<World>;
