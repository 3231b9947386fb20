import { differenceOf, type State, sameState } from './states.ts';

/**
 * When two lives of a Pod are the same. The real kubelet looks once a second, at a moment that is chance, and comes back to what
 * failed after 10 to 15 s, which is chance too; so:
 *
 * - A state that lasted less than `missableMs` may be missing on either side: the one look saw it and the other did not.
 * - A state may come `baseMs` earlier or later than recorded (a look of a second on each side and what its cause differed by), the
 *   time that the loaded machine of the recording lost while it started containers (`loadMs`, measured there), and `requeueMs` more for each time before it that a worker had to come back, `crashMs` for each back-off of a crash, whose
 *   end is only noticed then.
 * - What would have come so close to the end of the recording may be missing.
 */
const missableMs = 1700;
/** A loaded kubelet looks late. */
const loadMost = 2000;
const baseMs = 3500;
const requeueMs = 5000;
const crashMs = 15_000;

const requeued = new Set([
  'ErrImagePull',
  'ImagePullBackOff',
  'CreateContainerConfigError',
  'CreateContainerError',
  'InvalidImageName',
  'ErrImageNeverPull',
  'PostStartHookError',
  'RunContainerError',
]);

function tolerances(states: readonly State[], loadMs: number): number[] {
  let tolerance = baseMs + loadMs;
  return states.map(({ status }) => {
    const plain = status.replace(/^Init:/, '');
    if (plain === 'CrashLoopBackOff') tolerance += crashMs;
    else if (requeued.has(plain)) tolerance += requeueMs;
    return tolerance;
  });
}

/** Undefined: they are the same. */
export function compareLives(
  wanted: readonly State[],
  got: readonly State[],
  endMs: number,
  loadMs: number,
): string | undefined {
  const tolerance = tolerances(wanted, loadMs);
  const ours = tolerances(got, loadMs);
  const lasting = (states: readonly State[], at: number) =>
    (states[at + 1]?.t ?? Number.POSITIVE_INFINITY) - (states[at]?.t ?? 0);
  const skippable = (states: readonly State[], allowed: readonly number[], at: number) =>
    lasting(states, at) <= missableMs + Math.min(loadMs, loadMost) ||
    (states[at]?.t ?? 0) + (allowed[at] ?? 0) > endMs;
  const memo = new Map<number, boolean>();
  let furthest = { i: 0, j: 0 };
  const fits = (i: number, j: number): boolean => {
    if (i === wanted.length && j === got.length) return true;
    const at = i * (got.length + 1) + j;
    const known = memo.get(at);
    if (known !== undefined) return known;
    if (i > furthest.i || (i === furthest.i && j < furthest.j)) furthest = { i, j };
    const [a, b] = [wanted[i], got[j]];
    const same =
      a !== undefined && b !== undefined && sameState(a, b) && Math.abs(a.t - b.t) <= (tolerance[i] ?? 0);
    const result =
      (same && fits(i + 1, j + 1)) ||
      (a !== undefined && skippable(wanted, tolerance, i) && fits(i + 1, j)) ||
      (b !== undefined && skippable(got, ours, j) && fits(i, j + 1));
    memo.set(at, result);
    return result;
  };
  if (fits(0, 0)) return undefined;
  const { i, j } = furthest;
  const [a, b] = [wanted[i], got[j]];
  const label = (state: State | undefined) =>
    state === undefined ? '(nothing)' : `${state.t} ms ${state.text}`;
  const why =
    a === undefined || b === undefined ? '' : a.key === b.key ? 'too far in time' : differenceOf(a, b);
  return `state ${i}: wanted ${label(a)}, got ${label(b)} (${j})\n  ${why}`;
}
