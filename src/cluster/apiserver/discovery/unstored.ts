import type { InstalledResource } from '../contracts.ts';

/** Resources that clients expect to find in discovery and that nothing stores: the ones that other servers would serve. */
const shared = { shortNames: [], categories: [], definition: undefined, custom: false, schema: undefined };

const allVerbs = ['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'update', 'watch'];
const apiService = { group: 'apiregistration.k8s.io', version: 'v1', kind: 'APIService' };

export const unstoredResources: readonly InstalledResource[] = [
  {
    ...shared,
    group: '',
    version: 'v1',
    plural: 'componentstatuses',
    kind: 'ComponentStatus',
    listKind: 'ComponentStatusList',
    singular: 'componentstatus',
    namespaced: false,
    shortNames: ['cs'],
    verbs: ['get', 'list'],
    subresources: [],
  },
  {
    ...shared,
    ...apiService,
    plural: 'apiservices',
    listKind: 'APIServiceList',
    singular: 'apiservice',
    namespaced: false,
    categories: ['api-extensions'],
    verbs: allVerbs,
    subresources: [{ name: 'status', kind: apiService, verbs: ['get', 'patch', 'update'] }],
  },
];
