/** Completion indexes as ranges, in order and apart: `0-2,5` is two. Mirrors pkg/controller/job/indexed_job_utils.go. */
export interface Interval {
  readonly first: number;
  readonly last: number;
}

export type Intervals = readonly Interval[];

/** `status.completedIndexes`; what is at or above `completions` is left out, and what cannot be read, too. */
export function parseIntervals(text: string | undefined, completions: number): Intervals {
  const found: Interval[] = [];
  for (const part of text ? text.split(',') : []) {
    const [from = '', to = from] = part.split('-');
    const first = indexOf(from);
    const last = indexOf(to);
    if (first === undefined || last === undefined || first > last) continue;
    if (first >= completions) break;
    append(found, { first, last: Math.min(last, completions - 1) });
  }
  return found;
}

const indexOf = (text: string) => (/^\d{1,10}$/.test(text) ? Number(text) : undefined);

function append(list: Interval[], next: Interval): void {
  const before = list.at(-1);
  if (before !== undefined && next.first <= before.last + 1)
    list[list.length - 1] = { first: before.first, last: Math.max(before.last, next.last) };
  else list.push(next);
}

/** Both together. */
export function union(a: Intervals, b: Intervals): Intervals {
  const all: Interval[] = [];
  for (const next of [...a, ...b].sort((x, y) => x.first - y.first)) append(all, next);
  return all;
}

/** Single indexes, in any order. */
export function intervalsOf(indexes: Iterable<number>): Intervals {
  const all: Interval[] = [];
  for (const index of [...indexes].sort((a, b) => a - b)) append(all, { first: index, last: index });
  return all;
}

export function total(intervals: Intervals): number {
  return intervals.reduce((sum, { first, last }) => sum + last - first + 1, 0);
}

export function has(intervals: Intervals, index: number): boolean {
  let low = 0;
  let high = intervals.length - 1;
  while (low <= high) {
    const middle = (low + high) >> 1;
    const one = intervals[middle];
    if (one === undefined) return false;
    if (index < one.first) high = middle - 1;
    else if (index > one.last) low = middle + 1;
    else return true;
  }
  return false;
}

/** How many of `wanted` are in `intervals`. */
export function countIn(intervals: Intervals, wanted: Intervals): number {
  let count = 0;
  for (const { first, last } of wanted)
    for (const one of intervals)
      count += Math.max(0, Math.min(last, one.last) - Math.max(first, one.first) + 1);
  return count;
}

/** The first `count` indexes below `completions` that are in none of the intervals. */
export function firstOutside(intervals: Intervals, count: number, completions: number): number[] {
  const found: number[] = [];
  let next = 0;
  for (const { first, last } of [...intervals, { first: completions, last: completions }]) {
    while (next < Math.min(first, completions) && found.length < count) found.push(next++);
    next = Math.max(next, last + 1);
  }
  return found;
}

/** Two neighbours are told one by one, more with a dash: `1,2` and `1-3`. */
export function formatIntervals(intervals: Intervals): string {
  return intervals
    .map(({ first, last }) =>
      first === last ? `${first}` : `${first}${last === first + 1 ? ',' : '-'}${last}`,
    )
    .join(',');
}
