import type { Clock } from '../../base/clock.ts';
import type { Random } from '../../base/random.ts';
import type { PersistentVolume, Pod } from '../../kube/api/core-v1.ts';
import type { KubeClient } from '../../kube/client.ts';
import type { Network } from '../network/contract.ts';
import type { KubeletContext } from './context.ts';
import { bootId, type NodeSettings } from './node/spec.ts';
import type { NodeObjects } from './objects.ts';
import { uidOf } from './pods/pod.ts';
import type { PodAddresses } from './runtime/downward.ts';
import type { Runtime, Volume } from './runtime.ts';
import { RuntimeService } from './runtime-service.ts';
import { PodVolumes } from './volumes/pod-volumes.ts';
import { TokenCache } from './volumes/projected.ts';
import type { VolumeParts } from './volumes/sources.ts';

export interface MachineOptions {
  readonly settings: NodeSettings;
  /** Speaks as the node. */
  readonly client: KubeClient;
  readonly clock: Clock;
  readonly random: Random;
  readonly runtime: Runtime;
  readonly network: Network;
  readonly objects: NodeObjects;
  readonly relistMs: number;
  readonly persistent: (volume: PersistentVolume) => Volume;
  readonly manifests: ReadonlyMap<string, Pod>;
  readonly trouble: (what: string, error: unknown) => void;
}

/** What outlives the kubelet's process: what runs, the directories of the Pods, the files of static Pods. */
export class Machine {
  settings: NodeSettings;
  readonly client: KubeClient;
  readonly clock: Clock;
  readonly random: Random;
  readonly runtime: RuntimeService;
  readonly network: Network;
  readonly objects: NodeObjects;
  readonly relistMs: number;
  readonly trouble: (what: string, error: unknown) => void;
  manifests: ReadonlyMap<string, Pod>;
  readonly #persistent: (volume: PersistentVolume) => Volume;
  readonly #volumes = new Map<string, OpenVolumes>();

  constructor(options: MachineOptions) {
    this.settings = options.settings;
    this.client = options.client;
    this.clock = options.clock;
    this.random = options.random;
    this.runtime = new RuntimeService(options.runtime);
    this.network = options.network;
    this.objects = options.objects;
    this.relistMs = options.relistMs;
    this.trouble = options.trouble;
    this.manifests = options.manifests;
    this.#persistent = options.persistent;
  }

  /** It has power again. */
  boot(): void {
    this.settings = { ...this.settings, bootId: bootId(this.random) };
  }

  volumesOf(uid: string): PodVolumes | undefined {
    return this.#volumes.get(uid)?.volumes;
  }

  /** Those of the Pod, made or found again. */
  openVolumes(pod: Pod, context: VolumeContext): PodVolumes {
    const uid = uidOf(pod);
    const known = this.#volumes.get(uid);
    if (known !== undefined) {
      known.current = context;
      return known.volumes;
    }
    const open = new OpenVolumes(context, this.#persistent);
    this.#volumes.set(uid, open);
    return open.volumes;
  }

  closeVolumes(uid: string): void {
    this.#volumes.get(uid)?.volumes.close();
    this.#volumes.delete(uid);
  }
}

interface VolumeContext {
  readonly kubelet: KubeletContext;
  readonly addresses: () => PodAddresses;
  readonly pod: () => Pod;
}

class OpenVolumes implements VolumeParts {
  readonly tokens = new TokenCache();
  readonly persistent: (volume: PersistentVolume) => Volume;
  readonly volumes: PodVolumes;
  /** Of the kubelet that runs now. */
  current: VolumeContext;

  constructor(current: VolumeContext, persistent: (volume: PersistentVolume) => Volume) {
    this.current = current;
    this.persistent = persistent;
    this.volumes = new PodVolumes(this);
  }

  get context(): KubeletContext {
    return this.current.kubelet;
  }

  get addresses(): () => PodAddresses {
    return this.current.addresses;
  }

  get pod(): () => Pod {
    return this.current.pod;
  }
}
