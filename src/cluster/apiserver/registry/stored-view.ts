import type { KubeObject } from '../../../kube/object.ts';
import type { KeyValue } from '../../store/store.ts';
import { encodeStored, type Printed, printStored } from './stored-json.ts';

const eventEnd = Buffer.from('}\n');

/**
 * A stored revision, parsed and printed at most once while somebody reads it, however many they are. Its object is frozen by
 * agreement. What was made of it is held weakly: the history of a busy cluster is thousands of revisions nobody reads again.
 */
export class StoredView {
  readonly #value: Uint8Array;
  readonly revision: number;
  #printed: WeakRef<Printed> | undefined;
  #object: WeakRef<KubeObject> | undefined;
  #events: WeakRef<Map<string, Uint8Array>> | undefined;
  #versions: Map<object, StoredView> | undefined;

  constructor(value: Uint8Array, revision: number) {
    this.#value = value;
    this.revision = revision;
  }

  get #print(): Printed {
    const known = this.#printed?.deref();
    if (known !== undefined) return known;
    const printed = printStored(this.#value, this.revision);
    this.#printed = new WeakRef(printed);
    return printed;
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
    let lines = this.#events?.deref();
    if (lines === undefined) {
      lines = new Map();
      this.#events = new WeakRef(lines);
    }
    let line = lines.get(type);
    if (line === undefined) {
      line = Buffer.concat([Buffer.from(`{"type":"${type}","object":`), this.bare, eventEnd]);
      lines.set(type, line);
    }
    return line;
  }

  get object(): KubeObject {
    const known = this.#object?.deref();
    if (known !== undefined) return known;
    const object = JSON.parse(this.bytes.toString()) as KubeObject;
    this.#object = new WeakRef(object);
    return object;
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
