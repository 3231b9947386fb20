import type { PodSpec } from '../../../../kube/api/core-v1.ts';
import type { ObjectMeta } from '../../../../kube/api/meta-v1.ts';
import { type FieldError, invalid } from '../../../../kube/field-error.ts';
import { baselineChecks } from './baseline.ts';
import type { Check, Violation } from './check.ts';
import { restrictedChecks } from './restricted.ts';

/** Which level a namespace asks for, and what a Pod violates of it. Mirrors pod-security-admission/{api,policy}. */

const LEVELS = ['privileged', 'baseline', 'restricted'] as const;
export type Level = (typeof LEVELS)[number];

export interface LevelVersion {
  readonly level: Level;
  /** Infinity: latest. */
  readonly minor: number;
}

export interface Policy {
  readonly enforce: LevelVersion;
  readonly audit: LevelVersion;
  readonly warn: LevelVersion;
}

const PREFIX = 'pod-security.kubernetes.io/';
const LATEST = Number.POSITIVE_INFINITY;

/** The policy that the labels ask for, with `privileged:latest` where they are silent, and what is wrong with them. */
export function policyOf(labels: { readonly [key: string]: string } | undefined): {
  readonly policy: Policy;
  readonly errors: readonly FieldError[];
} {
  const errors: FieldError[] = [];
  const label = (name: string) => {
    const key = `${PREFIX}${name}`;
    return labels !== undefined && Object.hasOwn(labels, key) ? labels[key] : undefined;
  };
  const bad = (name: string, value: string, why: string) =>
    errors.push(invalid(`metadata.labels[${PREFIX}${name}]`, value, why));
  const levelOf = (name: string, otherwise: Level): Level => {
    const value = label(name);
    if (value === undefined) return 'privileged';
    const level = LEVELS.find((known) => known === value);
    if (level === undefined) bad(name, value, `must be one of ${LEVELS.join(', ')}`);
    return level ?? otherwise;
  };
  const minorOf = (name: string): number => {
    const value = label(name);
    if (value === undefined || value === 'latest') return LATEST;
    const match = /^v1\.([0-9]|[1-9][0-9]*)$/.exec(value);
    if (match === null) bad(name, value, 'must be "latest" or "v1.x"');
    return match === null ? LATEST : Number(match[1]);
  };
  const enforce = { level: levelOf('enforce', 'restricted'), minor: minorOf('enforce-version') };
  const enforced = LEVELS.some((known) => known === label('enforce'));
  const audit = { level: levelOf('audit', 'privileged'), minor: minorOf('audit-version') };
  let warn = { level: levelOf('warn', 'privileged'), minor: minorOf('warn-version') };
  // Whoever enforces a level wants to be warned of it as well, about the objects that make Pods.
  if (label('warn') === undefined && enforced && stricter(enforce, warn))
    warn = { level: enforce.level, minor: label('warn-version') === undefined ? enforce.minor : warn.minor };
  return { policy: { enforce, audit, warn }, errors };
}

function stricter(a: LevelVersion, b: LevelVersion): boolean {
  return LEVELS.indexOf(a.level) > LEVELS.indexOf(b.level);
}

export function notStricter(a: LevelVersion, b: LevelVersion): boolean {
  return !stricter(a, b);
}

/** `restricted:latest` */
export function levelText({ level, minor }: LevelVersion): string {
  return `${level}:${minor === LATEST ? 'latest' : `v1.${minor}`}`;
}

export function violationsOf(
  { level, minor }: LevelVersion,
  metadata: ObjectMeta,
  spec: PodSpec,
): readonly Violation[] {
  if (level === 'privileged') return [];
  const containers = [
    ...(spec.initContainers ?? []),
    ...(spec.containers ?? []),
    ...(spec.ephemeralContainers ?? []),
  ];
  const pod = { metadata, spec, containers, minor };
  const holds = ({ since = 0 }: Check) => minor >= since;
  const restricted = level === 'restricted' ? restrictedChecks.filter(holds) : [];
  const overridden = new Set(restricted.map(({ overrides }) => overrides));
  const checks = [...baselineChecks.filter(({ id }) => !overridden.has(id)), ...restricted];
  return checks.flatMap((check) => check.check(pod) ?? []);
}

/** `privileged (container "x" must not set securityContext.privileged=true), hostPort (…)` */
export function detailsOf(violations: readonly Violation[]): string {
  return violations
    .map(({ reason, detail }) => (detail === '' ? reason : `${reason} (${detail})`))
    .join(', ');
}
