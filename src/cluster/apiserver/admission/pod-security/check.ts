import type {
  Container,
  PodSecurityContext,
  PodSpec,
  SecurityContext,
} from '../../../../kube/api/core-v1.ts';
import type { ObjectMeta } from '../../../../kube/api/meta-v1.ts';

/** One rule of the Pod Security Standards. Mirrors k8s.io/pod-security-admission/policy. */
export interface Check {
  /** Upstream's id: the order in which violations are told, and what `overrides` names. */
  readonly id: string;
  /** The minor version from which the rule holds. */
  readonly since?: number;
  /** Baseline checks that this one says better. */
  readonly overrides?: string;
  /** Undefined: the Pod will do. */
  check(pod: CheckedPod): Violation | undefined;
}

export interface CheckedPod {
  readonly metadata: ObjectMeta;
  readonly spec: PodSpec;
  /** Init containers first, ephemeral ones last. */
  readonly containers: readonly Container[];
  /** Minor version of the policy; Infinity for `latest`. */
  readonly minor: number;
}

export interface Violation {
  readonly reason: string;
  readonly detail: string;
}

export function quoteAll(items: Iterable<string>): string {
  return [...items].map((item) => `"${item}"`).join(', ');
}

export function plural(count: number, one: string, many = `${one}s`): string {
  return count === 1 ? one : many;
}

/** `container "a"`, `containers "a", "b"` */
export function containersNamed(names: readonly string[]): string {
  return `${plural(names.length, 'container')} ${quoteAll(names)}`;
}

export const sorted = (items: Iterable<string>): string[] => [...new Set(items)].sort();

export function isWindows({ spec, minor }: CheckedPod): boolean {
  return minor >= 25 && spec.os?.name === 'windows';
}

/** Who among the Pod and its containers has a value that `isBad`; the values are gathered. */
export function settersOf<T>(
  pod: CheckedPod,
  read: (context: PodSecurityContext | SecurityContext) => T | undefined | null,
  isBad: (value: T) => boolean,
): { readonly who: readonly string[]; readonly values: readonly T[] } {
  const who: string[] = [];
  const values: T[] = [];
  const badIn = (context: PodSecurityContext | SecurityContext | undefined | null): boolean => {
    const value = context == null ? undefined : read(context);
    if (value === undefined || value === null || !isBad(value)) return false;
    values.push(value);
    return true;
  };
  if (badIn(pod.spec.securityContext)) who.push('pod');
  const bad = pod.containers.filter(({ securityContext }) => badIn(securityContext)).map(({ name }) => name);
  if (bad.length > 0) who.push(containersNamed(bad));
  return { who, values };
}
