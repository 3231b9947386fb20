import type { Clock } from '../../base/clock.ts';
import type { Random } from '../../base/random.ts';
import type { KubeClient, ResourceRef } from '../../kube/client.ts';
import { createClient } from '../../kube/create-client.ts';
import { createInformer, type Informer } from '../../kube/informer.ts';
import type { KubeObject } from '../../kube/object.ts';
import type { BuiltinSchemas } from '../../kube/schema/load.ts';
import type { Transport } from '../../kube/transport.ts';
import type { Controller, ControllerContext, RunningController } from './controller.ts';

export interface ManagerOptions {
  /** To any API server. */
  readonly transport: Transport;
  readonly controllers: readonly Controller[];
  readonly clock: Clock;
  readonly random: Random;
  readonly caPem: string;
  readonly issueToken: ControllerContext['issueToken'];
  readonly signClient?: ControllerContext['signClient'];
  readonly schemas?: BuiltinSchemas;
  readonly trouble: (what: string, error: unknown) => void;
}

export interface Manager {
  stop(): Promise<void>;
}

/** Runs controllers over shared informers, each writing in its own name. Mirrors cmd/kube-controller-manager. */
export function startManager(options: ManagerOptions): Manager {
  const { clock, random, caPem, issueToken, signClient, trouble } = options;
  const reader = clientFor(options.transport, { name: 'system:kube-controller-manager', groups: [] });
  const informers = new Map<string, Informer<KubeObject>>();
  const informer = <T extends KubeObject>(ref: ResourceRef): Informer<T> => {
    const key = `${ref.group}/${ref.plural}`;
    let shared = informers.get(key);
    if (shared === undefined) {
      shared = createInformer<KubeObject>(reader, ref, {
        clock,
        onTrouble: (error) => trouble(`informer ${key}`, error),
      });
      informers.set(key, shared);
      // After this turn: whoever asked for it adds its listeners and indexes first.
      queueMicrotask(() => shared?.start());
    }
    return shared as unknown as Informer<T>;
  };
  const running: RunningController[] = options.controllers.map((controller) =>
    controller.start({
      client:
        controller.account === undefined
          ? reader
          : clientFor(options.transport, inNameOf(controller.account)),
      clock,
      random,
      informer,
      caPem,
      issueToken,
      schemas: options.schemas,
      ...(signClient === undefined ? {} : { signClient }),
      trouble,
    }),
  );
  return {
    async stop() {
      for (const one of informers.values()) one.stop();
      await Promise.all(running.map((controller) => controller.stop()));
    },
  };
}

const inNameOf = (account: string) => ({
  name: `system:serviceaccount:kube-system:${account}`,
  groups: ['system:serviceaccounts', 'system:serviceaccounts:kube-system'],
});

function clientFor(transport: Transport, who: { name: string; groups: readonly string[] }): KubeClient {
  return createClient(transport, {
    identity: { ...who, via: 'InProcess' },
    userAgent: `kube-controller-manager/v1.32 (curso-k8s) ${who.name}`,
  });
}

/** What they were called before 1.27; kube-controller-manager takes both (cmd/kube-controller-manager/names). */
const oldNames: ReadonlyMap<string, string> = new Map([
  ['namespace', 'namespace-controller'],
  ['garbagecollector', 'garbage-collector-controller'],
  ['serviceaccount', 'serviceaccount-controller'],
  ['serviceaccount-token', 'serviceaccount-token-controller'],
  ['root-ca-cert-publisher', 'root-ca-certificate-publisher-controller'],
  ['resourcequota', 'resourcequota-controller'],
  ['pv-protection', 'persistentvolume-protection-controller'],
  ['pvc-protection', 'persistentvolumeclaim-protection-controller'],
  ['clusterrole-aggregation', 'clusterrole-aggregation-controller'],
  ['endpoint', 'endpoints-controller'],
  ['endpointslice', 'endpointslice-controller'],
  ['endpointslicemirroring', 'endpointslice-mirroring-controller'],
  ['job', 'job-controller'],
  ['cronjob', 'cronjob-controller'],
  ['ttl-after-finished', 'ttl-after-finished-controller'],
  ['disruption', 'disruption-controller'],
  ['horizontalpodautoscaling', 'horizontal-pod-autoscaler-controller'],
  ['replicaset', 'replicaset-controller'],
  ['replicationcontroller', 'replicationcontroller-controller'],
  ['deployment', 'deployment-controller'],
  ['statefulset', 'statefulset-controller'],
  ['daemonset', 'daemonset-controller'],
  ['nodeipam', 'node-ipam-controller'],
  ['nodelifecycle', 'node-lifecycle-controller'],
  ['podgc', 'pod-garbage-collector-controller'],
  ['ttl', 'ttl-controller'],
  ['persistentvolume-binder', 'persistentvolume-binder-controller'],
  ['persistentvolume-expander', 'persistentvolume-expander-controller'],
  ['attachdetach', 'persistentvolume-attach-detach-controller'],
  ['ephemeral-volume', 'ephemeral-volume-controller'],
  ['csrsigning', 'certificatesigningrequest-signing-controller'],
  ['csrcleaner', 'certificatesigningrequest-cleaner-controller'],
]);

/**
 * Which of the controllers run, by upstream's `--controllers`: `*` all, `name` also that one, `-name` not that one; old
 * names too. Words that nobody has come back in `unknown`.
 */
export function chooseControllers(
  all: readonly Controller[],
  wanted: readonly string[],
): { readonly chosen: readonly Controller[]; readonly unknown: readonly string[] } {
  const nameOf = (word: string) => {
    const bare = word.replace(/^-/, '');
    return oldNames.get(bare) ?? bare;
  };
  const unknown = wanted.filter((word) => word !== '*' && !all.some(({ name }) => name === nameOf(word)));
  const asked = new Set(wanted.filter((word) => !word.startsWith('-')).map(nameOf));
  const refused = new Set(wanted.filter((word) => word.startsWith('-')).map(nameOf));
  const chosen = all.filter(({ name }) => asked.has(name) || (!refused.has(name) && asked.has('*')));
  return { chosen, unknown };
}
