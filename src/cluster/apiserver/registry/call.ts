import type { Clock } from '../../../base/clock.ts';
import type { Random } from '../../../base/random.ts';
import type { KubeObject } from '../../../kube/object.ts';
import type { WriteContext } from '../../../kube/resources/definition.ts';
import type { SchemaSource } from '../../../kube/schema/schema.ts';
import { formatTime } from '../../../kube/time.ts';
import type { Change, Store } from '../../store/store.ts';
import type { AnswerForm } from '../answers/negotiate.ts';
import type {
  AdmissionPlugin,
  Authorizer,
  ComputedResource,
  ObjectReader,
  RequestContext,
} from '../contracts.ts';
import type { ResourceCatalog } from './catalog.ts';
import type { Endpoint, Storage } from './endpoint.ts';

/** What every request works with. */
export interface Runtime {
  readonly store: Store;
  readonly schemas: SchemaSource;
  readonly clock: Clock;
  readonly random: Random;
  readonly catalog: ResourceCatalog;
  readonly reader: ObjectReader;
  readonly admission: readonly AdmissionPlugin[];
  readonly authorizer: Authorizer;
  /** Aborted when the server closes. */
  readonly closing: AbortSignal;
  /** Watches open now. */
  readonly load: { watches: number };
  /** By `group/plural`. */
  readonly hooks: ReadonlyMap<string, WriteHook>;
  /** By `group/plural`. */
  readonly computed: ReadonlyMap<string, ComputedResource>;
}

/** A request on a stored resource. */
export interface Call extends RequestContext {
  readonly runtime: Runtime;
  readonly endpoint: Endpoint;
  readonly form: AnswerForm;
  readonly dryRun: boolean;
}

/** A call before it is known whether it writes for real. */
export type PlainCall = Omit<Call, 'dryRun'>;

/** What else must be written in the same commit as an object (Service addresses). */
export interface WriteHook {
  /** After validation; may fill in `draft`. Throws a StatusError. `old` undefined: it is created. */
  reserve(draft: KubeObject, old: KubeObject | undefined, runtime: Runtime): readonly Change[];
  release(old: KubeObject): readonly Change[];
}

export function hookOf(runtime: Runtime, storage: Storage): WriteHook | undefined {
  return runtime.hooks.get(`${storage.definition.group}/${storage.definition.plural}`);
}

export function nowText(runtime: Runtime): string {
  return formatTime(runtime.clock.now());
}

export function writeContext(call: Call): WriteContext {
  return { now: nowText(call.runtime), user: call.user, dryRun: call.dryRun };
}
