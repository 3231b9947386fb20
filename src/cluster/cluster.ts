import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { KubeObject } from '../kube/object.ts';
import { resources } from '../kube/resources/index.ts';
import { loadBuiltinSchemas } from '../kube/schema/load.ts';
import { apiParts, checkAdmission } from './api-parts.ts';
import { AuditLog } from './apiserver/audit/log.ts';
import { parseTokenFile, type TokenTable } from './apiserver/authn/token-file.ts';
import { createApiServer } from './apiserver/server.ts';
import { checkControllers, startBackground } from './background.ts';
import type { ClusterStatus, NodeStatus, RunningCluster } from './control/contract.ts';
import type { Manager } from './controllers/manager.ts';
import { type DataFolder, openDataFolder, ownedFiles } from './data-folder.ts';
import { applyFault, explainStart } from './faults.ts';
import { type Balancer, startBalancer } from './front/balancer.ts';
import { createHttpFront } from './front/http-front.ts';
import { adminKubeconfig } from './front/kubeconfig.ts';
import { Master } from './members.ts';
import { type ClusterOptions, ClusterRefused, OptionRefused } from './options.ts';
import { ensurePki, type Pki, PkiError } from './pki/pki.ts';
import { openDiskStorage } from './raft/disk.ts';
import { RaftNetwork } from './raft/network.ts';
import type { ReplicatedState } from './store/replicated-state.ts';
import { kubernetesVersion } from './version.ts';

/** What a request's body may measure (upstream's limit for a resource). */
const maxBodyBytes = 3 * 1024 * 1024;
/** A majority that has not agreed on anything by then will not. */
const startingMs = 20_000;
/** A learner's cluster: what each master keeps of its log in memory and reads at its start stays small. */
const raftSettings = { snapshotBytes: 8 * 1024 * 1024, keepBehind: 200 };

/** Starts every member and the balancer; resolves when the API answers. Rejects with `PortTaken` or `ClusterRefused`. */
export async function startCluster(options: ClusterOptions): Promise<RunningCluster> {
  const { clock, owner } = options;
  const tokens = readTokens(options);
  checkControllers(options.controllers);
  checkAdmission(options.admissionOff);
  const folder = await openDataFolder({ folder: options.folder, masters: options.masters, owner, clock });
  let masters: readonly Master[] = [];
  let balancer: Balancer | undefined;
  let background: Manager | undefined;
  const audits = auditLogs(options, folder);
  const stop = async () => {
    await background?.stop();
    await Promise.all(masters.map((master) => master.stop()));
    await Promise.all(audits.map((audit) => audit.close()));
    await balancer?.close();
    await folder.release();
  };
  try {
    const pki = await ensurePki(folder.pki, clock, owner);
    masters = makeMasters(options, folder, pki, tokens, audits);
    balancer = await startBalancer(options.port, masters);
    const troubles = await startMasters(masters);
    background = startBackground({ ...options, masters, pki });
    const url = `https://127.0.0.1:${balancer.port}`;
    return {
      url,
      port: balancer.port,
      kubeconfig: adminKubeconfig(url, pki),
      troubles,
      status: () => statusOf(options, masters),
      fault: (number, action) => applyFault(masters, number, action),
      stop,
    };
  } catch (error) {
    await stop();
    throw error instanceof PkiError
      ? new ClusterRefused(`Los certificados del clúster: ${error.message}`, 'Revisa los permisos.')
      : error;
  }
}

function readTokens({ tokens }: ClusterOptions): TokenTable | undefined {
  if (tokens === undefined) return undefined;
  const read = parseTokenFile(tokens.text);
  if (read.state === 'read') return read.tokens;
  throw new OptionRefused(
    `${tokens.file}: ${read.why}.`,
    'Cada línea es `token,usuario,uid,"grupo1,grupo2"`; los grupos pueden faltar.',
  );
}

