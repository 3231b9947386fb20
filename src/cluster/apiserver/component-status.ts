import type { ComponentStatus } from '../../kube/api/core-v1.ts';
import { asKind } from '../../kube/object.ts';
import type { ResourceDefinition } from '../../kube/resources/definition.ts';

const nameDescription =
  'Name must be unique within a namespace. Is required when creating resources, although some resources may allow a ' +
  'client to request the generation of an appropriate name automatically. Name is primarily intended for creation ' +
  'idempotence and configuration definition. Cannot be updated. More info: ' +
  'https://kubernetes.io/docs/concepts/overview/working-with-objects/names#names';

export const componentStatusWarning = 'v1 ComponentStatus is deprecated in v1.19+';

/** Kept for old clients, which may list it; nothing is ever in it. Mirrors pkg/registry/core/componentstatus. */
export const componentStatus: ResourceDefinition = {
  group: '',
  version: 'v1',
  kind: 'ComponentStatus',
  plural: 'componentstatuses',
  namespaced: false,
  shortNames: ['cs'],
  verbs: ['get', 'list'],
  validate: () => [],
  table: {
    columns: [
      { name: 'Name', type: 'string', format: 'name', description: nameDescription },
      { name: 'Status', type: 'string', description: 'Status of the component conditions' },
      { name: 'Message', type: 'string', description: 'Message of the component conditions' },
      { name: 'Error', type: 'string', description: 'Error of the component conditions' },
    ],
    cells(object) {
      const healthy = asKind<ComponentStatus>(object).conditions?.find(({ type }) => type === 'Healthy');
      const status = healthy?.status === 'True' ? 'Healthy' : 'Unhealthy';
      return [object.metadata.name ?? '', status, healthy?.message ?? '', healthy?.error ?? ''];
    },
  },
};
