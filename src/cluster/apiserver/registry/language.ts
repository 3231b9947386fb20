import type { ManagedFieldsEntry } from '../../../kube/api/meta-v1.ts';
import type { KubeObject } from '../../../kube/object.ts';
import type { StructSchema } from '../../../kube/schema/schema.ts';

// Stand-ins until the real ones are there; this file goes away then.

export interface TrackInput {
  readonly schema: StructSchema | undefined;
  readonly live: KubeObject | undefined;
  readonly updated: KubeObject;
  readonly manager: string;
  readonly apiVersion: string;
  readonly subresource: string;
  readonly now: string;
}

export function trackUpdate(_input: TrackInput): ManagedFieldsEntry[] | undefined {
  return undefined;
}

export interface ApplyInput {
  readonly schema: StructSchema | undefined;
  readonly live: KubeObject | undefined;
  readonly applied: KubeObject;
  readonly manager: string;
  readonly force: boolean;
  readonly apiVersion: string;
  readonly subresource: string;
  readonly now: string;
}

export function applyConfiguration(input: ApplyInput): KubeObject {
  return { ...(input.live ?? {}), ...input.applied };
}
