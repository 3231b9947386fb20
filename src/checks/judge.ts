import type { JsonObject } from '../base/json.ts';
import type { Unavailable } from './backend.ts';
import type { Advice, CheckKind, CheckSpec, Observation, Slip } from './check.ts';
import { evaluateCondition, type Outcome } from './conditions.ts';
import { renderText } from './templates.ts';
import { boundText, cleanSentence, cleanValue, maxValueLength, noValue, showValue } from './text.ts';
import type { EvidenceLevel, Failure, Verdict } from './verdict.ts';

/** One look at the world, or why there was none. It is a value: recorded, it can be judged again without the world. */
export type Look =
  | {
      readonly state: 'seen';
      readonly observation: Observation;
      readonly level: EvidenceLevel;
      /** The check's parameters, rendered for this look. */
      readonly params: JsonObject;
      /** When it was, by the clock of what was looked at, where that one has its own pace. Unix ms. */
      readonly clockMs?: number;
      /** That clock stands still, so nothing will come of waiting. */
      readonly paused?: boolean;
    }
  | { readonly state: 'unseen'; readonly unavailable: Unavailable };

/** What must be remembered of one check between looks; serialised in the attempt. All times in Unix milliseconds. */
export interface CheckMemory {
  /** The baseline was seen. */
  readonly baseline?: boolean;
  /** Since when the expectation holds without interruption, by the clock of the look. */
  readonly heldSinceMs?: number;
  /** An edge check that passed, with what proved it. */
  readonly passed?: { readonly evidence: string; readonly level: EvidenceLevel };
}

export interface Judgement {
  readonly verdict: Verdict;
  readonly memory: CheckMemory;
  /** When time alone may change the verdict (a holding window ends). */
  readonly dueMs?: number;
}

/** How often a clock with its own pace is asked. */
const otherClockMs = 500;
const longHoldMs = 10_000;

/** What judging needs of a kind: words, not eyes. */
export type KindWords = Pick<CheckKind, 'object' | 'command' | 'absentAdvice' | 'found' | 'secret'>;

/**
 * Judges one look. Pure: the same arguments always give the same result, and judging the same look again at the same
 * time changes nothing. `scope` has the parameters and what the ancestors saw, by id with `_`.
 */
export function judge(
  spec: CheckSpec,
  kind: KindWords,
  look: Look,
  memory: CheckMemory,
  scope: JsonObject,
  nowMs: number,
): Judgement {
  if (spec.mode === 'edge' && memory.passed)
    return { verdict: { verdict: 'passed', ...memory.passed }, memory };
  if (look.state === 'unseen') return { verdict: unknown(look.unavailable), memory: withoutHold(memory) };

  const { observation, params } = look;
  const seen = observation.value;
  const expectation = evaluateCondition(spec.expect, seen, scope);
  // An absent object satisfies nothing by being absent, unless the check is about its disappearance.
  const holds = expectation.ok && (observation.state === 'found' || spec.before !== undefined);
  const remembered = rememberBaseline(spec, observation, memory, scope, holds);
  const said: Said = { spec, kind, observation, params, scope: { ...scope, o: seen } };

  if (!holds) {
    const reset = withoutHold(remembered);
    const slip = spec.slips.find((candidate) => evaluateCondition(candidate.when, seen, scope).ok);
    if (!slip && spec.converging && evaluateCondition(spec.converging.when, seen, scope).ok) {
      return { verdict: waiting(renderText(spec.converging.progress, said.scope), look), memory: reset };
    }
    return { verdict: { verdict: 'failed', ...failure(said, expectation, slip) }, memory: reset };
  }
  if (spec.before && !remembered.baseline) {
    return {
      verdict: { verdict: 'failed', ...baselineFailure(said, expectation) },
      memory: withoutHold(remembered),
    };
  }
  const atMs = look.clockMs ?? nowMs;
  const heldSinceMs = Math.min(remembered.heldSinceMs ?? atMs, atMs);
  const leftMs = heldSinceMs + spec.holdMs - atMs;
  const holding: CheckMemory = spec.holdMs > 0 ? { ...remembered, heldSinceMs } : remembered;
  if (leftMs > 0) {
    // Another clock may run faster than ours, or not at all: it is asked again soon.
    const dueMs = nowMs + (look.clockMs === undefined ? leftMs : Math.min(leftMs, otherClockMs));
    return { verdict: waiting(heldFor(atMs - heldSinceMs, spec.holdMs), look), memory: holding, dueMs };
  }

  const passed = { evidence: evidence(said, expectation), level: look.level };
  return {
    verdict: { verdict: 'passed', ...passed },
    memory: spec.mode === 'edge' ? { ...holding, passed } : holding,
  };
}

/** The sentence of a check, rendered and clean. */
export function describeCheck(spec: Pick<CheckSpec, 'description'>, scope: JsonObject): string {
  return cleanSentence(renderText(spec.description, scope));
}

/** Could not look: never the learner's fault. */
export function unknown(unavailable: Unavailable): Verdict {
  return {
    verdict: 'unknown',
    reason: unavailable.reason,
    why: cleanSentence(unavailable.why),
    next: cleanSentence(unavailable.next),
  };
}

interface Said {
  readonly spec: CheckSpec;
  readonly kind: KindWords;
  readonly observation: Observation;
  readonly params: JsonObject;
  readonly scope: JsonObject;
}

