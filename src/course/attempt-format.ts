import type { Json, JsonObject } from '../base/json.ts';
import type { Attempt } from './model.ts';
import { isRecord } from './progress.ts';

/** An attempt and what the course must remember of it that the checks need not know. */
export interface StoredAttempt {
  readonly attempt: Attempt;
  /** The start scene was set completely. */
  readonly prepared: boolean;
  /** Hint levels seen in this attempt, 0–4. */
  readonly hintsSeen: number;
}

const attemptVersion = 1;

export function attemptDocument(stored: StoredAttempt): JsonObject {
  const { attempt, prepared, hintsSeen } = stored;
  return { version: attemptVersion, ...attempt, prepared, hintsSeen };
}

/** Undefined when it is not an attempt of this exercise that this version understands. */
export function parseAttempt(value: Json, exerciseId: string): StoredAttempt | undefined {
  if (!isRecord(value) || value['version'] !== attemptVersion || value['exerciseId'] !== exerciseId)
    return undefined;
  const { token, startedAtMs, parameters, answers, failures, memory, prepared, hintsSeen } = value;
  // The token goes into labels, the environment and a folder's name: nothing but what we draw is accepted.
  if (typeof token !== 'string' || !/^[0-9a-f]{8}$/.test(token)) return undefined;
  if (typeof startedAtMs !== 'number' || typeof failures !== 'number' || !(failures >= 0)) return undefined;
  if (!isRecord(parameters) || !isRecord(answers) || !isRecord(memory)) return undefined;
  const seen = typeof hintsSeen === 'number' ? Math.min(4, Math.max(0, Math.floor(hintsSeen))) : 0;
  return {
    attempt: { exerciseId, token, startedAtMs, parameters, answers, failures, memory },
    prepared: prepared === true,
    hintsSeen: seen,
  };
}

/**
 * Engine memory of two looks at the same attempt, from two terminals: a baseline seen or an edge passed by either is
 * kept; a holding window is that of the newest look.
 */
export function mergeMemory(onDisk: JsonObject, newest: JsonObject): JsonObject {
  const merged: { [checkId: string]: Json } = { ...onDisk, ...newest };
  for (const [checkId, before] of Object.entries(onDisk)) {
    if (!isRecord(before)) continue;
    const now = Object.hasOwn(newest, checkId) ? newest[checkId] : undefined;
    const { heldSinceMs: _, ...lasting } = before;
    merged[checkId] = { ...lasting, ...(isRecord(now) ? now : {}) };
  }
  return merged;
}
