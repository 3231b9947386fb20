import type { Json, JsonObject } from '../base/json.ts';
import type { CheckSpec } from './check.ts';
import {
  type CheckMemory,
  describeCheck,
  type Judgement,
  judge,
  type KindWords,
  type Look,
  unknown,
} from './judge.ts';
import { internal } from './look.ts';
import { cleanSentence } from './text.ts';
import { type EvidenceLevel, evidenceLevels, type Verdict, type VerdictName } from './verdict.ts';

export type ExerciseStatus = 'passed' | 'failed' | 'waiting' | 'unknown';
export type Memory = { readonly [checkId: string]: CheckMemory };

/** What several checks concluded together, at one moment. */
export interface ExerciseResult {
  readonly status: ExerciseStatus;
  /** In the order of the exercise. */
  readonly verdicts: { readonly [checkId: string]: Verdict };
  /** The weakest evidence among the checks that passed; missing when none did. */
  readonly level?: EvidenceLevel;
  readonly memory: Memory;
  /** When time alone may change a verdict (Unix ms). */
  readonly dueMs?: number;
}

export interface ExerciseRules {
  readonly checks: readonly CheckSpec[];
  readonly kinds: (name: string) => KindWords | undefined;
}

/** A check's turn: judged once, after its parents. */
export interface Turn {
  /** What its templates and conditions may use. */
  readonly scope: JsonObject;
  /** A parent has not passed, so there is nothing to look at, except a baseline. */
  readonly blockedBy: CheckSpec | undefined;
}

/**
 * Judges checks one by one, parents first. Pure but for its own record: the order in which independent checks are
 * judged changes nothing. {@link evaluateExercise} drives it from recorded looks; the watcher, as looks arrive.
 */
export class Evaluation {
  readonly #rules: ExerciseRules;
  readonly #scope: JsonObject;
  readonly #nowMs: number;
  readonly #memory: Record<string, CheckMemory>;
  readonly #verdicts = new Map<string, Verdict>();
  readonly #seen = new Map<string, Json>();
  #dueMs: number | undefined;

  constructor(rules: ExerciseRules, scope: JsonObject, memory: Memory, nowMs: number) {
    this.#rules = rules;
    this.#scope = scope;
    this.#memory = { ...memory };
    this.#nowMs = nowMs;
  }

  /** Parents must have been judged before. */
  turn(spec: CheckSpec): Turn {
    const names = ancestorsOf(spec, this.#rules.checks).flatMap((ancestor) => {
      const seen = this.#seen.get(ancestor.id);
      return seen === undefined ? [] : [[variableName(ancestor.id), seen] as const];
    });
    return { scope: { ...this.#scope, ...Object.fromEntries(names) }, blockedBy: this.#blocker(spec) };
  }

  /** Records the look and its verdict. `undefined`: it was not looked at, because a parent blocks it. */
  record(spec: CheckSpec, look: Look | undefined): Verdict {
    const { scope, blockedBy } = this.turn(spec);
    if (look?.state === 'seen') this.#seen.set(spec.id, look.observation.value);
    const kind = this.#rules.kinds(spec.kind);
    const memory = this.#memory[spec.id] ?? {};
    if (!look && !blockedBy && spec.mode === 'edge' && memory.passed) {
      return this.#conclude(spec, { verdict: 'passed', ...memory.passed });
    }
    const judged = kind && look ? judgeSafely(spec, kind, look, memory, scope, this.#nowMs) : undefined;
    if (blockedBy || !judged) {
      // Even while it waits for its parents, a check may see the baseline it will need; nothing else is kept.
      if (judged?.memory.baseline) this.#memory[spec.id] = { ...memory, baseline: true };
      else if (memory.heldSinceMs !== undefined) this.#memory[spec.id] = withoutHold(memory);
      return this.#conclude(spec, blockedBy ? this.#skipped(blockedBy) : notLooked);
    }
    if (Object.keys(judged.memory).length > 0) this.#memory[spec.id] = judged.memory;
    else delete this.#memory[spec.id];
    if (judged.dueMs !== undefined) this.#dueMs = Math.min(this.#dueMs ?? judged.dueMs, judged.dueMs);
    return this.#conclude(spec, judged.verdict);
  }

  result(): ExerciseResult {
    const verdicts = Object.fromEntries(
      this.#rules.checks.map((spec) => [spec.id, this.#verdicts.get(spec.id) ?? notLooked]),
    );
    const level = weakestLevel(Object.values(verdicts));
    return {
      status: statusOf(Object.values(verdicts)),
      verdicts,
      ...(level ? { level } : {}),
      memory: this.#memory,
      ...(this.#dueMs === undefined ? {} : { dueMs: this.#dueMs }),
    };
  }

  #conclude(spec: CheckSpec, verdict: Verdict): Verdict {
    this.#verdicts.set(spec.id, verdict);
    return verdict;
  }

  /** The ancestor to work on: one that does not pass by itself, best one that tells what to do, then as written. */
  #blocker(spec: CheckSpec): CheckSpec | undefined {
    const pending = ancestorsOf(spec, this.#rules.checks).filter(
      (ancestor) => this.#said(ancestor) !== 'passed',
    );
    for (const state of ['failed', 'waiting', 'unknown'] as const) {
      const found = pending.find((ancestor) => this.#said(ancestor) === state);
      if (found) return found;
    }
    return pending[0];
  }

  #said(spec: CheckSpec): VerdictName | undefined {
    return this.#verdicts.get(spec.id)?.verdict;
  }

  #skipped(blocker: CheckSpec): Verdict {
    const description = describeCheck(blocker, this.turn(blocker).scope);
    const because =
      this.#said(blocker) === 'unknown'
        ? `Antes hay que poder mirar esto: ${description}.`
        : `Antes tiene que cumplirse esto: ${description}.`;
    return { verdict: 'skipped', because: cleanSentence(because) };
  }
}

