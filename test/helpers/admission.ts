import type {
  AdmissionPlugin,
  AdmissionRequest,
  ObjectReader,
} from '../../src/cluster/apiserver/contracts.ts';
import type { KubeObject } from '../../src/kube/object.ts';
import { StatusError } from '../../src/kube/status.ts';
import type { Identity } from '../../src/kube/transport.ts';
import { FakeObjects } from './fakeObjects.ts';

export const ana: Identity = { name: 'ana', groups: ['system:authenticated'], via: 'Test' };

export interface Asked {
  readonly group?: string;
  readonly resource: string;
  readonly subresource?: string;
  readonly operation?: AdmissionRequest['operation'];
  readonly namespace?: string;
  readonly name?: string;
  readonly object?: object;
  readonly oldObject?: object;
  readonly user?: Identity;
  readonly dryRun?: boolean;
}

export interface Admitted {
  /** What the plugin says no with. */
  readonly refused?: StatusError['status'];
  readonly warnings: readonly string[];
  readonly annotations: { readonly [key: string]: string };
  readonly object: KubeObject | undefined;
}

/** Lets one plugin change and judge a request. */
export async function admit(
  plugin: AdmissionPlugin,
  asked: Asked,
  reader: ObjectReader = new FakeObjects().reader,
): Promise<Admitted> {
  const warnings: string[] = [];
  const annotations: { [key: string]: string } = {};
  const object = asked.object as KubeObject | undefined;
  const { group = '', resource, subresource = '', namespace = 'obrador' } = asked;
  const name = asked.name ?? object?.metadata.name ?? '';
  const request: AdmissionRequest = {
    operation: asked.operation ?? 'CREATE',
    user: asked.user ?? ana,
    info: {
      isResourceRequest: true,
      verb: 'create',
      path: '/',
      group,
      version: 'v1',
      resource,
      subresource,
      namespace,
      name,
      pathName: name,
      rest: [],
      query: new URLSearchParams(),
    },
    definition: undefined,
    kind: { group, version: 'v1', kind: object?.kind ?? '' },
    namespace,
    name,
    object,
    oldObject: asked.oldObject as KubeObject | undefined,
    dryRun: asked.dryRun ?? false,
    options: {},
    warn: (text) => warnings.push(text),
    annotate: (key, value) => {
      annotations[key] = value;
    },
  };
  try {
    await plugin.mutate?.(request, reader);
    await plugin.validate?.(request, reader);
    return { warnings, annotations, object };
  } catch (error) {
    if (!(error instanceof StatusError)) throw error;
    return { refused: error.status, warnings, annotations, object };
  }
}

/** A Pod of one container, `spec` on top. */
export function podNamed(name: string, spec: object = {}, meta: object = {}): KubeObject {
  const containers = [{ name: 'horno', image: 'panaderia/horno:1.4' }];
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace: 'obrador', ...meta },
    spec: { containers, ...spec },
  } as KubeObject;
}