function makeMasters(
  options: ClusterOptions,
  folder: DataFolder,
  pki: Pki,
  tokens: TokenTable | undefined,
  audits: readonly AuditLog[],
): readonly Master[] {
  const { clock, random, assets } = options;
  const facts = (name: string) => readFileSync(path.join(assets, 'kubernetes', name), 'utf8');
  const schemas = loadBuiltinSchemas({ fields: facts('fields.tsv'), aliases: facts('aliases.tsv') });
  const { serviceAccountKey } = pki;
  const docsFile = path.join(assets, '../dist/kube-docs.json.gz');
  const parts = apiParts({ settings: options, serviceAccountKey, tokens, schemas, docsFile, clock, random });
  const network = new RaftNetwork();
  const siblings = new Set<ReplicatedState>();
  const names = Array.from({ length: options.masters }, (_, at) => `master-${at + 1}`);
  return names.map(
    (name, at) =>
      new Master({
        name,
        names,
        network,
        siblings,
        clock,
        random,
        openStorage: () =>
          openDiskStorage({ directory: folder.master(at + 1), files: ownedFiles(options.owner) }),
        raft: raftSettings,
        createServer: (store) =>
          createApiServer({
            store,
            schemas,
            resources,
            clock,
            random,
            version: kubernetesVersion,
            parts: (host) => ({ ...parts(host), ...auditOf(audits[at]) }),
          }),
        createFront: (handle) => createHttpFront({ handle, pki, maxBodyBytes }),
      }),
  );
}

/** Where a master keeps its audit: `audit/` in its own folder. */
function auditLogs({ masters, owner, clock }: ClusterOptions, folder: DataFolder): readonly AuditLog[] {
  return Array.from(
    { length: masters },
    (_, at) => new AuditLog({ folder: path.join(folder.master(at + 1), 'audit'), owner, clock }),
  );
}

function auditOf(audit: AuditLog | undefined): { readonly audit?: AuditLog } {
  return audit === undefined ? {} : { audit };
}

/** A majority is enough: a master whose disk is damaged stays stopped, and says why when it is started again. */
async function startMasters(masters: readonly Master[]): Promise<readonly string[]> {
  const problems: string[] = [];
  const start = (master: Master) =>
    master.start().catch((error: unknown) => problems.push(`${master.name}: ${explainStart(error)}`));
  await Promise.all(masters.map(start));
  const running = masters.filter((master) => master.node !== undefined);
  if (running.length <= masters.length / 2)
    throw new ClusterRefused(
      `No arranca la mayoría de los masters. ${problems.sort().join('. ')}.`,
      'Si los datos no importan, `curso cluster borrar` empieza de nuevo.',
    );
  // Whoever has most stands for election at once, which spares the first wait; if it loses, the others do as always.
  const lastIndex = (master: Master) => master.node?.status().lastIndex ?? 0;
  const first = [...running].sort((left, right) => lastIndex(right) - lastIndex(left))[0];
  first?.node?.campaign();
  const ready = (master: Master | undefined) =>
    master?.becomeReady(startingMs).catch((error: unknown) => {
      throw new ClusterRefused(
        `Los masters arrancan, pero no pueden guardar nada: ${explainStart(error)}.`,
        'Mira si queda espacio en el disco y si tienes permiso para escribir en él.',
      );
    });
  await ready(first);
  // The others find everything there.
  await Promise.all(running.map((master) => (master === first ? undefined : ready(master))));
  return problems.sort().map((problem) => `${problem}. El clúster sigue sin él.`);
}

function statusOf(options: ClusterOptions, masters: readonly Master[]): ClusterStatus {
  return {
    kubernetesVersion: kubernetesVersion.gitVersion,
    speed: options.speed,
    masters: masters.map((master) => master.status()),
    nodes: nodesOf(masters),
  };
}

interface NodeView extends KubeObject {
  readonly status?: { readonly conditions?: readonly { readonly type: string; readonly status: string }[] };
}

interface PodView extends KubeObject {
  readonly spec?: { readonly nodeName?: string };
}

/** As the first master that answers sees them. */
function nodesOf(masters: readonly Master[]): readonly NodeStatus[] {
  const reader = (masters.find((master) => master.healthy()) ?? masters.find((master) => master.server))
    ?.server?.reader;
  if (reader === undefined) return [];
  const pods = new Map<string, number>();
  for (const { spec } of reader.list<PodView>('', 'pods')) {
    const name = spec?.nodeName ?? '';
    pods.set(name, (pods.get(name) ?? 0) + 1);
  }
  return reader.list<NodeView>('', 'nodes').map(({ metadata, status }) => {
    const name = metadata.name ?? '';
    const ready = status?.conditions?.some((one) => one.type === 'Ready' && one.status === 'True') ?? false;
    return { name, ready, pods: pods.get(name) ?? 0 };
  });
}
