import type { KubeObject } from '../../../kube/object.ts';
import type { KeyValue } from '../../store/store.ts';
import { encodeStored, type Printed, printStored } from './stored-json.ts';

const eventEnd = Buffer.from('}\n');

/** A stored revision, parsed and printed at most once however many readers it has. Its object is frozen by agreement. */
export class StoredView {
  readonly #value: Uint8Array;
  readonly revision: number;
  #printed: Printed | undefined;
  #object: KubeObject | undefined;
  #versions: Map<object, StoredView> | undefined;
  #events: Map<string, Uint8Array> | undefined;

  constructor(value: Uint8Array, revision: number, object?: KubeObject) {
    this.#value = value;
    this.revision = revision;
    this.#object = object;
  }

  get #print(): Printed {
    this.#printed ??= printStored(this.#value, this.revision);
    return this.#printed;
  }

  /** The JSON with a final line feed. */
  get bytes(): Buffer {
    return this.#print.bytes;
  }

  /** The JSON without line feed. */
  get bare(): Buffer {
    const { bytes } = this.#print;
    return bytes.subarray(0, bytes.length - 1);
  }

  /** From `"metadata"` on, without line feed: what follows `{` in a list of a built-in kind. */
  get afterType(): Buffer {
    const { bytes, metadataAt } = this.#print;
    return bytes.subarray(metadataAt, bytes.length - 1);
  }

  /** A line of a watch. However many watchers there are, they share it. */
  event(type: string): Uint8Array {
    this.#events ??= new Map();
    let line = this.#events.get(type);
    if (line === undefined) {
      line = Buffer.concat([Buffer.from(`{"type":"${type}","object":`), this.bare, eventEnd]);
      this.#events.set(type, line);
    }
    return line;
  }

  get object(): KubeObject {
    this.#object ??= JSON.parse(this.bytes.toString()) as KubeObject;
    return this.#object;
  }

  /** The same in another served version; `convert` is asked once per `key`. */
  inVersion(key: object, convert: (object: KubeObject) => KubeObject): StoredView {
    this.#versions ??= new Map();
    let view = this.#versions.get(key);
    if (view === undefined) {
      view = new StoredView(encodeStored(convert(this.object)), this.revision);
      this.#versions.set(key, view);
    }
    return view;
  }
}

const views = new WeakMap<Uint8Array, StoredView>();

export function viewOf({ value, modRevision }: KeyValue): StoredView {
  let view = views.get(value);
  if (view === undefined) {
    view = new StoredView(value, modRevision);
    views.set(value, view);
  }
  return view;
}
