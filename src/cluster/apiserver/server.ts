import type { Clock } from '../../base/clock.ts';
import type { Random } from '../../base/random.ts';
import type { ResourceDefinition } from '../../kube/resources/definition.ts';
import type { SchemaSource } from '../../kube/schema/schema.ts';
import type { Transport } from '../../kube/transport.ts';
import type { Store } from '../store/store.ts';
import type { Catalog, ObjectReader, ServerHost, ServerParts } from './contracts.ts';

/** As `/version` answers it, without Go's own fields. */
export interface VersionInfo {
  readonly major: string;
  readonly minor: string;
  readonly gitVersion: string;
  readonly gitCommit: string;
  readonly buildDate: string;
}

export interface ApiServerDeps {
  readonly store: Store;
  readonly schemas: SchemaSource;
  readonly resources: readonly ResourceDefinition[];
  readonly clock: Clock;
  readonly random: Random;
  readonly version: VersionInfo;
  /** Makes what is plugged in, given what the server offers. */
  readonly parts?: (host: ServerHost) => ServerParts;
  /** Seconds after which a request that is no watch is given up (504). Default 60. */
  readonly requestTimeoutSeconds?: number;
  /** Requests that are no watches, at the same time; more get 429. Default 600. */
  readonly maxInFlight?: number;
}

export interface ApiServer {
  /** Never rejects: every failure is a `Status`. */
  readonly handle: Transport;
  readonly catalog: Catalog;
  readonly reader: ObjectReader;
  readonly host: ServerHost;
  /** Creates what must exist from the first second; idempotent. The store must be writable. */
  start(): Promise<void>;
  /** Ends the watches and timers. The store is its owner's. */
  close(): void;
}

/** The API server over one member's store. Mirrors apiserver/pkg/server (generic API server) and kube-apiserver's install. */
export function createApiServer(_deps: ApiServerDeps): ApiServer {
  throw new Error('in the making');
}
