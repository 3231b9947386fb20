import type { Pod } from '../../kube/api/core-v1.ts';
import { createEventRecorder, type EventRecorder } from '../../kube/event-recorder.ts';
import { admit, refusedStatus } from './admission/admit.ts';
import { crashBackOffMaxMs, crashBackOffMs, housekeepingMs } from './config/constants.ts';
import type { KubeletContext } from './context.ts';
import { Evictions } from './eviction/evictions.ts';
import { ImageManager } from './images/image-manager.ts';
import type { Machine } from './machine.ts';
import { NodeLease } from './node/lease.ts';
import { NodeStatusReporter } from './node/node-status.ts';
import { RuntimeHealth } from './node/runtime-health.ts';
import { Backoff } from './pods/backoff.ts';
import { deadContainers } from './pods/dead-containers.ts';
import { orphanOf } from './pods/orphan.ts';
import { isMirrorPod, isTerminalPhase, nameOf, namespaceOf, podReference, uidOf } from './pods/pod.ts';
import { differs } from './pods/pod-changes.ts';
import { PodWorker } from './pods/pod-worker.ts';
import { checkPullSecrets, networkReady } from './pods/preflight.ts';
import type { PodServices } from './pods/services.ts';
import { StaticPods } from './pods/static-pods.ts';
import { Verdicts } from './probes/verdicts.ts';
import { killPod, removePod } from './runtime/kill.ts';
import { Pleg } from './runtime/pleg.ts';
import { type PodRuntime, podRuntimeOf } from './runtime/pod-runtime.ts';
import { StatusManager } from './status/status-manager.ts';

/** One life of a kubelet process: what it knows ends with it, what the machine runs does not. */
export class KubeletSession {
  readonly context: KubeletContext;
  readonly statuses: StatusManager;
  readonly #machine: Machine;
  readonly #recorder: EventRecorder;
  readonly #health: RuntimeHealth;
  readonly #pleg: Pleg;
  readonly #services: PodServices;
  readonly #workers = new Map<string, PodWorker>();
  readonly #apiPods = new Map<string, Pod>();
  readonly #staticPods: StaticPods;
  readonly #evictions: Evictions;
  readonly #nodeStatus: NodeStatusReporter;
  readonly #lease: NodeLease;
  #stopped = false;

