import type { ConfigMap, Namespace } from '../../kube/api/core-v1.ts';
import type { KubeObject } from '../../kube/object.ts';
import { type Controller, ignoring, isAlreadyExists, isNotFound, startLoop } from './controller.ts';
import { configMaps, namespaces } from './refs.ts';

const mapName = 'kube-root-ca.crt';
const description =
  'Contains a CA bundle that can be used to verify the kube-apiserver when using internal endpoints such as the internal service IP or kubernetes.default.svc. No other usage is guaranteed across distributions of Kubernetes clusters.';

/** Every namespace can read the cluster's CA. Mirrors pkg/controller/certificates/rootcacertpublisher. */
export const rootCaController: Controller = {
  name: 'root-ca-certificate-publisher-controller',
  account: 'root-ca-cert-publisher',
  start(context) {
    const spaces = context.informer<Namespace & KubeObject>(namespaces);
    const maps = context.informer<ConfigMap & KubeObject>(configMaps);
    const loop = startLoop(
      context,
      this.name,
      async (name) => {
        const space = spaces.get('', name);
        if (space === undefined || space.status?.phase === 'Terminating') return undefined;
        const found = maps.get(name, mapName);
        const data = { 'ca.crt': context.caPem };
        const annotations = { 'kubernetes.io/description': description };
        if (found === undefined) {
          const wanted = {
            apiVersion: 'v1',
            kind: 'ConfigMap',
            metadata: { name: mapName, namespace: name, annotations },
            data,
          };
          await ignoring(
            (error) => isAlreadyExists(error) || isNotFound(error),
            context.client.create(configMaps, name, wanted),
          );
          return undefined;
        }
        const keys = Object.keys(found.data ?? {});
        const right =
          keys.length === 1 &&
          found.data?.['ca.crt'] === context.caPem &&
          found.metadata.annotations?.['kubernetes.io/description'] === description;
        if (right) return undefined;
        const draft = {
          ...found,
          metadata: { ...found.metadata, annotations: { ...found.metadata.annotations, ...annotations } },
          data,
        };
        await ignoring(isNotFound, context.client.update(configMaps, draft));
        return undefined;
      },
      { ready: [spaces, maps] },
    );
    spaces.onChange((after) => {
      if (after?.metadata.name !== undefined) loop.queue.add(after.metadata.name);
    });
    maps.onChange((after, before) => {
      const map = after ?? before;
      if (map?.metadata.name === mapName) loop.queue.add(map.metadata.namespace ?? '');
    });
    return loop;
  },
};