/**
 * Judges a whole exercise from what was seen. A check without a look is skipped when a parent did not pass, and
 * `unknown` otherwise. Independent of the order of `checks`, but for the order of the result's keys.
 */
export function evaluateExercise(
  rules: ExerciseRules,
  looks: { readonly [checkId: string]: Look },
  memory: Memory,
  scope: JsonObject,
  nowMs: number,
): ExerciseResult {
  const evaluation = new Evaluation(rules, scope, memory, nowMs);
  for (const spec of inOrder(rules.checks)) evaluation.record(spec, looks[spec.id]);
  return evaluation.result();
}

/** Parents before children, otherwise as written. Checks inside a cycle come last; the validator refuses them. */
export function inOrder(checks: readonly CheckSpec[]): readonly CheckSpec[] {
  const done = new Set<string>();
  const ordered: CheckSpec[] = [];
  let pending = [...checks];
  while (pending.length > 0) {
    const ready = pending.filter((spec) =>
      spec.requires.every((id) => done.has(id) || !checks.some((other) => other.id === id)),
    );
    if (ready.length === 0) break;
    for (const spec of ready) {
      done.add(spec.id);
      ordered.push(spec);
    }
    pending = pending.filter((spec) => !done.has(spec.id));
  }
  return [...ordered, ...pending];
}

/** Every check that must have passed before this one, roots first. */
export function ancestorsOf(spec: CheckSpec, checks: readonly CheckSpec[]): readonly CheckSpec[] {
  const found = new Set<string>();
  const pending = [...spec.requires];
  for (let id = pending.pop(); id !== undefined; id = pending.pop()) {
    if (found.has(id) || id === spec.id) continue;
    found.add(id);
    pending.push(...(checks.find((other) => other.id === id)?.requires ?? []));
  }
  return inOrder(checks).filter((other) => found.has(other.id));
}

/** The name by which expressions reach what a check saw. */
export function variableName(checkId: string): string {
  return checkId.replaceAll('-', '_');
}

/** Failed wins over everything, since it tells what to do next; then what could not be looked at, then waiting. */
function statusOf(verdicts: readonly Verdict[]): ExerciseStatus {
  const names = new Set(verdicts.map(({ verdict }) => verdict));
  if (names.has('failed')) return 'failed';
  if (names.has('unknown')) return 'unknown';
  if (names.has('waiting')) return 'waiting';
  return names.has('passed') && !names.has('skipped') ? 'passed' : 'failed';
}

function weakestLevel(verdicts: readonly Verdict[]): EvidenceLevel | undefined {
  const levels = verdicts.flatMap((verdict) => (verdict.verdict === 'passed' ? [verdict.level] : []));
  return levels.reduce<EvidenceLevel | undefined>(
    (weakest, level) =>
      weakest && evidenceLevels.indexOf(weakest) >= evidenceLevels.indexOf(level) ? weakest : level,
    undefined,
  );
}

/** The words of a kind are code too: a fault there is ours, and never ends the session. */
function judgeSafely(...judged: Parameters<typeof judge>): Judgement {
  try {
    return judge(...judged);
  } catch (error) {
    const why = `Falló al juzgar: ${error instanceof Error ? error.message : String(error)}`;
    return { verdict: unknown(internal(why)), memory: judged[3] };
  }
}

const notLooked: Verdict = {
  verdict: 'unknown',
  reason: 'internal',
  why: 'Esta comprobación todavía no se pudo mirar.',
  next: 'Vuelve a comprobar; si sigue así, ejecuta `curso doctor`.',
};

function withoutHold({ heldSinceMs: _, ...memory }: CheckMemory): CheckMemory {
  return memory;
}
