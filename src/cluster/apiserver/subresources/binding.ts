import type { Clock } from '../../../base/clock.ts';
import type { Binding, Pod } from '../../../kube/api/core-v1.ts';
import { asKind, cloneJson, type KubeObject } from '../../../kube/object.ts';
import { bindingProblem, bindPod, validateBinding } from '../../../kube/resources/binding.ts';
import { badRequest, conflict, notFound, plainFailure } from '../../../kube/status.ts';
import { formatTime } from '../../../kube/time.ts';
import type { ObjectReader, SubresourcePlugin, VirtualResource } from '../contracts.ts';
import { createdStatus } from './created-status.ts';

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
  const binding = asKind<Binding>(object);
  const wrong = validateBinding(binding);
  if (wrong.length > 0) {
    const texts = wrong.map(({ field, body }) => `${field}: ${body}`);
    throw plainFailure(texts.length === 1 ? (texts[0] ?? '') : `[${texts.join(', ')}]`);
  }
  const { name = '', uid = '' } = object.metadata;
  const assign = (draft: KubeObject): KubeObject => {
    const refuse = (why: string) => conflict({ group: '', resource: 'pods/binding' }, name, why);
    const found = draft.metadata.uid ?? '';
    if (uid !== '' && uid !== found)
      throw refuse(`Precondition failed: UID in precondition: ${uid}, UID in object meta: ${found}`);
    const problem = bindingProblem(asKind<Pod>(draft));
    if (problem !== undefined) throw refuse(problem);
    bindPod(asKind<Pod>(draft), binding, formatTime(clock.now()));
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
