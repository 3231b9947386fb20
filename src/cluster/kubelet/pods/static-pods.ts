import { createHash } from 'node:crypto';
import type { Pod } from '../../../kube/api/core-v1.ts';
import { defaultPod } from '../../../kube/defaults/pod.ts';
import { cloneJson, type KubeObject } from '../../../kube/object.ts';
import { StatusError } from '../../../kube/status.ts';
import { formatMicroTime } from '../../../kube/time.ts';
import { backOffMs, housekeepingMs } from '../config/constants.ts';
import { jitter, type KubeletContext } from '../context.ts';
import { pods } from '../status/status-manager.ts';
import {
  hashAnnotation,
  isStaticPod,
  mirrorAnnotation,
  nameOf,
  namespaceOf,
  seenAnnotation,
  sourceAnnotation,
  uidOf,
} from './pod.ts';

export interface StaticPodEvents {
  changed(pod: Pod, before: Pod | undefined): void;
  removed(pod: Pod): void;
  /** The first mirror of this Pod is there. */
  shown(uid: string): void;
}

/** Pods from files of the node, and the mirrors that show them in the API. Mirrors pkg/kubelet/config and pod/mirror_client.go. */
export class StaticPods {
  readonly #context: KubeletContext;
  readonly #events: StaticPodEvents;
  readonly #byFile = new Map<string, Pod>();
  readonly #mirrors = new Map<string, Pod>();
  /** Mirrors of files that are gone, until nothing of their Pod runs any more. */
  readonly #leaving = new Map<string, Pod>();
  /** A changed file waits until the Pod that it was has ended: they have the same name. */
  readonly #waiting = new Map<string, Pod>();
  readonly #running = new Set<string>();
  readonly #shown = new Set<string>();
  /** Mirrors that are left to `finished`. */
  readonly #going = new Set<string>();
  #stopped = false;

  constructor(context: KubeletContext, events: StaticPodEvents) {
    this.#context = context;
    this.#events = events;
  }

