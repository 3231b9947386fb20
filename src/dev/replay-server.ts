import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import type { Clock } from '../base/clock.ts';
import type { Random } from '../base/random.ts';
import { apiParts } from '../cluster/api-parts.ts';
import { noNodes } from '../cluster/apiserver/node-access.ts';
import { type ApiServer, createApiServer } from '../cluster/apiserver/server.ts';
import { createMemoryStore } from '../cluster/store/memory-store.ts';
import type { Store } from '../cluster/store/store.ts';
import { kubernetesVersion } from '../cluster/version.ts';
import type { KubeClient } from '../kube/client.ts';
import { createClient } from '../kube/create-client.ts';
import { resources } from '../kube/resources/index.ts';
import type { BuiltinSchemas } from '../kube/schema/load.ts';

export interface ReplayServer {
  readonly server: ApiServer;
  readonly store: Store;
  clientFor(name: string, groups: readonly string[]): KubeClient;
}

let signingKey: KeyObject | undefined;

/** One API server over memory, with admission and RBAC, on the clock and the chance of a replay. */
export async function startReplayServer(
  schemas: BuiltinSchemas,
  clock: Clock,
  random: Random,
): Promise<ReplayServer> {
  signingKey ??= generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
  const store = createMemoryStore();
  const server = createApiServer({
    store,
    schemas,
    resources,
    clock,
    random,
    version: kubernetesVersion,
    parts: apiParts({
      settings: { authorization: 'rbac', admissionOff: [] },
      serviceAccountKey: signingKey,
      tokens: undefined,
      schemas,
      docsFile: '',
      nodes: noNodes,
      metrics: false,
      clock,
      random,
    }),
  });
  await server.start();
  return {
    server,
    store,
    clientFor: (name, groups) =>
      createClient(server.handle, { identity: { name, groups, via: 'InProcess' }, userAgent: 'golden' }),
  };
}
