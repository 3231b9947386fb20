import type { KubeObject } from '../../../kube/object.ts';
import type { Status } from '../../../kube/status.ts';
import { StatusError } from '../../../kube/status.ts';
import type { ApiResponse, StreamItem } from '../../../kube/transport.ts';
import { bufferedWatch } from '../../store/buffered-watch.ts';
import { StoreError, type StoreEvent } from '../../store/store.ts';
import { notAcceptable } from '../answers/negotiate.ts';
import { subjectOf, tableRequest } from '../answers/present.ts';
import { partialOf, type TableRequest, tableOf } from '../answers/table.ts';
import type { Call } from './call.ts';
import { collectionPrefix, inEndpoint } from './endpoint.ts';
import type { ListOptions } from './list-options.ts';
import { syncStore, tooLargeVersion, tooOldVersion, waitForVersion } from './read-version.ts';
import { type Selects, selectorOf } from './select.ts';
import { StoredView, viewOf } from './stored-view.ts';

const bookmarkEveryMs = 60_000;
const minTimeoutSeconds = 1800;

/** What a watch tells: ADDED, MODIFIED, DELETED, BOOKMARK, ERROR. */
interface WatchEvent {
  readonly type: string;
  readonly view?: StoredView;
  readonly object?: unknown;
}

/** Mirrors handlers.ListResource's watch branch over the cacher. The answer's stream ends with the request or its time. */
export async function watchObjects(call: Call, options: ListOptions): Promise<ApiResponse> {
  const { runtime } = call;
  const asked = options.resourceVersion ?? 0;
  if (asked === 0 || options.sendInitialEvents === true) {
    if (asked === 0) await syncStore(runtime.store);
    else await waitForVersion(runtime.store, asked);
  }
  if (call.form.media === 'yaml')
    throw notAcceptable(
      'only the following media types are accepted: application/json;stream=watch, application/vnd.kubernetes.protobuf;stream=watch',
    );
  const printer = printerOf(call);
  return {
    status: 200,
    headers: {
      'content-type': 'application/json',
      'cache-control': 'no-cache, private',
    },
    body: { kind: 'events', events: stream(call, options, printer) },
  };
}

async function* stream(
  call: Call,
  options: ListOptions,
  print: (event: WatchEvent) => StreamItem,
): AsyncGenerator<StreamItem> {
  try {
    for await (const event of events(call, options)) yield print(event);
  } catch (error) {
    const status = statusOf(error);
    if (status !== undefined) yield print({ type: 'ERROR', object: status });
  }
}

async function* events(call: Call, options: ListOptions): AsyncGenerator<WatchEvent> {
  const { runtime, endpoint, info, request } = call;
  const { store, clock } = runtime;
  const prefix = collectionPrefix(endpoint.storage, info.namespace);
  const selects = selectorOf(endpoint, options);
  const asked = options.resourceVersion ?? 0;
  const initial = asked === 0 || options.sendInitialEvents === true;
  if (!initial && asked > store.revision) {
    await syncStore(store);
    if (asked > store.revision) throw tooLargeVersion(asked, store.revision);
  }
  const start = initial ? store.revision : asked;
  const ended = new AbortController();
  const stop = () => ended.abort();
  request.signal.addEventListener('abort', stop, { once: true });
  runtime.closing.addEventListener('abort', stop, { once: true });
  if (request.signal.aborted || runtime.closing.aborted) stop();
  runtime.load.watches += 1;
  const timeoutMs =
    // 0 is as good as not said.
    1000 * (options.timeoutSeconds || minTimeoutSeconds + runtime.random.int(minTimeoutSeconds));
  const cancelTimeout = clock.after(timeoutMs, stop);
  const pending = new Bell();
  const cancelBookmarks = options.bookmarks ? clock.every(bookmarkEveryMs, () => pending.ring()) : undefined;
  const watch = bufferedWatch(store, prefix, start, { signal: ended.signal });
  try {
    if (initial && options.sendInitialEvents !== false) {
      for (const item of store.list(prefix, { revision: start }).items) {
        const view = viewOf(item);
        if (selects === undefined || selects(view.object)) yield { type: 'ADDED', view };
      }
      if (options.sendInitialEvents === true && options.bookmarks)
        yield bookmark(call, start, { 'k8s.io/initial-events-end': 'true' });
    }
    const iterator = watch[Symbol.asyncIterator]();
    let next = iterator.next();
    for (;;) {
      const turn = await pending.unlessRung(next);
      if (turn === undefined) {
        yield bookmark(call, watch.read);
        continue;
      }
      if (turn.done === true) return;
      for (const change of turn.value) {
        const event = eventOf(change, selects);
        if (event !== undefined) yield event;
      }
      next = iterator.next();
    }
  } finally {
    watch.stop();
    cancelTimeout();
    cancelBookmarks?.();
    request.signal.removeEventListener('abort', stop);
    runtime.closing.removeEventListener('abort', stop);
    runtime.load.watches -= 1;
  }
}

