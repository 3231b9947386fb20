import type { Clock } from '../../base/clock.ts';
import type { Pod } from '../../kube/api/core-v1.ts';
import type { KubeClient } from '../../kube/client.ts';
import type { KubeObject } from '../../kube/object.ts';
import { StatusError } from '../../kube/status.ts';
import { formatTime } from '../../kube/time.ts';
import { planOf } from './stand-in-plan.ts';

export type ReplayPod = Pod & KubeObject & { readonly spec: { nodeName?: string } };

const podsRef = { group: '', version: 'v1', plural: 'pods' };
type State = 'new' | 'waiting' | 'running' | 'finished' | 'leaving';

/** One Pod on a node: started, ended and removed as its annotations say. */
export class StandInPod {
  readonly uid: string;
  readonly #client: KubeClient;
  readonly #clock: Clock;
  readonly #timers: (() => void)[] = [];
  #pod: ReplayPod | undefined;
  #state: State = 'new';
  #restarts = 0;
  #ready = '';
  #startedAt = '';

  constructor(client: KubeClient, clock: Clock, uid: string) {
    this.#client = client;
    this.#clock = clock;
    this.uid = uid;
  }

  stop(): void {
    for (const cancel of this.#timers.splice(0)) cancel();
  }

  update(pod: ReplayPod): void {
    this.#pod = pod;
    if (pod.metadata.deletionTimestamp !== undefined) {
      this.#leave(pod);
      return;
    }
    if (this.#state === 'new') this.#begin(pod);
    else if (this.#state === 'running') {
      const { phase } = pod.status ?? {};
      if (phase === 'Failed' || phase === 'Succeeded') this.#state = 'finished';
      else if (this.#ready !== readyOf(pod)) this.#run(pod);
    }
  }

  #later(seconds: number, action: () => void): void {
    this.#timers.push(this.#clock.after(seconds * 1000, action));
  }

  #begin(pod: ReplayPod): void {
    if (pod.status?.phase === 'Failed' || pod.status?.phase === 'Succeeded') {
      this.#state = 'finished';
      return;
    }
    this.#state = 'waiting';
    const plan = planOf(pod);
    if (plan.start === 'never') return;
    if (plan.start === 'no image') {
      void this.#write({
        phase: 'Pending',
        conditions: this.#conditions('False'),
        containerStatuses: this.#containers({
          waiting: { reason: 'ImagePullBackOff', message: 'Back-off pulling image' },
        }),
      });
      return;
    }
    const start = () => {
      const now = this.#pod;
      if (now === undefined || this.#state !== 'waiting') return;
      this.#startedAt = formatTime(this.#clock.now());
      this.#run(now);
      if (plan.lifeSeconds !== undefined) this.#later(plan.lifeSeconds, () => this.#end());
    };
    if (plan.delaySeconds > 0) this.#later(plan.delaySeconds, start);
    else start();
  }

  #run(pod: ReplayPod): void {
    this.#state = 'running';
    this.#ready = readyOf(pod);
    void this.#write({
      phase: 'Running',
      startTime: this.#startedAt,
      conditions: this.#conditions(this.#ready),
      containerStatuses: this.#containers({ running: { startedAt: this.#startedAt } }),
      hostIP: hostOf(pod),
      podIP: this.#address(),
      podIPs: [{ ip: this.#address() }],
    });
  }

  /** The containers exit. */
  #end(): void {
    const pod = this.#pod;
    if (pod === undefined || this.#state !== 'running') return;
    const plan = planOf(pod);
    const onFailure = pod.spec?.restartPolicy === 'OnFailure';
    const code =
      onFailure && plan.fails !== undefined ? (this.#restarts < plan.fails ? 1 : 0) : plan.exitCode;
    if (code !== 0 && onFailure) {
      this.#restarts += 1;
      this.#run(pod);
      this.#later(plan.lifeSeconds ?? 1, () => this.#end());
      return;
    }
    this.#state = 'finished';
    void this.#finish(code === 0 ? 'Succeeded' : 'Failed', code);
  }

  async #finish(phase: 'Succeeded' | 'Failed', exitCode: number): Promise<void> {
    const terminated = {
      exitCode,
      reason: exitCode === 0 ? 'Completed' : 'Error',
      startedAt: this.#startedAt,
      finishedAt: formatTime(this.#clock.now()),
    };
    await this.#write({
      phase,
      conditions: this.#conditions('False', exitCode === 0 ? 'PodCompleted' : 'PodFailed'),
      containerStatuses: this.#containers({ terminated }),
    });
  }

  #leave(pod: ReplayPod): void {
    if (this.#state === 'leaving') return;
    const wasRunning = this.#state === 'running';
    this.#state = 'leaving';
    this.stop();
    const remove = async () => {
      if (wasRunning && pod.spec?.restartPolicy !== 'Always') await this.#finish('Failed', 143);
      const { namespace = '', name = '' } = pod.metadata;
      await this.#client
        .delete(podsRef, namespace, name, { gracePeriodSeconds: 0, preconditions: { uid: this.uid } })
        .catch(ignoreRefusals);
    };
    const grace = Number(pod.metadata.annotations?.['fake/grace'] ?? 0);
    if (grace > 0) this.#later(grace, () => void remove());
    else void remove();
  }

  #address(): string {
    return `10.244.${Number.parseInt(this.uid.slice(0, 2), 16)}.${Number.parseInt(this.uid.slice(2, 4), 16)}`;
  }

  #conditions(ready: string, reason?: string): object[] {
    const lastTransitionTime = formatTime(this.#clock.now());
    const before = this.#pod?.status?.conditions ?? [];
    const types = ['PodReadyToStartContainers', 'Initialized', 'Ready', 'ContainersReady', 'PodScheduled'];
    const ours = types.map((type) => {
      const status = type.endsWith('Ready') ? ready : 'True';
      const same = before.find((condition) => condition.type === type && condition.status === status);
      return {
        type,
        status,
        lastTransitionTime: same?.lastTransitionTime ?? lastTransitionTime,
        ...(reason === undefined || !type.endsWith('Ready') ? {} : { reason }),
      };
    });
    // What others said of it (its disruption) stays; the order is the kubelet's.
    return [{ $patch: 'replace' }, ...ours, ...before.filter(({ type }) => !types.includes(type))];
  }

  #containers(state: object): object[] {
    return (this.#pod?.spec?.containers ?? []).map(({ name, image = '' }) => ({
      name,
      image,
      imageID: image,
      containerID: `fake://${this.uid}`,
      lastState: {},
      ready: 'running' in state && this.#ready === 'True',
      started: 'running' in state,
      restartCount: this.#restarts,
      state,
    }));
  }

  async #write(status: object): Promise<void> {
    const { namespace = '', name = '' } = this.#pod?.metadata ?? {};
    await this.#client
      .patch(
        podsRef,
        namespace,
        name,
        'strategic',
        { metadata: { uid: this.uid }, status },
        { subresource: 'status' },
      )
      .catch(ignoreRefusals);
  }
}

const readyOf = (pod: ReplayPod): string =>
  pod.metadata.annotations?.['fake/ready'] === 'false' ? 'False' : 'True';

/** It is gone, or another one by now. */
function ignoreRefusals(error: unknown): void {
  if (!(error instanceof StatusError)) throw error;
}

/** As the Nodes of the recordings have them: `bandeja-2` is 10.1.0.12. */
const hostOf = ({ spec }: ReplayPod) => `10.1.0.1${/\d$/.exec(spec.nodeName ?? '')?.[0] ?? '0'}`;
