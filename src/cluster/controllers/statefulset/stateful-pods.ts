import type { KubeClient } from '../../../kube/client.ts';
import type { EventRecorder } from '../../../kube/event-recorder.ts';
import type { Informer } from '../../../kube/informer.ts';
import { isAlreadyExists, isConflict } from '../controller.ts';
import { messageOf } from '../pods/pod-control.ts';
import { isTerminating, type Pod } from '../pods/pod-state.ts';
import { persistentVolumeClaims, pods } from '../refs.ts';
import {
  type Claim,
  claimsOf,
  identityMatches,
  ordinalOf,
  type StatefulSet,
  storageMatches,
  withIdentity,
} from './identity.ts';
import { isStale, wantedOwners } from './retention.ts';

export interface StatefulParts {
  readonly client: KubeClient;
  readonly recorder: EventRecorder;
  readonly claims: Informer<Claim>;
}

type Verb = 'create' | 'update' | 'delete';
const titles: { readonly [verb in Verb]: string } = { create: 'Create', update: 'Update', delete: 'Delete' };

/** Pods with a name of their own and claims that outlive them. Mirrors stateful_pod_control.go. */
export class StatefulPods {
  readonly #parts: StatefulParts;

  constructor(parts: StatefulParts) {
    this.#parts = parts;
  }

  async create(set: StatefulSet, pod: Pod): Promise<void> {
    try {
      await this.createClaims(set, pod);
      await this.#parts.client.create<Pod>(pods, set.metadata.namespace ?? '', pod);
    } catch (error) {
      if (!isAlreadyExists(error)) this.#tell('create', set, pod, error);
      throw error;
    }
    try {
      await this.updateRetention(set, pod);
    } catch (error) {
      this.#tell('update', set, pod, error);
      throw error;
    }
    this.#tell('create', set, pod);
  }

  async delete(set: StatefulSet, pod: Pod): Promise<void> {
    const { namespace = '', name = '', uid } = pod.metadata;
    try {
      const preconditions = uid === undefined ? {} : { preconditions: { uid } };
      await this.#parts.client.delete(pods, namespace, name, preconditions);
    } catch (error) {
      // Another Pod has its name by now: nothing that anybody should hear of.
      if (!isConflict(error)) this.#tell('delete', set, pod, error);
      throw error;
    }
    this.#tell('delete', set, pod);
  }

  /** Gives back the labels, volumes and claims that it should have. */
  async repair(set: StatefulSet, pod: Pod): Promise<void> {
    let changed: Pod | undefined;
    try {
      if (!identityMatches(set, pod) || !storageMatches(set, pod)) {
        changed = withIdentity(set, pod);
        if (!storageMatches(set, pod)) await this.createClaims(set, pod);
      }
      if (!this.retentionMatches(set, pod)) {
        await this.updateRetention(set, pod);
        changed ??= pod;
      }
      if (changed === undefined) return;
      await this.#parts.client.update<Pod>(pods, changed);
    } catch (error) {
      if (!isConflict(error)) this.#tell('update', set, pod, error);
      throw error;
    }
    this.#tell('update', set, pod);
  }

  retentionMatches(set: StatefulSet, pod: Pod): boolean {
    return this.#claimsOf(set, pod).every((claim) => wantedOwners(claim, set, pod) === undefined);
  }

  async updateRetention(set: StatefulSet, pod: Pod): Promise<void> {
    for (const claim of this.#claimsOf(set, pod)) {
      const ownerReferences = wantedOwners(claim, set, pod);
      if (ownerReferences === undefined) continue;
      const metadata = { ...claim.metadata, ownerReferences: [...ownerReferences] };
      await this.#parts.client.update<Claim>(persistentVolumeClaims, { ...claim, metadata });
    }
  }

  /** What it needs still hangs on a Pod that is gone. */
  hasStaleClaim(set: StatefulSet, pod: Pod): boolean {
    return this.#claimsOf(set, pod).some((claim) => isStale(claim, set, pod));
  }

  async createClaims(set: StatefulSet, pod: Pod): Promise<void> {
    const { client, claims } = this.#parts;
    const failures: string[] = [];
    for (const { claim } of claimsOf(set, ordinalOf(pod))) {
      const { name = '', namespace = '' } = claim.metadata;
      const there = claims.get(namespace, name);
      if (there !== undefined) {
        if (isTerminating(there)) failures.push(`pvc ${name} is being deleted`);
        continue;
      }
      try {
        await client.create<Claim>(persistentVolumeClaims, namespace, claim);
        this.#tellClaim(set, pod, name);
      } catch (error) {
        failures.push(`failed to create PVC ${name}: ${messageOf(error)}`);
        if (!isAlreadyExists(error)) this.#tellClaim(set, pod, name, error);
      }
    }
    if (failures.length === 0) return;
    const unique = [...new Set(failures)];
    throw new Error(unique.length === 1 ? unique[0] : `[${unique.join(', ')}]`);
  }

  #claimsOf(set: StatefulSet, pod: Pod): readonly Claim[] {
    return claimsOf(set, ordinalOf(pod)).flatMap(
      ({ claim }) => this.#parts.claims.get(claim.metadata.namespace ?? '', claim.metadata.name ?? '') ?? [],
    );
  }

  #tell(verb: Verb, set: StatefulSet, pod: Pod, error?: unknown): void {
    const what = `${verb} Pod ${pod.metadata.name ?? ''} in StatefulSet ${set.metadata.name ?? ''}`;
    if (error === undefined)
      this.#parts.recorder.event(set, 'Normal', `Successful${titles[verb]}`, `${what} successful`);
    else
      this.#parts.recorder.event(
        set,
        'Warning',
        `Failed${titles[verb]}`,
        `${what} failed error: ${messageOf(error)}`,
      );
  }

  #tellClaim(set: StatefulSet, pod: Pod, claim: string, error?: unknown): void {
    const podName = pod.metadata.name ?? '';
    const setName = set.metadata.name ?? '';
    if (error === undefined)
      this.#parts.recorder.event(
        set,
        'Normal',
        'SuccessfulCreate',
        `create Claim ${claim} Pod ${podName} in StatefulSet ${setName} success`,
      );
    else
      this.#parts.recorder.event(
        set,
        'Warning',
        'FailedCreate',
        `create Claim ${claim} for Pod ${podName} in StatefulSet ${setName} failed error: ${messageOf(error)}`,
      );
  }
}