  constructor(machine: Machine) {
    this.#machine = machine;
    const { clock, settings, client, trouble } = machine;
    this.#recorder = createEventRecorder({
      client,
      clock,
      component: 'kubelet',
      host: settings.name,
      onTrouble: (error) => trouble(`event of ${settings.name}`, error),
    });
    this.context = {
      settings,
      client,
      clock,
      random: machine.random,
      runtime: machine.runtime,
      network: machine.network,
      objects: machine.objects,
      relistMs: machine.relistMs,
      event: (about, type, reason, message) => {
        if (!this.#stopped) this.#recorder.event(about, type, reason, message);
      },
      trouble,
    };
    const startMs = clock.now() - machine.random.int(machine.relistMs);
    this.statuses = new StatusManager({
      client,
      clock,
      startMs,
      apiPod: (uid) => this.#staticPods.mirrorOf(uid) ?? this.#apiPods.get(uid),
      mayRun: (uid) => this.#workers.get(uid)?.mayRun === true,
      trouble,
    });
    this.#health = new RuntimeHealth({
      clock,
      service: machine.runtime,
      startMs,
      onService: () => this.#pleg.serviceChanged(),
      onChange: () => {
        this.#pleg.release();
        this.#nodeStatus.reportSoon();
      },
      onFailedCollection: (why) => this.#nodeStatus.warn('ContainerGCFailed', why),
    });
    this.#pleg = new Pleg({
      clock,
      runtime: machine.runtime,
      startMs,
      relistMs: machine.relistMs,
      serving: () => machine.runtime.serving,
      held: () => this.#health.down,
      onEvent: (uid, died) => this.#happened(uid, died),
    });
    const verdicts = new Verdicts((kind, uid, containerId, verdict) => {
      if (kind === 'readiness') this.statuses.setReady(uid, containerId, verdict === 'success');
      else if (kind === 'startup') this.statuses.setStarted(uid, containerId, verdict === 'success');
      else if (verdict !== 'failure') return;
      this.#workers.get(uid)?.wake();
    });
    this.#services = {
      context: this.context,
      pleg: this.#pleg,
      statuses: this.statuses,
      images: new ImageManager(this.context),
      backoff: new Backoff(crashBackOffMs, crashBackOffMaxMs),
      verdicts,
      startedMs: clock.now(),
      networkReady: (pod) => networkReady(this.context, pod, this.#health.networked),
      beforeSync: (pod) => this.#staticPods.ensureMirror(pod),
      checkPullSecrets: (pod) => void checkPullSecrets(this.context, pod),
      onFinished: (pod) => this.#finished(pod),
    };
    this.#staticPods = new StaticPods(this.context, {
      changed: (pod, before) => this.#upsert(pod, before),
      removed: (pod) => this.#removed(pod),
      shown: (uid) => this.statuses.push(uid),
    });
    this.#evictions = new Evictions(this.context, {
      workers: () => this.#workers.values(),
      volumesOf: (uid) => machine.volumesOf(uid),
      runtimeOf: (uid) => this.#pleg.get(uid),
      pressed: () => this.#nodeStatus.reportSoon(),
    });
    this.#nodeStatus = new NodeStatusReporter(
      this.context,
      () => this.#evictions.pressures(),
      () => this.#health.problems(),
    );
    this.#lease = new NodeLease(this.context);
  }

  /** The Pods that are here by what the API says; afterwards `podChanged` tells. */
  start(pods: readonly Pod[]): void {
    this.#nodeStatus.start();
    this.#lease.start();
    this.reconcile(pods);
    this.#staticPods.set(this.#machine.manifests);
    this.#killOrphans();
  }

  /** All of them anew: what was missed counts too. */
  reconcile(pods: readonly Pod[]): void {
    const here = new Set(pods.map(uidOf));
    for (const [uid, pod] of [...this.#apiPods]) if (!here.has(uid)) this.podChanged(undefined, pod);
    for (const pod of pods) this.podChanged(pod, this.#apiPods.get(uidOf(pod)));
    this.statuses.retryNow();
    this.#nodeStatus.reportNow();
    this.#lease.renewNow();
  }

  podChanged(after: Pod | undefined, before: Pod | undefined): void {
    if (this.#stopped) return;
    if (before !== undefined && (after === undefined || uidOf(after) !== uidOf(before))) {
      this.#apiPods.delete(uidOf(before));
      if (isMirrorPod(before)) this.#staticPods.mirrorChanged(undefined, before);
      else this.#removed(before);
    }
    if (after === undefined) return;
    const known = this.#apiPods.get(uidOf(after));
    this.#apiPods.set(uidOf(after), after);
    if (isMirrorPod(after)) {
      this.#staticPods.mirrorChanged(after, known);
      this.statuses.observe(this.#staticPods.staticUidOf(uidOf(after)) ?? '');
      return;
    }
    this.#upsert(after, known);
    this.statuses.observe(uidOf(after));
  }

  nodeChanged(): void {
    this.#nodeStatus.nodeChanged();
  }

  setManifests(): void {
    this.#staticPods.set(this.#machine.manifests);
  }

  /** The Pod as the kubelet runs it, by what the API calls it. */
  find(namespace: string, name: string, uid: string): PodWorker | undefined {
    const own = this.#workers.get(this.#staticPods.staticUidOf(uid) ?? uid);
    if (own !== undefined) return own;
    for (const worker of this.#workers.values())
      if (nameOf(worker.pod) === name && namespaceOf(worker.pod) === namespace) return worker;
    return undefined;
  }

  /** A Pod that is not run here: refused, or over before this kubelet began. */
  podOf(uid: string): Pod | undefined {
    return this.#apiPods.get(uid);
  }

  /** As last looked at. */
  runtimeOf(uid: string): PodRuntime {
    return this.#pleg.get(uid);
  }

  /** As it is this moment. */
  runtimeNow(uid: string): PodRuntime {
    return podRuntimeOf(this.context.runtime.sandboxes().filter(({ config }) => config.uid === uid));
  }

  get workers(): Iterable<PodWorker> {
    return this.#workers.values();
  }

  stop(): void {
    this.#stopped = true;
    this.#health.stop();
    this.#nodeStatus.stop();
    this.#lease.stop();
    this.#evictions.stop();
    this.#staticPods.stop();
    for (const worker of this.#workers.values()) worker.stop();
    this.#workers.clear();
    this.statuses.stop();
    this.#pleg.stop();
  }

  flushEvents(): Promise<void> {
    return this.#recorder.flush();
  }

  #upsert(pod: Pod, before: Pod | undefined): void {
    const uid = uidOf(pod);
    const known = this.#workers.get(uid);
    if (known !== undefined) {
      known.update(pod, before === undefined || differs(before, pod));
      return;
    }
    const ended = isTerminalPhase(pod.status?.phase);
    const runtime = this.#pleg.get(uid);
    if (!ended && pod.metadata?.deletionTimestamp === undefined && runtime.sandboxes.length === 0) {
      const refused = admit(this.context, pod, this.#activePods(), this.#evictions.pressures());
      if (refused !== undefined) {
        this.context.event(podReference(pod), 'Warning', refused.reason, refused.message);
        this.statuses.set(pod, refusedStatus(pod, refused));
        return;
      }
    }
    if (ended && runtime.sandboxes.length === 0 && pod.metadata?.deletionTimestamp === undefined) return;
    const worker = new PodWorker(this.#services, pod, (own) => this.#openVolumes(own));
    this.#workers.set(uid, worker);
    worker.update(pod, true);
    this.#evictions.watch(pod);
  }

  /** Of the Pod as its worker has it: the one that it began with is not held. */
  #openVolumes(worker: PodWorker) {
    return this.#machine.openVolumes(worker.pod, {
      kubelet: this.context,
      addresses: () => ({ podIp: this.#pleg.get(uidOf(worker.pod)).ip, hostIp: this.context.settings.ip }),
      pod: () => worker.pod,
    });
  }

  #activePods(): readonly Pod[] {
    return [...this.#workers.values()].filter(({ mayRun }) => mayRun).map(({ pod }) => pod);
  }

  #removed(pod: Pod): void {
    const uid = uidOf(pod);
    const worker = this.#workers.get(uid);
    if (worker === undefined) this.statuses.forget(uid);
    else if (worker.stage === 'finished') void this.#cleanUp(uid);
    else worker.terminate();
  }

  #finished(pod: Pod): void {
    const uid = uidOf(pod);
    if (!this.#apiPods.has(uid)) void this.#cleanUp(uid);
    else if (this.statuses.get(uid)?.reason === 'Evicted') void this.#removeContainers(uid);
    this.#staticPods.finished(uid);
  }

  /** Nothing of a Pod that is gone stays on the node. */
  async #cleanUp(uid: string): Promise<void> {
    const worker = this.#workers.get(uid);
    this.#workers.delete(uid);
    worker?.stop();
    this.statuses.forget(uid);
    this.#services.images.forget(uid);
    this.#services.backoff.forgetPrefix(`${uid}/`);
    this.#machine.closeVolumes(uid);
    await this.#removeContainers(uid);
  }

  async #removeContainers(uid: string): Promise<void> {
    const { runtime, trouble } = this.context;
    const removed = Promise.resolve().then(() => removePod(runtime, this.#pleg.refresh(uid)));
    await removed.catch((error: unknown) => trouble(`remains of pod ${uid}`, error));
  }

  #happened(uid: string, died: readonly string[]): void {
    const worker = this.#workers.get(uid);
    const { runtime, trouble } = this.context;
    for (const id of deadContainers(this.#pleg.get(uid), died))
      runtime.removeContainer(id).catch((error: unknown) => trouble(`remains of pod ${uid}`, error));
    worker?.wake();
  }

  /** What runs and nobody asked for, of Pods that were deleted while the kubelet was away: seen at the second housekeeping. */
  #killOrphans(): void {
    for (const uid of this.#pleg.uids()) {
      const pod = this.#isWanted(uid) ? undefined : orphanOf(this.#pleg.get(uid));
      if (pod === undefined) continue;
      this.context.clock.after(housekeepingMs, () => {
        if (this.#stopped || this.#isWanted(uid)) return;
        void killPod(this.context, pod, this.#pleg.get(uid)).then(() => this.#cleanUp(uid));
      });
    }
  }

  #isWanted(uid: string): boolean {
    return this.#workers.has(uid) || this.#apiPods.has(uid);
  }
}
