import { badRequest, notFound } from '../../../kube/status.ts';
import { type ListResult, type Store, StoreError } from '../../store/store.ts';
import type { Call } from './call.ts';
import { decodeContinue, encodeContinue, expiredContinue } from './continue-token.ts';
import { collectionPrefix, keyOf } from './endpoint.ts';
import { type ListOptions, parseVersion } from './list-options.ts';
import { explainRevision, syncStore, waitForVersion } from './read-version.ts';
import { selectorOf } from './select.ts';
import { type StoredView, viewOf } from './stored-view.ts';

/** GET of one object, in the storage version. `resourceVersion=0` is answered from this member's memory. */
export async function readObject(call: Call): Promise<StoredView> {
  const { endpoint, info, runtime } = call;
  const asked = info.query.get('resourceVersion') ?? '';
  if (asked === '') await syncStore(runtime.store);
  else await waitForVersion(runtime.store, parseVersion(asked));
  const there = runtime.store.get(keyOf(endpoint.storage, info.namespace, info.pathName));
  if (there === undefined) throw notFound(endpoint.resourceName, info.pathName);
  return viewOf(there);
}

/** Views in the storage version. */
export interface Page {
  readonly views: readonly StoredView[];
  readonly revision: number;
  /** '' on the last page. */
  readonly continue: string;
  /** Only when it is exact: without selectors. */
  readonly remaining: number | undefined;
}

/** Mirrors storage/etcd3 GetList and the cacher's rules for resourceVersion. */
export async function readPage(call: Call, options: ListOptions): Promise<Page> {
  const { endpoint, info, runtime } = call;
  const prefix = collectionPrefix(endpoint.storage, info.namespace);
  const asked = options.resourceVersion;
  if (options.continue !== '') {
    if (asked !== undefined && asked !== 0)
      throw badRequest('specifying resource version is not allowed when using continue');
    const { revision, after } = decodeContinue(options.continue);
    await syncStore(runtime.store);
    return collect(call, options, prefix, { revision, after, limit: options.limit });
  }
  const exact = options.match === 'Exact' || (options.match === '' && options.limit > 0 && (asked ?? 0) > 0);
  if (exact) {
    await syncStore(runtime.store);
    return collect(call, options, prefix, { revision: asked, after: undefined, limit: options.limit });
  }
  if (asked === undefined) await syncStore(runtime.store);
  else await waitForVersion(runtime.store, asked);
  // From memory the real server gives everything, whatever the limit.
  const limit = asked === 0 ? 0 : options.limit;
  return collect(call, options, prefix, { revision: undefined, after: undefined, limit });
}

interface Range {
  readonly revision: number | undefined;
  /** Without the prefix. */
  readonly after: string | undefined;
  readonly limit: number;
}

function collect(call: Call, options: ListOptions, prefix: string, range: Range): Page {
  const { endpoint, runtime } = call;
  const selects = selectorOf(endpoint, options);
  const views: StoredView[] = [];
  let after = range.after === undefined ? undefined : prefix + range.after;
  let revision = range.revision;
  for (;;) {
    const result = rangeAt(runtime.store, prefix, range, revision, after);
    // The pages of one list are of one moment, also when a selector makes it read on.
    revision = result.revision;
    for (const item of result.items) {
      after = item.key;
      const view = viewOf(item);
      if (selects !== undefined && !selects(view.object)) continue;
      views.push(view);
      if (views.length === range.limit) {
        const more = result.more || result.items[result.items.length - 1] !== item;
        const left = result.remaining + result.items.length - 1 - result.items.indexOf(item);
        return {
          views,
          revision,
          continue: more ? encodeContinue(revision, item.key.slice(prefix.length)) : '',
          remaining: more && selects === undefined ? left : undefined,
        };
      }
    }
    if (!result.more) return { views, revision, continue: '', remaining: undefined };
  }
}

function rangeAt(
  store: Store,
  prefix: string,
  range: Range,
  revision: number | undefined,
  after: string | undefined,
): ListResult {
  try {
    return store.list(prefix, {
      ...(revision === undefined ? {} : { revision }),
      ...(range.limit > 0 ? { limit: range.limit } : {}),
      ...(after === undefined ? {} : { after }),
    });
  } catch (error) {
    if (range.after !== undefined && error instanceof StoreError && error.code === 'compacted')
      throw expiredContinue(range.after);
    throw explainRevision(error);
  }
}
