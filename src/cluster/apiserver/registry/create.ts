import { invalid } from '../../../kube/field-error.ts';
import { nameIsDNSSubdomain, nameIsPathSegment } from '../../../kube/names.ts';
import { cloneJson, type KubeObject } from '../../../kube/object.ts';
import { alreadyExists, failure, plainFailure, StatusError } from '../../../kube/status.ts';
import { validateStandardFinalizers } from '../../../kube/validation/finalizers.ts';
import { validateObjectMeta } from '../../../kube/validation/metadata.ts';
import type { Change } from '../../store/store.ts';
import { mutateByAdmission, validateByAdmission } from './admit.ts';
import { type Call, hookOf, writeContext } from './call.ts';
import { commitChanges } from './commit.ts';
import { canonicalForm, invalidKind, matchNamespace, toStorageVersion } from './draft.ts';
import { keyOf } from './endpoint.ts';
import { dedupOwners, fillSystemFields, generateName } from './metadata.ts';
import type { WriteOptions } from './options.ts';
import { encodeStored } from './stored-json.ts';
import { StoredView } from './stored-view.ts';
import { trackManager } from './tracking.ts';

const generateAttempts = 8;
const duplicateOwners = (uids: readonly string[]): string =>
  '.metadata.ownerReferences contains duplicate entries; API server dedups owner references in 1.20+, and may reject ' +
  `such requests as early as 1.24; please fix your requests; duplicate UID(s) observed: [${uids.join(' ')}]`;

/**
 * POST, once the body is decoded and defaulted in the endpoint's version. Mirrors handlers.createHandler and
 * registry.Store.Create. Answers what was stored; with dry run, what would be.
 */
export async function createObject(
  call: Call,
  draft: KubeObject,
  options: WriteOptions,
): Promise<StoredView> {
  const { endpoint, info } = call;
  matchNamespace(draft, info.namespace, endpoint.namespaced);
  warnOfOwners(call, draft);
  trackManager(call, draft, undefined, options.fieldManager);
  return admitAndCreate(call, toStorageVersion(endpoint, draft), options.raw);
}

/** Also where PUT and apply come to when there is nothing yet. `draft` is in the storage version, managedFields are there. */
export async function admitAndCreate(
  call: Call,
  draft: KubeObject,
  options: { readonly [key: string]: unknown },
): Promise<StoredView> {
  const base = { call, operation: 'CREATE', object: draft, old: undefined, options } as const;
  await mutateByAdmission({ ...base, name: draft.metadata.name ?? '' });
  return insert(call, draft, options);
}

async function insert(
  call: Call,
  draft: KubeObject,
  options: { readonly [key: string]: unknown },
): Promise<StoredView> {
  const { endpoint, runtime } = call;
  const { storage } = endpoint;
  const prefix = (draft.metadata.name ?? '') === '' ? (draft.metadata.generateName ?? '') : '';
  if ((draft.metadata.resourceVersion ?? '') !== '')
    throw plainFailure('resourceVersion should not be set on objects to be created');
  const once = prefix === '' && hookOf(runtime, storage) === undefined;
  for (let attempt = 1; ; attempt++) {
    // What comes of a name or an address that was taken must not be left over.
    const object = once ? draft : cloneJson(draft);
    if (prefix !== '') object.metadata.name = generateName(prefix, runtime.random);
    const extra = prepareNew(call, object);
    const name = object.metadata.name ?? '';
    await validateByAdmission({ call, operation: 'CREATE', name, object, old: undefined, options });
    const key = keyOf(storage, object.metadata.namespace ?? '', name);
    const value = encodeStored(canonicalForm(storage, object));
    const there = runtime.store.get(key);
    if (there === undefined) {
      if (call.dryRun) return new StoredView(value, 0);
      const result = await commitChanges(runtime.store, [{ key, expectedRevision: 0, value }, ...extra]);
      if (result.done) return new StoredView(value, result.revision);
      if (result.key !== key) continue;
    }
    if (prefix === '') throw existsAlready(call, name);
    if (attempt >= generateAttempts) throw generatedNameTaken(call, name);
  }
}

/** Mirrors rest.BeforeCreate. Answers what must be written with it. */
function prepareNew(call: Call, draft: KubeObject): readonly Change[] {
  const { endpoint, runtime } = call;
  const { definition } = endpoint;
  const context = writeContext(call);
  fillSystemFields(draft.metadata, context.now, runtime.random);
  if (definition.tracksGeneration === true) draft.metadata.generation = 1;
  definition.prepareForCreate?.(draft, context);
  const name = draft.metadata.name ?? '';
  const check = definition.validateName ?? nameIsDNSSubdomain;
  const errors = [
    ...validateObjectMeta(draft.metadata, endpoint.namespaced, check),
    ...validateStandardFinalizers(definition, draft.metadata.finalizers),
    ...definition.validate(draft, context),
  ];
  if (errors.length > 0) throw invalidKind(definition, name, errors);
  const segment = nameIsPathSegment(name, false);
  if (segment.length > 0)
    throw invalidKind(
      definition,
      name,
      segment.map((message) => invalid('metadata.name', name, message)),
    );
  for (const text of definition.warnings?.(draft, undefined) ?? []) call.warn(text);
  return hookOf(runtime, endpoint.storage)?.reserve(draft, undefined, runtime) ?? [];
}

export function warnOfOwners(call: Call, draft: KubeObject): void {
  const twice = dedupOwners(draft);
  if (twice.length > 0) call.warn(duplicateOwners(twice));
}

function existsAlready(call: Call, name: string): StatusError {
  const { endpoint, runtime, info } = call;
  const error = alreadyExists(endpoint.resourceName, name);
  const there = runtime.store.get(keyOf(endpoint.storage, info.namespace, name));
  if (there === undefined) return error;
  const { metadata } = JSON.parse(Buffer.from(there.value).toString()) as KubeObject;
  if (metadata.deletionTimestamp === undefined) return error;
  return new StatusError({ ...error.status, message: `object is being deleted: ${error.status.message}` });
}

function generatedNameTaken(call: Call, name: string): StatusError {
  const { group, resource } = call.endpoint.resourceName;
  const qualified = group === '' ? resource : `${resource}.${group}`;
  return failure(
    409,
    'AlreadyExists',
    `${qualified} "${name}" already exists, the server was not able to generate a unique name for the object`,
    { name, ...(group === '' ? {} : { group }), kind: resource, retryAfterSeconds: 1 },
  );
}
