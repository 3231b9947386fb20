/** Spaced review (Leitner): each box waits longer than the one before; a miss goes back to the first one. */
export const boxDays = [1, 3, 7, 16, 35] as const;

export interface ReviewCard {
  /** 0–4: 1, 3, 7, 16 and 35 days. */
  readonly box: number;
  /** Unix time in ms. */
  readonly dueAt: number;
  /** Unix time in ms of the last change. */
  readonly at: number;
}

const dayMs = 86_400_000;

/**
 * A question's card after answering it at `at`, in a quiz or in a review. New ones start in the first box, or in the
 * second when right. A right answer before its day proves nothing about memory and changes nothing; a miss always
 * counts.
 */
export function reviewed(card: ReviewCard | undefined, right: boolean, at: number): ReviewCard {
  if (card !== undefined && right && at < card.dueAt) return card;
  const box = right ? Math.min(boxDays.length - 1, card === undefined ? 1 : card.box + 1) : 0;
  return { box, dueAt: at + (boxDays[box] ?? 1) * dayMs, at };
}

interface Cards {
  readonly review: { readonly [key: string]: ReviewCard };
}

/** Keys due at `now`, the longest overdue first; ties by key. At most `limit`, so that a review takes five minutes. */
export function dueQuestions({ review }: Cards, now: number, limit = 10): readonly string[] {
  return Object.entries(review)
    .filter(([, card]) => card.dueAt <= now)
    .sort(([a, left], [b, right]) => left.dueAt - right.dueAt || (a < b ? -1 : 1))
    .slice(0, limit)
    .map(([key]) => key);
}

/** When the next question is due (Unix ms); undefined when nothing waits. */
export function nextDueAt({ review }: Cards): number | undefined {
  const times = Object.values(review).map(({ dueAt }) => dueAt);
  return times.length === 0 ? undefined : Math.min(...times);
}
