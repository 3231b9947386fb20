import type { Clock } from '../../../base/clock.ts';
import type {
  ConfigMap,
  Node,
  PersistentVolume,
  PersistentVolumeClaim,
  Pod,
  Secret,
  Service,
} from '../../../kube/api/core-v1.ts';
import type { RuntimeClass } from '../../../kube/api/node-v1.ts';
import type { KubeClient } from '../../../kube/client.ts';
import { createInformer, type Informer } from '../../../kube/informer.ts';
import type { KubeObject } from '../../../kube/object.ts';
import { timeToMs } from '../../../kube/time.ts';
import { type IssuedToken, MissingError, type NodeObjects } from '../objects.ts';
import { nameOf, namespaceOf, specOf, uidOf } from '../pods/pod.ts';

type Kept<T> = T & KubeObject;

export interface SharedChanges {
  pod(node: string, after: Pod | undefined, before: Pod | undefined): void;
  node(name: string): void;
  /** A PersistentVolume is no more. */
  volumeGone(volume: PersistentVolume): void;
}

export interface SharedObjects {
  readonly synced: Promise<unknown>;
  start(): void;
  stop(): void;
  podsOf(node: string): readonly Pod[];
  /** Names of the images that a node said it has. */
  imagesOf(node: string): readonly string[];
  of(node: string, client: KubeClient): NodeObjects;
}

const runtimeClasses = { group: 'node.k8s.io', version: 'v1', plural: 'runtimeclasses' };
const core = (plural: string) => ({ group: '', version: 'v1', plural });

/** One copy of what the kubelets of a process read, however many there are: a watch per kind, not per node. */
export function createSharedObjects(
  reader: KubeClient,
  clock: Clock,
  trouble: (what: string, error: unknown) => void,
  changes: SharedChanges,
): SharedObjects {
  const informer = <T>(plural: string): Informer<Kept<T>> =>
    createInformer<Kept<T>>(reader, core(plural), {
      clock,
      onTrouble: (error) => trouble(`informer ${plural}`, error),
    });
  const pods = informer<Pod>('pods');
  const nodes = informer<Node>('nodes');
  const configMaps = informer<ConfigMap>('configmaps');
  const secrets = informer<Secret>('secrets');
  const services = informer<Service>('services');
  const claims = informer<PersistentVolumeClaim>('persistentvolumeclaims');
  const volumes = informer<PersistentVolume>('persistentvolumes');
  const all = [pods, nodes, configMaps, secrets, services, claims, volumes];
  const nodeOf = (pod: Pod): string => specOf(pod).nodeName ?? '';
  pods.addIndex('node', (pod) => (nodeOf(pod) === '' ? [] : [nodeOf(pod)]));
  services.addIndex('namespace', (service) => [service.metadata.namespace ?? '']);
  pods.onChange((after, before) => {
    const node = nodeOf(after ?? before ?? {});
    const came = before !== undefined && nodeOf(before) === node ? before : undefined;
    if (node !== '') changes.pod(node, after, came);
  });
  volumes.onChange((after, before) => {
    if (after === undefined && before !== undefined) changes.volumeGone(before);
  });
  nodes.onChange((after, before) => changes.node((after ?? before)?.metadata.name ?? ''));

  /** The informer may be a moment late; an object that was made just before its Pod is asked for. */
  const found = async <T extends KubeObject>(
    kept: Informer<T>,
    kind: string,
    plural: string,
    namespace: string,
    name: string,
  ): Promise<T> => {
    const known = kept.get(namespace, name) ?? (await reader.find<T>(core(plural), namespace, name));
    if (known === undefined) throw new MissingError(`${kind} "${name}" not found`);
    return known;
  };
  const synced = Promise.all(all.map((one) => one.synced));
  // Stopped before it began: whoever waits is told, and nobody has to.
  synced.catch(() => undefined);
  return {
    synced,
    start: () => {
      for (const one of all) one.start();
    },
    stop: () => {
      for (const one of all) one.stop();
    },
    podsOf: (node) => pods.byIndex('node', node),
    imagesOf: (node) => (nodes.get('', node)?.status?.images ?? []).flatMap(({ names = [] }) => names),
    of: (node, client) => ({
      configMap: (namespace, name) => found(configMaps, 'configmap', 'configmaps', namespace, name),
      secret: (namespace, name) => found(secrets, 'secret', 'secrets', namespace, name),
      services: (namespace) => services.byIndex('namespace', namespace),
      node: () => nodes.get('', node),
      claim: (namespace, name) => claims.get(namespace, name),
      persistentVolume: (name) => volumes.get('', name),
      runtimeHandler: async (name) => {
        const found = await reader.find<RuntimeClass & KubeObject>(runtimeClasses, '', name);
        if (found === undefined) throw new MissingError(`RuntimeClass.node.k8s.io "${name}" not found`);
        return found.handler;
      },
      token: (pod, audience, expirationSeconds) => issueToken(client, pod, audience, expirationSeconds),
    }),
  };
}

interface TokenAnswer extends KubeObject {
  readonly status?: { readonly token?: string; readonly expirationTimestamp?: string };
}

async function issueToken(
  client: KubeClient,
  pod: Pod,
  audience: string | undefined,
  expirationSeconds: number,
): Promise<IssuedToken> {
  const account = specOf(pod).serviceAccountName ?? 'default';
  const answer = await client.act<TokenAnswer>(core('serviceaccounts'), namespaceOf(pod), account, 'token', {
    apiVersion: 'authentication.k8s.io/v1',
    kind: 'TokenRequest',
    spec: {
      ...(audience === undefined || audience === '' ? {} : { audiences: [audience] }),
      expirationSeconds,
      boundObjectRef: { apiVersion: 'v1', kind: 'Pod', name: nameOf(pod), uid: uidOf(pod) },
    },
  });
  return {
    token: answer.status?.token ?? '',
    expiresMs: timeToMs(answer.status?.expirationTimestamp),
  };
}
