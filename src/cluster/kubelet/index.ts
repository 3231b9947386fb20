import type { Clock } from '../../base/clock.ts';
import { hexToken, type Random } from '../../base/random.ts';
import type { PersistentVolume, Pod } from '../../kube/api/core-v1.ts';
import type { KubeClient } from '../../kube/client.ts';
import { createClient } from '../../kube/create-client.ts';
import type { ApiRequest, Transport } from '../../kube/transport.ts';
import type { Network } from '../network/contract.ts';
import { relistMs } from './config/constants.ts';
import { createSharedObjects } from './config/shared-objects.ts';
import { Kubelet } from './kubelet.ts';
import { Machine } from './machine.ts';
import { bootId, type NodeSettings, type NodeSpec, nodeSettings } from './node/spec.ts';
import { kubeletUid, remainsOf } from './pods/remains.ts';
import type { Runtime, Volume } from './runtime.ts';
import { podOfVolume } from './volumes/sources.ts';

export interface NodePoolOptions {
  /** To any API server. */
  readonly transport: Transport;
  readonly clock: Clock;
  readonly random: Random;
  readonly network: Network;
  /** What runs the containers of a node. */
  readonly createRuntime: (node: string) => Runtime;
  readonly trouble: (what: string, error: unknown) => void;
  readonly clusterDns: string;
  readonly clusterDomain: string;
  /** What the machines resolve names outside with. */
  readonly hostDns: NodeSettings['hostDns'];
  /** `v1.32.3` */
  readonly version: string;
  /** How often a kubelet looks at what its runtime did, ms; a second, as upstream's, when it is not said. */
  readonly relistMs?: number;
}

export interface NodePool {
  /** A machine more; its kubelet registers it. Throws when there is one of that name. */
  add(spec: NodeSpec): Kubelet;
  /** The machine is taken away; its Node stays until somebody deletes it. */
  remove(name: string): Promise<void>;
  get(name: string): Kubelet | undefined;
  list(): readonly Kubelet[];
  stop(): Promise<void>;
}

/** The nodes of a cluster in one process: they share what they read of the API, and each writes in its own name. */
export function createNodePool(options: NodePoolOptions): NodePool {
  const { transport, clock, random, network, trouble } = options;
  const kubelets = new Map<string, Kubelet>();
  const storage = new Map<string, Volume>();
  const runtimes = new Map<string, Runtime>();
  const agent = `kubelet/${options.version} (linux/amd64) kubernetes/curso-k8s`;
  const reader = createClient(transport, {
    identity: { name: 'system:kubelets', groups: ['system:masters'], via: 'InProcess' },
    userAgent: agent,
  });
  const shared = createSharedObjects(reader, clock, trouble, {
    pod: (node, after, before) => kubelets.get(node)?.podChanged(after, before),
    node: (name) => kubelets.get(name)?.nodeChanged(),
    volumeGone: (volume) => dropVolume(volume),
  });
  let started = false;
  const clientOf = (name: string): KubeClient =>
    createClient(
      gated(transport, name, () => kubelets.get(name)),
      {
        identity: { name: `system:node:${name}`, groups: ['system:nodes'], via: 'InProcess' },
        userAgent: agent,
      },
    );
  const persistent = (runtime: Runtime) => (volume: PersistentVolume) => {
    const name = volume.metadata?.name ?? '';
    const known = storage.get(name);
    if (known !== undefined) return known;
    const made = runtime.createVolume({
      kind: 'persistentVolumeClaim',
      memory: false,
      sizeLimitBytes: 0,
      survives: true,
      id: `pv/${name}`,
    });
    storage.set(name, made);
    return made;
  };
  /** What a PersistentVolume that was to be deleted leaves behind goes with it. */
  const dropVolume = ({ metadata, spec }: PersistentVolume) => {
    const name = metadata?.name ?? '';
    const left = storage.get(name);
    storage.delete(name);
    if (spec?.persistentVolumeReclaimPolicy !== 'Delete') return;
    left?.remove();
    const path = spec.hostPath?.path;
    if (path === undefined || metadata?.annotations?.[provisionedBy] !== localProvisioner) return;
    const terms = spec.nodeAffinity?.required?.nodeSelectorTerms ?? [];
    for (const node of terms.flatMap(({ matchExpressions = [] }) =>
      matchExpressions.flatMap(({ values = [] }) => values),
    ))
      runtimes.get(node)?.hostFiles().drop(path);
  };
  return {
    add(spec) {
      if (kubelets.has(spec.name)) throw new Error(`there is a node ${spec.name} already`);
      if (!started) shared.start();
      started = true;
      const settings = nodeSettings(spec, {
        clusterDns: options.clusterDns,
        clusterDomain: options.clusterDomain,
        hostDns: options.hostDns,
        version: options.version,
        machineId: hexToken(random, 32),
        bootId: bootId(random),
      });
      const client = clientOf(spec.name);
      const runtime = options.createRuntime(spec.name);
      runtimes.set(spec.name, runtime);
      const machine = new Machine({
        settings,
        client,
        clock,
        random,
        runtime,
        network,
        objects: shared.of(spec.name, client),
        persistent: persistent(runtime),
        relistMs: options.relistMs ?? relistMs,
        manifests: spec.staticPods ?? new Map<string, Pod>(),
        trouble,
      });
      const kubelet = new Kubelet(machine, () => shared.podsOf(spec.name));
      kubelets.set(spec.name, kubelet);
      // What is here already is part of the first look.
      void shared.synced.then(
        () => {
          if (kubelets.get(spec.name) !== kubelet || kubelet.state !== 'stopped') return;
          recover(runtime, settings, shared.podsOf(spec.name), shared.imagesOf(spec.name), clock.now());
          kubelet.start();
        },
        () => undefined,
      );
      return kubelet;
    },
    async remove(name) {
      const kubelet = kubelets.get(name);
      kubelets.delete(name);
      runtimes.delete(name);
      await kubelet?.close();
    },
    get: (name) => kubelets.get(name),
    list: () => [...kubelets.values()],
    async stop() {
      shared.stop();
      const all = [...kubelets.values()];
      kubelets.clear();
      await Promise.all(all.map((kubelet) => kubelet.close()));
    },
  };
}

/** A machine that was there in an earlier process starts again: it finds on its disk what its Pods left. */
function recover(
  runtime: Runtime,
  settings: NodeSettings,
  pods: readonly Pod[],
  images: readonly string[],
  nowMs: number,
): void {
  runtime.recover?.(
    pods.flatMap((pod) => remainsOf(pod, settings, nowMs) ?? []),
    images,
  );
  const here = new Set(pods.map(kubeletUid));
  runtime.forgetVolumes?.((id) => here.has(podOfVolume(id) ?? ''));
}

/** Who made a PersistentVolume, and the name under which ours are made: folders of a node. */
const provisionedBy = 'pv.kubernetes.io/provisioned-by';
const localProvisioner = 'curso-k8s.io/local';

/** The way from a node to the API: none while the node is off or cut off. */
function gated(transport: Transport, name: string, kubelet: () => Kubelet | undefined): Transport {
  return (request: ApiRequest) =>
    kubelet()?.connected === true
      ? transport(request)
      : Promise.reject(new Error(`node ${name}: dial tcp: connect: no route to host`));
}
