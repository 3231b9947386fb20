import type { PodTemplateSpec } from '../api/core-v1.ts';
import { dropDisabledPodFields } from '../defaults/disabled.ts';
import { mirrorServiceAccount } from '../defaults/pod.ts';
import { isDNS1123Label } from '../names.ts';
import type { KubeObject } from '../object.ts';
import { sameMeaning } from '../validation/pod/semantic.ts';
import { podWarnings } from '../validation/pod/warnings.ts';

/** What the strategies of the kinds that make Pods do alike. */

interface WithStatus extends KubeObject {
  status?: unknown;
}

export function clearStatus(draft: KubeObject): void {
  delete (draft as WithStatus).status;
}

/** Whoever writes the object does not write its status. */
export function keepStatus(draft: KubeObject, old: KubeObject): void {
  const { status } = old as WithStatus;
  if (status === undefined) clearStatus(draft);
  else (draft as WithStatus).status = status;
}

export function prepareTemplate(
  template: PodTemplateSpec | undefined,
  old: PodTemplateSpec | undefined,
): void {
  if (template?.spec === undefined) return;
  mirrorServiceAccount(template.spec);
  dropDisabledPodFields(template.spec, old?.spec);
}

/** The names of Pods are made of this one. */
export function podNameWarnings(name: string | undefined): string[] {
  const problems = isDNS1123Label(name ?? '');
  if (problems.length === 0) return [];
  return [
    `metadata.name: this is used in Pod names and hostnames, which can result in surprising behavior; a DNS label is recommended: [${problems.join(' ')}]`,
  ];
}

export function templateWarnings(template: PodTemplateSpec | undefined, field = 'spec.template'): string[] {
  return template === undefined ? [] : podWarnings(template, field);
}

/** On update, warnings come only with a change of the spec. */
export function specDiffers(draft: KubeObject, old: KubeObject | undefined): boolean {
  if (old === undefined) return true;
  return !sameMeaning((draft as { spec?: unknown }).spec, (old as { spec?: unknown }).spec);
}

/** `/status` lets metadata change too; only what is asked for stays. Mirrors the status strategies of most kinds. */
export function keepSpec(draft: KubeObject, old: KubeObject): void {
  const { spec } = old as { spec?: unknown };
  (draft as { spec?: unknown }).spec = spec;
}
