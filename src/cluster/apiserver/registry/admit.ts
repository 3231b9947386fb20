import type { KubeObject } from '../../../kube/object.ts';
import type { AdmissionRequest } from '../contracts.ts';
import type { Call } from './call.ts';

export interface Admission {
  readonly call: Call;
  readonly operation: AdmissionRequest['operation'];
  readonly name: string;
  readonly object: KubeObject | undefined;
  readonly old: KubeObject | undefined;
  readonly options: { readonly [key: string]: unknown };
  /** Of a subresource that carries another kind (Scale, Eviction). */
  readonly kind?: AdmissionRequest['kind'];
}

function requestOf({ call, operation, name, object, old, options, kind }: Admission): AdmissionRequest {
  const { endpoint, info } = call;
  return {
    operation,
    user: call.user,
    info,
    definition: endpoint.definition,
    kind: kind ?? { group: endpoint.group, version: endpoint.version, kind: endpoint.kind },
    namespace: info.namespace,
    name,
    object,
    oldObject: old,
    dryRun: call.dryRun,
    options,
    warn: call.warn,
    annotate: call.annotate,
  };
}

/** The plugins' changes, in their order. Throws what refuses. */
export async function mutateByAdmission(admission: Admission): Promise<void> {
  const { admission: plugins, reader } = admission.call.runtime;
  if (plugins.length === 0) return;
  const request = requestOf(admission);
  for (const plugin of plugins) {
    const done = plugin.mutate?.(request, reader);
    if (done !== undefined) await done;
  }
}

/** The plugins' verdicts over the object as it would be stored. Throws what refuses. */
export async function validateByAdmission(admission: Admission): Promise<void> {
  const { admission: plugins, reader } = admission.call.runtime;
  if (plugins.length === 0) return;
  const request = requestOf(admission);
  for (const plugin of plugins) {
    const done = plugin.validate?.(request, reader);
    if (done !== undefined) await done;
  }
}
