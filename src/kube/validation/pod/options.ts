import type { Container, PodSpec } from '../../api/core-v1.ts';
import type { ObjectMeta } from '../../api/meta-v1.ts';
import { isEnvVarName, isRelaxedEnvVarName } from '../../names.ts';
import { parseQuantity } from '../../quantity.ts';
import { validateLabelSelector } from '../../selectors/validation.ts';
import { podTermsOf, validateTermSelectors } from './affinity.ts';
import { localNonReserved } from './paths.ts';
import { dividesIntoPages } from './resources.ts';
import { hostSysctlProblem } from './sysctls.ts';
import { allContainers } from './visit.ts';

/**
 * Which rules bend for an object that was already stored with something today's rules refuse. Mirrors PodValidationOptions
 * and pkg/api/pod/util.go with the feature gates of 1.32.
 */
export interface PodOptions {
  /** A Pod itself, not a template. */
  readonly isPod: boolean;
  readonly anyDeletionCost: boolean;
  readonly anySelectorValue: boolean;
  readonly anySpreadSelector: boolean;
  readonly anyTokenPath: boolean;
  readonly anyHugePages: boolean;
  readonly hostSysctls: boolean;
  readonly dotSearches: boolean;
  readonly zeroSleep: boolean;
  readonly relaxedEnv: boolean;
}

export interface PodLike {
  readonly metadata?: ObjectMeta | undefined;
  readonly spec?: PodSpec | undefined;
}

const deletionCost = 'controller.kubernetes.io/pod-deletion-cost';

/** An int32 as Go's ParseInt takes it, without leading plus or zeros (`-0` neither). */
export function hasValidDeletionCost(annotations: { readonly [key: string]: string } | undefined): boolean {
  const text = annotations?.[deletionCost];
  if (text === undefined) return true;
  return /^(0|[1-9]\d{0,9}|-\d{1,20})$/.test(text) && Math.abs(Number(text) + 0.5) <= 2147483647.5;
}

/** `old`: the stored Pod or template, when it is an update. */
export function podOptions(isPod: boolean, now: PodLike | undefined, old: PodLike | undefined): PodOptions {
  const before = old?.spec;
  const searches = before?.dnsConfig?.searches ?? [];
  return {
    isPod,
    anyDeletionCost: old !== undefined && !hasValidDeletionCost(old.metadata?.annotations),
    anySelectorValue: podTermsOf(before?.affinity).some(
      (term) => validateTermSelectors(term, '', false).length > 0,
    ),
    anySpreadSelector: (before?.topologySpreadConstraints ?? []).some(
      ({ labelSelector }) => validateLabelSelector(labelSelector, '').length > 0,
    ),
    anyTokenPath: (before?.volumes ?? []).some((volume) =>
      (volume.projected?.sources ?? []).some(
        ({ serviceAccountToken: token }) => token && localNonReserved(token.path ?? '', '').length > 0,
      ),
    ),
    anyHugePages: before !== undefined && hasOddHugePages(before),
    hostSysctls:
      before !== undefined &&
      (before.securityContext?.sysctls ?? []).some(({ name = '' }) => hostSysctlProblem(name, before, '')),
    dotSearches: searches.some((search) => search === '.' || search.includes('_')),
    zeroSleep: before !== undefined && sleepsZero(now?.spec),
    relaxedEnv: true,
  };
}

function hasOddHugePages(spec: PodSpec): boolean {
  const lists = [
    spec.overhead,
    ...allContainers(spec).flatMap(({ resources }) => [resources?.limits, resources?.requests]),
  ];
  return lists.some((list) =>
    Object.entries(list ?? {}).some(
      ([name, text]) => name.startsWith('hugepages-') && !dividesIntoPages(name, parseQuantity(text)),
    ),
  );
}

function sleepsZero(spec: PodSpec | undefined): boolean {
  return allContainers(spec).some(
    ({ lifecycle }: Container) =>
      lifecycle?.preStop?.sleep?.seconds === 0 || lifecycle?.postStart?.sleep?.seconds === 0,
  );
}

/** 1.32 takes any printable name without `=`. */
export function envNameProblems(name: string, options: PodOptions): readonly string[] {
  return options.relaxedEnv ? isRelaxedEnvVarName(name) : isEnvVarName(name);
}
