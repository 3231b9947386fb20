import type { PodTemplateSpec } from '../../../kube/api/core-v1.ts';
import type { KubeClient } from '../../../kube/client.ts';
import type { EventRecorder } from '../../../kube/event-recorder.ts';
import { nameIsDNSSubdomain } from '../../../kube/names.ts';
import { cloneJson, type KubeObject } from '../../../kube/object.ts';
import { StatusError } from '../../../kube/status.ts';
import { isNotFound } from '../controller.ts';
import { pods } from '../refs.ts';
import { ownerReference } from './owner.ts';
import type { Pod } from './pod-state.ts';

/** A Pod as its owner's template has it, to be given a name by the server. Mirrors GetPodFromTemplate of pkg/controller. */
export function podFromTemplate(template: PodTemplateSpec | undefined, owner: KubeObject): Pod {
  const { labels, annotations, finalizers } = template?.metadata ?? {};
  const name = owner.metadata.name ?? '';
  const withDash = `${name}-`;
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      generateName: nameIsDNSSubdomain(withDash, true).length === 0 ? withDash : name,
      namespace: owner.metadata.namespace ?? '',
      ...(labels === undefined ? {} : { labels: cloneJson(labels) }),
      ...(annotations === undefined ? {} : { annotations: cloneJson(annotations) }),
      ...(finalizers === undefined ? {} : { finalizers: [...finalizers] }),
      ownerReferences: [ownerReference(owner)],
    },
    spec: cloneJson(template?.spec ?? { containers: [] }),
  };
}

/** Creates and deletes Pods in the name of a controller, and tells it on `owner`. Mirrors RealPodControl of pkg/controller. */
export interface PodControl {
  /** Rejects as the server does. */
  create(pod: Pod, owner: KubeObject): Promise<Pod>;
  /** Rejects when it is gone already, too (NotFound). */
  delete(pod: Pod, owner: KubeObject): Promise<void>;
}

export function createPodControl(client: KubeClient, recorder: EventRecorder): PodControl {
  return {
    async create(pod, owner) {
      try {
        const created = await client.create<Pod>(pods, owner.metadata.namespace ?? '', pod);
        recorder.event(owner, 'Normal', 'SuccessfulCreate', `Created pod: ${created.metadata.name ?? ''}`);
        return created;
      } catch (error) {
        if (!isNamespaceTerminating(error))
          recorder.event(owner, 'Warning', 'FailedCreate', `Error creating: ${messageOf(error)}`);
        throw error;
      }
    },
    async delete(pod, owner) {
      const { namespace = '', name = '' } = pod.metadata;
      try {
        await client.delete(pods, namespace, name);
        recorder.event(owner, 'Normal', 'SuccessfulDelete', `Deleted pod: ${name}`);
      } catch (error) {
        if (isNotFound(error)) throw error;
        recorder.event(owner, 'Warning', 'FailedDelete', `Error deleting: ${messageOf(error)}`);
        throw new Error(`unable to delete pods: ${messageOf(error)}`, { cause: error });
      }
    },
  };
}

/** Nothing can be created any more: no failure of whoever tries. */
export function isNamespaceTerminating(error: unknown): boolean {
  return (
    error instanceof StatusError &&
    (error.status.details?.causes ?? []).some(({ reason }) => reason === 'NamespaceTerminating')
  );
}

export const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