  /** The files there are now. */
  set(manifests: ReadonlyMap<string, Pod>): void {
    for (const [file, pod] of [...this.#byFile]) {
      if (manifests.has(file)) continue;
      this.#byFile.delete(file);
      this.#leave(pod);
    }
    for (const [file, manifest] of manifests) {
      const pod = this.#built(manifest);
      const before = this.#byFile.get(file);
      if (before !== undefined && uidOf(before) === uidOf(pod)) continue;
      this.#byFile.set(file, pod);
      if (before === undefined) this.#start(pod);
      else {
        this.#leave(before);
        this.#startAfter(uidOf(before), pod);
      }
    }
  }

  /** Nothing of that Pod runs any more. */
  finished(uid: string): void {
    this.#running.delete(uid);
    const mirror = this.#leaving.get(uid);
    // Of a changed file: the Pod that it is now takes its place.
    if (mirror === undefined || this.#ownOf(mirror) !== undefined) return;
    this.#leaving.delete(uid);
    this.#context.clock.after(housekeepingMs, () => {
      if (!this.#stopped) void this.#delete(mirror);
    });
  }

  /** The mirror to which the Pod's status goes. */
  mirrorOf(uid: string): Pod | undefined {
    const mirror = this.#mirrors.get(uid);
    return mirror?.metadata?.annotations?.[mirrorAnnotation] === uid ? mirror : undefined;
  }

  /** Of a mirror's UID. */
  staticUidOf(uid: string): string | undefined {
    for (const [own, mirror] of this.#mirrors) if (uidOf(mirror) === uid) return own;
    return undefined;
  }

  mirrorChanged(after: Pod | undefined, before: Pod | undefined): void {
    const own = this.#ownOf(after ?? before);
    if (own === undefined) {
      // A file that is gone: so is its mirror, as soon as nothing runs.
      const leaving =
        after !== undefined && [...this.#leaving.values()].some((pod) => uidOf(pod) === uidOf(after));
      if (after !== undefined && !leaving && !this.#going.has(uidOf(after))) void this.#delete(after);
      return;
    }
    if (after === undefined) this.#mirrors.delete(uidOf(own));
    else this.#mirrors.set(uidOf(own), after);
    const deleted =
      after === undefined || (after.metadata?.deletionTimestamp !== undefined && before !== undefined);
    if (deleted && this.#running.has(uidOf(own))) this.#events.changed(own, undefined);
  }

  /** Makes the mirror if there is none, and anew when it is being deleted or stands for another file. */
  ensureMirror(pod: Pod): void {
    if (!isStaticPod(pod)) return;
    const mirror = this.#mirrors.get(uidOf(pod));
    const good =
      mirror !== undefined &&
      mirror.metadata?.deletionTimestamp === undefined &&
      mirror.metadata?.annotations?.[mirrorAnnotation] === hashOf(pod);
    if (good) return;
    void this.#make(pod, mirror);
  }

  stop(): void {
    this.#stopped = true;
  }

  #start(pod: Pod): void {
    this.#running.add(uidOf(pod));
    this.#events.changed(pod, undefined);
  }

  #leave(pod: Pod): void {
    const uid = uidOf(pod);
    const mirror = this.#mirrors.get(uid);
    this.#mirrors.delete(uid);
    if (mirror !== undefined) {
      this.#leaving.set(uid, mirror);
      this.#going.add(uidOf(mirror));
    }
    this.#waiting.delete(uid);
    if (this.#running.has(uid)) this.#events.removed(pod);
  }

  /** A worker that may not start yet comes back as any other that failed. */
  #startAfter(before: string, pod: Pod): void {
    this.#waiting.set(uidOf(pod), pod);
    const { clock, random } = this.#context;
    clock.after(jitter(random, backOffMs, 0.5), () => {
      if (this.#stopped || !this.#waiting.has(uidOf(pod))) return;
      if (this.#running.has(before)) {
        this.#startAfter(before, pod);
        return;
      }
      this.#waiting.delete(uidOf(pod));
      this.#start(pod);
    });
  }

  #built(manifest: Pod): Pod {
    const { settings, clock } = this.#context;
    const pod = cloneJson(manifest);
    const hash = createHash('md5')
      .update(`${settings.name}${JSON.stringify(manifest)}`)
      .digest('hex');
    defaultPod(pod);
    pod.metadata = {
      ...pod.metadata,
      name: `${manifest.metadata?.name ?? ''}-${settings.name}`,
      namespace: manifest.metadata?.namespace ?? 'default',
      uid: hash,
      annotations: {
        ...pod.metadata?.annotations,
        [hashAnnotation]: hash,
        [seenAnnotation]: formatMicroTime(clock.now()),
        [sourceAnnotation]: 'file',
      },
    };
    const spec = pod.spec ?? { containers: [] };
    spec.nodeName = settings.name;
    spec.tolerations = [...(spec.tolerations ?? []), { operator: 'Exists', effect: 'NoExecute' }];
    pod.spec = spec;
    pod.status = { phase: 'Pending' };
    return pod;
  }

  #ownOf(mirror: Pod | undefined): Pod | undefined {
    if (mirror === undefined) return undefined;
    for (const pod of this.#byFile.values())
      if (nameOf(pod) === nameOf(mirror) && namespaceOf(pod) === namespaceOf(mirror)) return pod;
    return undefined;
  }

  async #make(pod: Pod, old: Pod | undefined): Promise<void> {
    const { client, objects, trouble } = this.#context;
    const node = objects.node();
    for (const [left, mirror] of this.#leaving) {
      if (nameOf(mirror) !== nameOf(pod) || namespaceOf(mirror) !== namespaceOf(pod)) continue;
      this.#leaving.delete(left);
      await this.#delete(mirror);
    }
    if (old !== undefined) await this.#delete(old);
    const { uid, resourceVersion: _, ...metadata } = pod.metadata ?? {};
    const mirror = cloneJson({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: {
        ...metadata,
        annotations: { ...metadata.annotations, [mirrorAnnotation]: uid ?? '' },
        ...(node?.metadata?.uid === undefined
          ? {}
          : {
              ownerReferences: [
                {
                  apiVersion: 'v1',
                  kind: 'Node',
                  name: node.metadata.name ?? '',
                  uid: node.metadata.uid,
                  controller: true,
                },
              ],
            }),
      },
      spec: pod.spec,
    }) as Pod & KubeObject;
    try {
      const made = await client.create<Pod & KubeObject>(pods, namespaceOf(pod), mirror);
      if (this.#stopped) return;
      this.#mirrors.set(uidOf(pod), made);
      const first = !this.#shown.has(nameOf(pod));
      this.#shown.add(nameOf(pod));
      if (first) this.#events.shown(uidOf(pod));
    } catch (error) {
      if (error instanceof StatusError && error.status.reason === 'AlreadyExists') return;
      if (!this.#stopped) trouble(`mirror of ${nameOf(pod)}`, error);
    }
  }

  async #delete(mirror: Pod): Promise<void> {
    const { client, trouble } = this.#context;
    try {
      await client.delete(pods, namespaceOf(mirror), nameOf(mirror), {
        gracePeriodSeconds: 0,
        preconditions: { uid: uidOf(mirror) },
      });
    } catch (error) {
      // Gone already: then it is no longer this node's either.
      if (error instanceof StatusError && [403, 404, 409].includes(error.status.code ?? 0)) return;
      if (!this.#stopped) trouble(`mirror ${nameOf(mirror)}`, error);
    }
  }
}

const hashOf = (pod: Pod): string | undefined => pod.metadata?.annotations?.[hashAnnotation];
