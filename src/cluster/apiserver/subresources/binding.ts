import type { Clock } from '../../../base/clock.ts';
import type { Binding, Pod } from '../../../kube/api/core-v1.ts';
import { goQuote } from '../../../kube/field-error.ts';
import { asKind, cloneJson, type KubeObject } from '../../../kube/object.ts';
import { badRequest, conflict, notFound } from '../../../kube/status.ts';
import { formatTime } from '../../../kube/time.ts';
import type { ObjectReader, SubresourcePlugin, VirtualResource } from '../contracts.ts';
import { plainFailure } from '../registry/create.ts';
import { createdStatus } from './created-status.ts';
import { setCondition } from './pod-condition.ts';

const bindingKind = { group: '', version: 'v1', kind: 'Binding' } as const;

/** `pods/binding`: the scheduler's word on which node a Pod runs. Mirrors registry/core/pod/storage BindingREST. */
export function bindingSubresource(clock: Clock): SubresourcePlugin {
  return {
    group: '',
    resource: 'pods',
    name: 'binding',
    kind: bindingKind,
    verbs: ['create'],
    async handle(context, api) {
      const binding = api.decode(context, bindingKind);
      const { namespace, name } = context.info;
      if ((binding.metadata.name ?? '') !== name)
        throw badRequest('name in URL does not match name in Binding object');
      await api.admit(context, binding, undefined);
      await bind(binding, namespace, api.reader, clock, api.isDryRun(context));
      return api.respond(context, 201, createdStatus());
    },
  };
}

/** `bindings`: the same by another path. */
export function bindingResource(reader: ObjectReader, clock: Clock): VirtualResource {
  return {
    group: '',
    version: 'v1',
    plural: 'bindings',
    kind: 'Binding',
    namespaced: true,
    async create(binding, { info }) {
      await bind(binding, info.namespace, reader, clock, info.query.getAll('dryRun').includes('All'));
      return createdStatus();
    },
  };
}

async function bind(
  object: KubeObject,
  namespace: string,
  reader: ObjectReader,
  clock: Clock,
  dryRun: boolean,
): Promise<void> {
  const { target, metadata } = asKind<Binding>(object);
  if (target?.kind && target.kind !== 'Node')
    throw plainFailure(
      `target.kind: Unsupported value: ${goQuote(target.kind)}: supported values: "Node", "<empty>"`,
    );
  const node = target?.name ?? '';
  if (node === '') throw plainFailure('target.name: Required value');
  const name = metadata?.name ?? '';
  const assign = (draft: KubeObject): KubeObject => {
    const pod = asKind<Pod>(draft);
    const refuse = (why: string) => conflict({ group: '', resource: 'pods/binding' }, name, why);
    const { uid } = metadata ?? {};
    if (uid && uid !== draft.metadata.uid)
      throw refuse(
        `Precondition failed: UID in precondition: ${uid}, UID in object meta: ${draft.metadata.uid ?? ''}`,
      );
    if (draft.metadata.deletionTimestamp !== undefined)
      throw refuse(`pod ${name} is being deleted, cannot be assigned to a host`);
    const { spec } = pod;
    if (spec?.nodeName) throw refuse(`pod ${name} is already assigned to node ${goQuote(spec.nodeName)}`);
    if ((spec?.schedulingGates ?? []).length > 0)
      throw refuse(`pod ${name} has non-empty .spec.schedulingGates`);
    if (spec !== undefined) spec.nodeName = node;
    const { annotations } = metadata ?? {};
    if (annotations !== undefined)
      draft.metadata.annotations = { ...draft.metadata.annotations, ...annotations };
    setCondition(pod, { type: 'PodScheduled', status: 'True' }, formatTime(clock.now()));
    return draft;
  };
  if (dryRun) {
    const pod = reader.get('', 'pods', namespace, name);
    if (pod === undefined) throw notFound({ group: '', resource: 'pods' }, name);
    assign(cloneJson(pod));
    return;
  }
  const done = await reader.update('', 'pods', namespace, name, assign);
  if (done === undefined) throw notFound({ group: '', resource: 'pods' }, name);
}
