import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { systemClock } from '../base/clock.ts';
import { systemRandom } from '../base/random.ts';
import { apiParts } from '../cluster/api-parts.ts';
import { createTokenSigner } from '../cluster/apiserver/authn/service-account-tokens.ts';
import { noNodes } from '../cluster/apiserver/node-access.ts';
import { createApiServer } from '../cluster/apiserver/server.ts';
import { controllers } from '../cluster/controllers/index.ts';
import { chooseControllers, startManager } from '../cluster/controllers/manager.ts';
import { startBalancer } from '../cluster/front/balancer.ts';
import { createHttpFront } from '../cluster/front/http-front.ts';
import { ensurePki } from '../cluster/pki/pki.ts';
import { startScheduler } from '../cluster/scheduler/index.ts';
import { createMemoryStore } from '../cluster/store/memory-store.ts';
import { kubernetesVersion } from '../cluster/version.ts';
import { createClient } from '../kube/create-client.ts';
import { resources } from '../kube/resources/index.ts';
import { loadBuiltinSchemas } from '../kube/schema/load.ts';
import { startStandInKubelet } from './controllers-replay/kubelet.ts';
import { createGoldenNodes, createPodOfOthers } from './golden-nodes.ts';

export interface GoldenServer {
  /** A file, as JSON. */
  readonly kubeconfig: string;
  close(): Promise<void>;
}

/** What ran while requests to the API were recorded; for kubectl everything did. */
const withoutNodes = [
  'namespace',
  'garbagecollector',
  'serviceaccount',
  'serviceaccount-token',
  'root-ca-cert-publisher',
  'resourcequota',
  'pv-protection',
  'pvc-protection',
  'clusterrole-aggregation',
];

const trouble = (what: string, error: unknown) =>
  console.error(`(${what}: ${error instanceof Error ? error.message : error})`);

/** One API server over memory, with what the recordings were made with. */
export async function startGoldenServer(options: {
  readonly folder: string;
  readonly assets: string;
  readonly nodes: boolean;
}): Promise<GoldenServer> {
  const pki = await ensurePki(path.join(options.folder, 'pki'), systemClock);
  const facts = (name: string) => readFileSync(path.join(options.assets, 'kubernetes', name), 'utf8');
  const store = createMemoryStore();
  const schemas = loadBuiltinSchemas({ fields: facts('fields.tsv'), aliases: facts('aliases.tsv') });
  const server = createApiServer({
    store,
    schemas,
    resources,
    clock: systemClock,
    random: systemRandom,
    version: kubernetesVersion,
    parts: apiParts({
      settings: { authorization: 'rbac', admissionOff: [] },
      serviceAccountKey: pki.serviceAccountKey,
      tokens: undefined,
      schemas,
      docsFile: path.join(options.assets, '..', 'dist', 'kube-docs.json.gz'),
      nodes: noNodes,
      metrics: false,
      clock: systemClock,
      random: systemRandom,
    }),
  });
  await server.start();
  const identity = { name: 'system:admin', groups: ['system:masters'], via: 'InProcess' };
  const admin = createClient(server.handle, { identity, userAgent: 'golden' });
  if (options.nodes) {
    await createGoldenNodes(admin, systemClock);
    await createPodOfOthers(admin);
  }
  const signer = createTokenSigner(pki.serviceAccountKey, systemClock);
  const manager = startManager({
    transport: server.handle,
    controllers: chooseControllers(controllers, options.nodes ? ['*'] : withoutNodes).chosen,
    clock: systemClock,
    random: systemRandom,
    caPem: pki.caPem,
    schemas,
    issueToken: (namespace, account, name) => signer.issueLegacy(namespace, account, name),
    trouble,
  });
  const scheduler = options.nodes
    ? startScheduler({ client: admin, clock: systemClock, random: systemRandom, trouble })
    : undefined;
  const kubelet = options.nodes ? startStandInKubelet(admin, systemClock) : undefined;
  const front = createHttpFront({ handle: server.handle, pki, maxBodyBytes: 3 * 1024 * 1024 });
  const balancer = await startBalancer(0, [
    { healthy: () => true, accept: (socket) => front.accept(socket) },
  ]);
  const kubeconfig = path.join(options.folder, 'kubeconfig.json');
  const data = (pem: string) => Buffer.from(pem).toString('base64');
  writeFileSync(
    kubeconfig,
    JSON.stringify({
      apiVersion: 'v1',
      kind: 'Config',
      'current-context': 'golden',
      clusters: [
        {
          name: 'golden',
          cluster: {
            server: `https://127.0.0.1:${balancer.port}`,
            'certificate-authority-data': data(pki.caPem),
          },
        },
      ],
      users: [
        {
          name: 'admin',
          user: {
            'client-certificate-data': data(pki.admin.certificate),
            'client-key-data': data(pki.admin.key),
          },
        },
      ],
      contexts: [{ name: 'golden', context: { cluster: 'golden', user: 'admin' } }],
    }),
    { mode: 0o600 },
  );
  return {
    kubeconfig,
    async close() {
      kubelet?.stop();
      await scheduler?.stop();
      await manager.stop();
      front.close();
      await balancer.close();
      server.close();
      await store.close();
    },
  };
}
