import type { HorizontalPodAutoscalerBehavior, HPAScalingRules } from '../../../kube/api/autoscaling-v2.ts';
import type { Conditions } from './autoscaler.ts';
import { changeWithin, type History, remember, type Sized } from './history.ts';

/** --horizontal-pod-autoscaler-downscale-stabilization */
const downWindowSeconds = 300;
const rememberedMs = 3_600_000;

interface Wish {
  readonly current: number;
  readonly desired: number;
  readonly min: number;
  readonly max: number;
}

/** What the rules let a wish become; tells the reasons in the conditions, and remembers the wish. */
export function limited(
  wish: Wish,
  behavior: HorizontalPodAutoscalerBehavior | undefined,
  history: History,
  conditions: Conditions,
  nowMs: number,
): number {
  return behavior === undefined
    ? withoutBehavior(wish, history, conditions, nowMs)
    : withBehavior(wish, withDefaults(behavior), history, conditions, nowMs);
}

const withinRange = ['DesiredWithinRange', 'the desired count is within the acceptable range'] as const;
const tooFew = [
  'TooFewReplicas',
  'the desired replica count is less than the minimum replica count',
] as const;
const tooMany = [
  'TooManyReplicas',
  'the desired replica count is more than the maximum replica count',
] as const;
const tooFastUp = [
  'ScaleUpLimit',
  'the desired replica count is increasing faster than the maximum scale rate',
] as const;
const tooFastDown = [
  'ScaleDownLimit',
  'the desired replica count is decreasing faster than the maximum scale rate',
] as const;
const stabilizedDown = [
  'ScaleDownStabilized',
  'recent recommendations were higher than current one, applying the highest recent recommendation',
] as const;
const stabilizedUp = [
  'ScaleUpStabilized',
  'recent recommendations were lower than current one, applying the lowest recent recommendation',
] as const;

function tell(
  conditions: Conditions,
  wish: Wish,
  stable: number,
  stabilized: readonly [string, string],
  result: number,
  limit: readonly [string, string],
): void {
  if (stable === wish.desired)
    conditions.set('AbleToScale', true, 'ReadyForNewScale', 'recommended size matches current size');
  else conditions.set('AbleToScale', true, ...stabilized);
  conditions.set('ScalingLimited', result !== stable, ...limit);
}

/** Mirrors normalizeDesiredReplicas. */
function withoutBehavior(wish: Wish, history: History, conditions: Conditions, nowMs: number): number {
  const windowMs = downWindowSeconds * 1000;
  const recent = history.recommendations.filter(({ atMs }) => atMs >= nowMs - windowMs);
  const stable = Math.max(wish.desired, ...recent.map(({ replicas }) => replicas));
  history.recommendations = remember(
    history.recommendations,
    { replicas: wish.desired, atMs: nowMs },
    windowMs,
  );
  const fastest = Math.max(2 * wish.current, 4);
  const [most, why] = wish.max > fastest ? [fastest, tooFastUp] : [wish.max, tooMany];
  const [result, limit] =
    stable < wish.min ? [wish.min, tooFew] : stable > most ? [most, why] : [stable, withinRange];
  tell(conditions, wish, stable, stabilizedDown, result, limit);
  return result;
}

interface Rules {
  readonly window: number;
  readonly select: string;
  readonly policies: NonNullable<HPAScalingRules['policies']>;
}

const percent = { type: 'Percent', value: 100, periodSeconds: 15 };
const pods = { type: 'Pods', value: 4, periodSeconds: 15 };

/** Mirrors GenerateHPAScaleUpRules and GenerateHPAScaleDownRules. */
function withDefaults({ scaleUp, scaleDown }: HorizontalPodAutoscalerBehavior): { up: Rules; down: Rules } {
  const rules = (given: HPAScalingRules | undefined, window: number, policies: Rules['policies']): Rules => ({
    window: given?.stabilizationWindowSeconds ?? window,
    select: given?.selectPolicy ?? 'Max',
    policies: given?.policies ?? policies,
  });
  return { up: rules(scaleUp, 0, [pods, percent]), down: rules(scaleDown, downWindowSeconds, [percent]) };
}

/** Mirrors normalizeDesiredReplicasWithBehaviors. */
function withBehavior(
  wish: Wish,
  { up, down }: { readonly up: Rules; readonly down: Rules },
  history: History,
  conditions: Conditions,
  nowMs: number,
): number {
  const stable = stabilize(wish, up.window, down.window, history.recommendations, nowMs);
  history.recommendations = remember(
    history.recommendations,
    { replicas: wish.desired, atMs: nowMs },
    Math.max(up.window, down.window) * 1000,
  );
  const stabilized = wish.desired >= wish.current ? stabilizedUp : stabilizedDown;
  const [result, limit] = rated({ ...wish, desired: stable }, up, down, history, nowMs);
  tell(conditions, wish, stable, stabilized, result, limit);
  return result;
}

/** Mirrors stabilizeRecommendationWithBehaviors. */
function stabilize(
  { current, desired }: Wish,
  upSeconds: number,
  downSeconds: number,
  recommendations: readonly Sized[],
  nowMs: number,
): number {
  const within = (seconds: number) =>
    recommendations.filter(({ atMs }) => atMs > nowMs - seconds * 1000).map(({ replicas }) => replicas);
  const lowest = Math.min(desired, ...within(upSeconds));
  const highest = Math.max(desired, ...within(downSeconds));
  return Math.min(Math.max(current, lowest), highest);
}

/** Mirrors convertDesiredReplicasWithBehaviorRate. */
function rated(
  { current, desired, min, max }: Wish,
  up: Rules,
  down: Rules,
  history: History,
  nowMs: number,
): readonly [number, readonly [string, string]] {
  if (desired > current) {
    const fastest = Math.max(current, limitOf(current, up, history, nowMs, 1));
    const [most, why] = max > fastest ? [fastest, tooFastUp] : [max, tooMany];
    if (desired > most) return [most, why];
  } else if (desired < current) {
    const fastest = Math.min(current, limitOf(current, down, history, nowMs, -1));
    const [least, why] = min < fastest ? [fastest, tooFastDown] : [min, tooFew];
    if (desired < least) return [least, why];
  }
  return [desired, withinRange];
}

/** How far the policies let it go in one direction: 1 up, -1 down. `Max` is the policy that changes most. */
function limitOf(
  current: number,
  { select, policies }: Rules,
  history: History,
  nowMs: number,
  direction: 1 | -1,
): number {
  if (select === 'Disabled') return current;
  const proposals = policies.map(({ type, value, periodSeconds }) => {
    const added = changeWithin(history.up, periodSeconds, nowMs);
    const removed = changeWithin(history.down, periodSeconds, nowMs);
    const start = current - added + removed;
    if (type === 'Pods') return start + direction * value;
    const share = start * (1 + (direction * value) / 100);
    return direction === 1 ? Math.ceil(share) : Math.trunc(share);
  });
  if (proposals.length === 0) return current;
  return (select === 'Min') === (direction === 1) ? Math.min(...proposals) : Math.max(...proposals);
}

/** Remembers a change of size for as long as any policy asks. Mirrors storeScaleEvent. */
export function noteScale(history: History, before: number, after: number, nowMs: number): void {
  const list = after > before ? history.up : history.down;
  const next = remember(list, { replicas: Math.abs(after - before), atMs: nowMs }, rememberedMs);
  list.splice(0, list.length, ...next);
}
