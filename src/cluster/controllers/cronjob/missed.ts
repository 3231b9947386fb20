import type { CronJob } from '../../../kube/api/batch-v1.ts';
import type { KubeObject } from '../../../kube/object.ts';
import { timeToMs } from '../../../kube/time.ts';
import type { Schedule } from './schedule.ts';

export type LiveCronJob = CronJob & KubeObject;

/** A schedule that says nothing useful; upstream's text. */
export class InvalidSchedule extends Error {}

/** Beyond this many something is wrong with the clock, or the CronJob slept for long. */
const tooMany = 100;
/** A little later than due, so that it is due. */
const deltaMs = 100;

interface Recent {
  readonly earliestMs: number;
  /** The last time that was due, not after now. */
  readonly lastMs: number | undefined;
  /** How many were due since the last one that ran, roughly. */
  readonly missed: number;
}

/** Mirrors mostRecentScheduleTime. Throws InvalidSchedule. */
function recent(cronJob: LiveCronJob, nowMs: number, schedule: Schedule, withDeadline: boolean): Recent {
  const { spec, status, metadata } = cronJob;
  let earliestMs = timeToMs(status?.lastScheduleTime ?? metadata.creationTimestamp);
  if (withDeadline && spec?.startingDeadlineSeconds !== undefined)
    earliestMs = Math.max(earliestMs, nowMs - spec.startingDeadlineSeconds * 1000);
  const first = schedule.next(earliestMs);
  const second = first === undefined ? undefined : schedule.next(first);
  if (first !== undefined && nowMs < first) return { earliestMs, lastMs: undefined, missed: 0 };
  if (first !== undefined && second !== undefined && nowMs < second)
    return { earliestMs, lastMs: first, missed: 0 };
  if (first === undefined || second === undefined)
    throw new InvalidSchedule('time difference between two schedules is less than 1 second');
  const period = second - first;
  const missed = Math.floor((nowMs - first) / period) + 1;
  // Counted from the first, so that `@every` keeps its beat, and one step back, for schedules that are not regular.
  let lastMs: number | undefined;
  let due = schedule.next(first + (missed - 2) * period);
  while (due !== undefined && due <= nowMs) {
    lastMs = due;
    due = schedule.next(due);
  }
  return { earliestMs, lastMs, missed };
}

/** The time to start a Job for, if one is due. Throws InvalidSchedule. Mirrors nextScheduleTime. */
export function dueTime(
  cronJob: LiveCronJob,
  nowMs: number,
  schedule: Schedule,
): { readonly ms: number; readonly tooManyMissed: boolean } | undefined {
  const { lastMs, missed } = recent(cronJob, nowMs, schedule, true);
  return lastMs === undefined ? undefined : { ms: lastMs, tooManyMissed: missed > tooMany };
}

/** Milliseconds until it is worth looking again; undefined: never. Mirrors nextScheduleTimeDuration. */
export function untilNext(cronJob: LiveCronJob, nowMs: number, schedule: Schedule): number | undefined {
  const next = schedule.next(lastDue(cronJob, nowMs, schedule));
  return next === undefined ? undefined : Math.max(0, next + deltaMs - nowMs);
}

function lastDue(cronJob: LiveCronJob, nowMs: number, schedule: Schedule): number {
  try {
    const { earliestMs, lastMs, missed } = recent(cronJob, nowMs, schedule, false);
    return lastMs ?? (missed === 0 ? earliestMs : nowMs);
  } catch (error) {
    if (error instanceof InvalidSchedule) return nowMs;
    throw error;
  }
}