/** A baseline counts only while the goal is not met: what was never otherwise has not disappeared. */
function rememberBaseline(
  spec: CheckSpec,
  observation: Observation,
  memory: CheckMemory,
  scope: JsonObject,
  holds: boolean,
): CheckMemory {
  if (!spec.before || memory.baseline || holds) return memory;
  return evaluateCondition(spec.before, observation.value, scope).ok ? { ...memory, baseline: true } : memory;
}

function failure(said: Said, expectation: Outcome, slip: Slip | undefined): Failure {
  const { spec, kind, observation, params } = said;
  const absent = observation.state === 'absent';
  const advice: Advice =
    slip ?? (absent ? (spec.absent ?? kind.absentAdvice(params, observation)) : spec.advice);
  const mismatch = expectation.ok ? { field: '', expected: '', found: '' } : expectation;
  const requirement = describeCheck(spec, said.scope);
  const found = absent
    ? {
        field: '',
        expected: kind.secret ? requirement : 'que exista',
        found: kind.found?.('', observation) ?? notThere(observation),
      }
    : {
        field: mismatch.field,
        expected: kind.secret || mismatch.expected === '' ? requirement : mismatch.expected,
        found: kind.found?.(mismatch.field, observation) ?? mismatch.found,
      };
  return shown(said, found, advice, slip);
}

function baselineFailure(said: Said, expectation: Outcome): Failure {
  const found = {
    field: '',
    expected: 'verlo antes de que cambie',
    found: expectation.ok && expectation.evidence !== '' ? expectation.evidence : 'ya estaba así',
  };
  const advice = said.spec.beforeMissing ?? {
    why: 'Un cambio solo se nota si primero se vio cómo estaba.',
    next: 'Vuelve al estado anterior, espera a que se vea aquí y repite el cambio.',
  };
  return shown(said, found, advice, undefined);
}

/** Puts together the lines of the message; what the author shows wins, the slip's first. */
function shown(
  of: Said,
  defaults: { readonly field: string; readonly expected: string; readonly found: string },
  advice: Advice,
  slip: Slip | undefined,
): Failure {
  const { spec, kind, observation, params, scope } = of;
  const overrides = { ...spec.shows, ...slip?.shows };
  const said = (key: keyof typeof overrides) => {
    const template = overrides[key];
    const text = template === undefined ? noValue : renderText(template, scope);
    return text.includes(noValue) ? undefined : text;
  };
  // What the author shows of an object that is not there says nothing: it is not there, whatever its field.
  const nothingToShow = observation.state === 'absent' && said('found') === undefined;
  const line = (key: keyof typeof overrides, byDefault: () => string) =>
    boundText(cleanValue(said(key) ?? byDefault()), maxValueLength);
  const field = nothingToShow ? defaults.field : line('field', () => defaults.field);
  // The kind knows what to run when there is nothing to inspect: the author's command would only answer with an error.
  const byKind = kind.command(params, field, observation);
  return {
    object: line('object', () => kind.object(params)),
    field,
    expected: line('expected', () => defaults.expected),
    found: line('found', () => defaults.found),
    command: nothingToShow && byKind !== '' ? byKind : line('command', () => byKind),
    why: cleanSentence(renderText(advice.why, scope)),
    next: cleanSentence(renderText(advice.next, scope)),
    ...(slip ? { slip: slip.id } : {}),
  };
}

/** Names near the one asked for are the likeliest slip, so they are part of what is seen. */
function notThere(observation: Observation): string {
  const near = observation.value['parecidos'];
  if (!Array.isArray(near) || near.length === 0) return 'no existe';
  return `no existe (hay algo parecido: ${near
    .slice(0, 3)
    .map((name) => showValue(name))
    .join(', ')})`;
}

function evidence(said: Said, expectation: Outcome): string {
  const { spec, kind, observation, params, scope } = said;
  const author = spec.shows?.found;
  const seen =
    author !== undefined
      ? renderText(author, scope)
      : (kind.found?.('', observation) ?? (expectation.ok ? expectation.evidence : ''));
  const object =
    spec.shows?.object !== undefined ? renderText(spec.shows.object, scope) : kind.object(params);
  const words = observation.state === 'absent' ? 'ya no existe' : seen;
  return boundText(cleanValue(words === '' ? object : `${object} — ${words}`), maxValueLength);
}

function waiting(progress: string, { paused }: { readonly paused?: boolean }): Verdict {
  const whole =
    paused === true ? `${progress}. El reloj del clúster está en pausa: \`curso reloj seguir\`` : progress;
  return { verdict: 'waiting', progress: boundText(cleanSentence(whole), maxValueLength) };
}

function heldFor(heldMs: number, holdMs: number): string {
  // Tenths of a long wait tell nothing, and each would be announced.
  const shownMs = holdMs < longHoldMs ? heldMs : Math.floor(heldMs / 1000) * 1000;
  return `se mantiene: ${seconds(shownMs)} de ${seconds(holdMs)} s`;
}

function seconds(milliseconds: number): string {
  const value = Math.floor(milliseconds / 100) / 10;
  return String(value).replace('.', ',');
}

function withoutHold({ heldSinceMs: _, ...memory }: CheckMemory): CheckMemory {
  return memory;
}
