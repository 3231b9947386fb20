import type { Json } from '../../../base/json.ts';
import { apiVersionOf } from '../../../kube/object.ts';
import type { InstalledResource, InstalledSubresource } from '../contracts.ts';
import type { Draft, GroupVersionKind } from './definitions.ts';
import { gvkJson } from './definitions.ts';

/** What an operation of a resource needs beside its path: references to what it takes and answers. */
export interface References {
  object(kind: GroupVersionKind): Draft;
  list(resource: InstalledResource): Draft;
  /** `DeleteOptions`, `Status`, `WatchEvent`, `Patch`. */
  meta(name: string): Draft;
  /** OpenAPI 2 and 3 say the same in different words. */
  operation(said: SaidOperation): Draft;
}

export interface SaidOperation {
  readonly id: string;
  readonly tag: string;
  readonly description: string;
  /** `get`, `list`, `post`, `put`, `patch`, `delete`, `deletecollection`, `watch`, `watchlist`, `connect`. */
  readonly action: string;
  readonly kind: GroupVersionKind;
  /** Query parameters. */
  readonly query: readonly QueryParameter[];
  readonly body?: Draft;
  readonly bodyTypes: readonly string[];
  readonly answer: Draft;
  /** Codes beside 401. */
  readonly codes: readonly number[];
}

export interface QueryParameter {
  readonly name: string;
  readonly type: 'string' | 'boolean' | 'integer';
  readonly description: string;
}

const query = (name: string, type: QueryParameter['type'], description: string): QueryParameter => ({
  name,
  type,
  description,
});
const dryRun = query('dryRun', 'string', 'All: every check is made, nothing is kept.');
const fieldManager = query(
  'fieldManager',
  'string',
  'Who makes the change, at most 128 printable characters.',
);
const fieldValidation = query(
  'fieldValidation',
  'string',
  'What to do with unknown and duplicate fields: Ignore, Warn or Strict.',
);
const force = query('force', 'boolean', 'Apply also what belongs to other field managers.');
const writeQuery = [dryRun, fieldManager, fieldValidation];
const deleteQuery = [
  dryRun,
  query('gracePeriodSeconds', 'integer', 'Seconds before the object goes; zero is at once.'),
  query('orphanDependents', 'boolean', 'Deprecated: use propagationPolicy.'),
  query('propagationPolicy', 'string', 'Orphan, Background or Foreground.'),
];
const listQuery = [
  query('allowWatchBookmarks', 'boolean', 'Ask for BOOKMARK events.'),
  query('continue', 'string', 'Where the list before this one ended.'),
  query('fieldSelector', 'string', 'Restrict the list by fields. Defaults to everything.'),
  query('labelSelector', 'string', 'Restrict the list by labels. Defaults to everything.'),
  query('limit', 'integer', 'Objects of one answer at most.'),
  query('resourceVersion', 'string', 'The state to list or to watch from.'),
  query('resourceVersionMatch', 'string', 'How resourceVersion applies to lists.'),
  query('sendInitialEvents', 'boolean', 'Begin a watch with what is there.'),
  query('timeoutSeconds', 'integer', 'End of the request, however busy.'),
  query('watch', 'boolean', 'Answer changes as they happen.'),
];

const anyBody = ['*/*'];
const patchBody = [
  'application/apply-patch+yaml',
  'application/json-patch+json',
  'application/merge-patch+json',
  'application/strategic-merge-patch+json',
];

/** kubectl looks here for whether it may send a strategic patch: nobody knows how to merge custom resources. */
const customPatchBody = patchBody.filter((type) => !type.includes('strategic'));

/** `/api/v1` or `/apis/apps/v1`. */
export function rootOf(version: { readonly group: string; readonly version: string }): string {
  return `${version.group === '' ? '/api' : '/apis'}/${apiVersionOf(version)}`;
}

/** Path templates of a resource with their operations, unsorted. */
export function pathsOf(resource: InstalledResource, references: References): ReadonlyMap<string, Json> {
  const paths = new Map<string, Json>();
  const verbs = new Set(resource.verbs);
  const root = rootOf(resource);
  const scope = resource.namespaced ? '/namespaces/{namespace}' : '';
  const collection = `${root}${scope}/${resource.plural}`;
  const say = sayer(resource, references);
  const object = references.object(resource);
  const put = (path: string, operations: Draft, parameters: readonly string[]) => {
    if (Object.keys(operations).length > 0)
      paths.set(path, { ...operations, parameters: parameters.map(pathParameter) });
  };
  const own = resource.namespaced ? ['namespace'] : [];
  if (resource.namespaced && verbs.has('list'))
    put(
      `${root}/${resource.plural}`,
      { get: say('list', references.list(resource), { everywhere: true }) },
      [],
    );
  put(
    collection,
    {
      ...(verbs.has('list') ? { get: say('list', references.list(resource)) } : {}),
      ...(verbs.has('create') ? { post: say('post', object, { body: object }) } : {}),
      ...(verbs.has('deletecollection')
        ? { delete: say('deletecollection', references.meta('Status')) }
        : {}),
    },
    own,
  );
  put(
    `${collection}/{name}`,
    {
      ...(verbs.has('get') ? { get: say('get', object) } : {}),
      ...(verbs.has('update') ? { put: say('put', object, { body: object }) } : {}),
      ...(verbs.has('delete') ? { delete: say('delete', references.meta('Status')) } : {}),
      ...(verbs.has('patch') ? { patch: say('patch', object) } : {}),
    },
    ['name', ...own],
  );
  for (const subresource of resource.subresources)
    put(`${collection}/{name}/${subresource.name}`, subresourceOperations(subresource, references, say), [
      'name',
      ...own,
    ]);
  if (verbs.has('watch')) {
    const event = references.meta('WatchEvent');
    if (resource.namespaced)
      put(`${root}/watch/${resource.plural}`, { get: say('watchlist', event, { everywhere: true }) }, []);
    put(`${root}/watch${scope}/${resource.plural}`, { get: say('watchlist', event) }, own);
    put(`${root}/watch${scope}/${resource.plural}/{name}`, { get: say('watch', event) }, ['name', ...own]);
  }
  return paths;
}

