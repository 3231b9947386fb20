import type { AppArmorProfile, Pod, PodAffinityTerm, PodSpec } from '../api/core-v1.ts';
import type { LabelSelector } from '../api/meta-v1.ts';
import { equalJson } from '../object.ts';
import { podTermsOf } from '../validation/pod/affinity.ts';
import { appArmorContainer } from '../validation/pod/annotations.ts';
import { allContainers } from '../validation/pod/visit.ts';

/** What the server works out once, when a Pod is created. Mirrors PrepareForCreate of pkg/registry/core/pod. */

/** `matchLabelKeys`: the Pod's own values become part of its selectors. */
export function applyMatchLabelKeys(pod: Pod): void {
  const labels = pod.metadata?.labels ?? {};
  for (const term of podTermsOf(pod.spec?.affinity)) applyToTerm(term, labels);
}

function applyToTerm(term: PodAffinityTerm, labels: { readonly [key: string]: string }): void {
  if (!term.labelSelector) return;
  add(term.labelSelector, term.matchLabelKeys, 'In', labels);
  add(term.labelSelector, term.mismatchLabelKeys, 'NotIn', labels);
}

function add(
  selector: LabelSelector,
  keys: readonly string[] | undefined,
  operator: string,
  labels: { readonly [key: string]: string },
): void {
  for (const key of keys ?? []) {
    const value = Object.hasOwn(labels, key) ? labels[key] : undefined;
    if (value === undefined) continue;
    selector.matchExpressions ??= [];
    selector.matchExpressions.push({ key, operator, values: [value] });
  }
}

/** The old AppArmor annotations become fields, where there is none. */
export function appArmorFromAnnotations(pod: Pod): void {
  const spec: PodSpec | undefined = pod.spec;
  if (!spec || spec.os?.name === 'windows') return;
  for (const container of allContainers(spec)) {
    const text = pod.metadata?.annotations?.[`${appArmorContainer}${container.name}`];
    if (text === undefined || container.securityContext?.appArmorProfile) continue;
    const profile = profileOf(text);
    if (profile === undefined || equalJson(profile, spec.securityContext?.appArmorProfile)) continue;
    container.securityContext = { ...container.securityContext, appArmorProfile: profile };
  }
}

function profileOf(text: string): AppArmorProfile | undefined {
  if (text === 'unconfined') return { type: 'Unconfined' };
  if (text === 'runtime/default') return { type: 'RuntimeDefault' };
  const localhostProfile = text.startsWith('localhost/') ? text.slice('localhost/'.length) : '';
  if (localhostProfile === '' || localhostProfile.trim() !== localhostProfile) return undefined;
  return { type: 'Localhost', localhostProfile };
}