/** Wakes whoever waits. Nothing of a wait is left once it is over: watches live for an hour and see thousands of turns. */
class Bell {
  #wake: (() => void) | undefined;

  /** Nobody hears it who does not wait now: what they do instead is worth more. */
  ring(): void {
    // After what is on its way to them: a bookmark must not overtake what was read.
    if (this.#wake !== undefined) queueMicrotask(this.#wake);
  }

  /** What `next` gives, or undefined when it rings before. */
  unlessRung<T>(next: Promise<T>): Promise<T | undefined> {
    return new Promise((resolve, reject) => {
      const over =
        <V>(then: (value: V) => void) =>
        (value: V) => {
          if (this.#wake === wake) this.#wake = undefined;
          then(value);
        };
      const wake = () => over(resolve)(undefined);
      this.#wake = wake;
      next.then(over(resolve), over(reject));
    });
  }
}

/** What was deleted, as all watchers of that change see it. */
const gone = new WeakMap<StoreEvent, StoredView>();

/** What a change is to a watcher that sees only part: entering its selection is ADDED, leaving it DELETED. */
function eventOf(change: StoreEvent, selects: Selects | undefined): WatchEvent | undefined {
  const now = change.current === undefined ? undefined : viewOf(change.current);
  const before = change.previous === undefined ? undefined : viewOf(change.previous);
  const isIn = now !== undefined && (selects === undefined || selects(now.object));
  const wasIn = before !== undefined && (selects === undefined || selects(before.object));
  if (isIn) return { type: wasIn ? 'MODIFIED' : 'ADDED', view: now };
  if (!wasIn || change.previous === undefined) return undefined;
  // The last state, at the revision at which it went.
  let view = gone.get(change);
  if (view === undefined) {
    view = new StoredView(change.previous.value, change.revision);
    gone.set(change, view);
  }
  return { type: 'DELETED', view };
}

function bookmark(
  call: Call,
  revision: number,
  annotations?: { readonly [key: string]: string },
): WatchEvent {
  const { endpoint } = call;
  const object: KubeObject = {
    kind: endpoint.kind,
    apiVersion: endpoint.apiVersion,
    metadata: {
      resourceVersion: String(revision),
      ...(endpoint.custom ? {} : { creationTimestamp: null as unknown as string }),
      ...(annotations === undefined ? {} : { annotations }),
    },
  };
  return { type: 'BOOKMARK', object };
}

/** Each event is printed once per stream form; plain JSON shares the stored bytes. */
function printerOf(call: Call): (event: WatchEvent) => StreamItem {
  const { form, endpoint } = call;
  if (form.as === undefined)
    return ({ type, view, object }) => {
      const shown = view === undefined ? undefined : inEndpoint(endpoint, view);
      return {
        get event() {
          return { type, object: shown === undefined ? object : shown.object };
        },
        bytes: () => (shown === undefined ? `${JSON.stringify({ type, object })}\n` : shown.event(type)),
      };
    };
  const request: TableRequest | undefined = form.as === 'Table' ? tableRequest(call) : undefined;
  const metaVersion = form.metaVersion ?? 'meta.k8s.io/v1';
  let columns = true;
  return ({ type, view, object }) => {
    const source = (view?.object ?? object) as KubeObject;
    let shown: unknown = source;
    if (source.kind !== 'Status') {
      if (request === undefined) shown = partialOf(source, metaVersion);
      else {
        const { resourceVersion } = source.metadata;
        const row = { ...request, nowMs: call.runtime.clock.now() };
        shown = tableOf(subjectOf(endpoint), [source], { resourceVersion }, row, columns);
        columns = false;
      }
    }
    const event = { type, object: shown };
    return { event, bytes: () => `${JSON.stringify(event)}\n` };
  };
}

/** What the client is told inside the stream; undefined: it just ends. */
function statusOf(error: unknown): Status | undefined {
  if (error instanceof StatusError) return error.status;
  if (!(error instanceof StoreError)) throw error;
  if (error.code === 'compacted') return tooOldVersion(0, error.revision).status;
  return undefined;
}