interface Saying {
  readonly body?: Draft;
  readonly everywhere?: boolean;
  readonly subresource?: InstalledSubresource;
}
type Say = (action: string, answer: Draft, more?: Saying) => Draft;

const words: { readonly [action: string]: readonly [string, string] } = {
  list: ['list', 'list or watch objects of kind'],
  post: ['create', 'create a'],
  deletecollection: ['delete', 'delete collection of'],
  get: ['read', 'read the specified'],
  put: ['replace', 'replace the specified'],
  delete: ['delete', 'delete a'],
  patch: ['patch', 'partially update the specified'],
  watch: ['watch', 'watch changes to an object of kind'],
  watchlist: ['watch', 'watch individual changes to a list of'],
  connect: ['connect', 'connect requests to'],
};

const upper = (text: string) => text.charAt(0).toUpperCase() + text.slice(1);

function sayer(resource: InstalledResource, references: References): Say {
  const group = resource.group === '' ? 'core' : resource.group.replace(/\.k8s\.io$/, '');
  const tag = `${group}_${resource.version}`;
  const camel = upper(group.replace(/[^a-zA-Z0-9]+(.)/g, (_all, next: string) => next.toUpperCase()));
  const scope = resource.namespaced ? 'Namespaced' : '';
  return (action, answer, { body, everywhere, subresource } = {}) => {
    const [verb, description] = words[action] ?? [action, action];
    const part = subresource === undefined ? '' : upper(subresource.name);
    const name = action === 'deletecollection' ? `Collection${scope}` : everywhere === true ? '' : scope;
    const suffix = everywhere === true ? 'ForAllNamespaces' : action === 'watchlist' ? 'List' : '';
    const patchOrDelete = action === 'patch' || action === 'delete' || action === 'deletecollection';
    const sent =
      body ?? (patchOrDelete ? references.meta(action === 'patch' ? 'Patch' : 'DeleteOptions') : undefined);
    return references.operation({
      id: `${verb}${camel}${upper(resource.version)}${name}${resource.kind}${part}${suffix}`,
      tag,
      description: `${description}${subresource === undefined ? '' : ` ${subresource.name} of the specified`} ${resource.kind}`,
      action,
      kind: subresource?.kind ?? resource,
      query: queryOf(action),
      ...(sent === undefined ? {} : { body: sent }),
      bodyTypes: action !== 'patch' ? anyBody : resource.custom ? customPatchBody : patchBody,
      answer,
      codes:
        action === 'post' ? [200, 201, 202] : action === 'put' || action === 'patch' ? [200, 201] : [200],
    });
  };
}

function queryOf(action: string): readonly QueryParameter[] {
  switch (action) {
    case 'post':
    case 'put':
      return writeQuery;
    case 'patch':
      return [...writeQuery, force];
    case 'delete':
      return deleteQuery;
    case 'deletecollection':
      return [
        ...deleteQuery,
        ...listQuery.filter(({ name }) => name !== 'watch' && name !== 'allowWatchBookmarks'),
      ];
    case 'list':
    case 'watch':
    case 'watchlist':
      return listQuery;
    default:
      return [];
  }
}

const connectKinds = /Options$/;

function subresourceOperations(subresource: InstalledSubresource, references: References, say: Say): Draft {
  if (connectKinds.test(subresource.kind.kind)) {
    const text = references.meta('Status');
    return Object.fromEntries(
      subresource.verbs.map((verb) => [methods[verb] ?? 'get', say('connect', text, { subresource })]),
    );
  }
  const object = references.object(subresource.kind);
  return Object.fromEntries(
    subresource.verbs.map((verb) => {
      const method = methods[verb] ?? 'get';
      const sends = method === 'post' || method === 'put';
      return [method, say(method, object, { subresource, ...(sends ? { body: object } : {}) })];
    }),
  );
}

const methods: { readonly [verb: string]: string } = {
  get: 'get',
  create: 'post',
  update: 'put',
  patch: 'patch',
  delete: 'delete',
};

function pathParameter(name: string): Json {
  return {
    name,
    in: 'path',
    description:
      name === 'name' ? 'name of the object' : 'object name and auth scope, such as for teams and projects',
    required: true,
    schema: { type: 'string', uniqueItems: true },
  };
}

/** As `x-kubernetes-action` and the GVK stand on an operation. */
export function extensionsOf({ action, kind }: SaidOperation): Draft {
  return { 'x-kubernetes-action': action, 'x-kubernetes-group-version-kind': gvkJson(kind) };
}
