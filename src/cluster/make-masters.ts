import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { Clock } from '../base/clock.ts';
import { resources } from '../kube/resources/index.ts';
import { type BuiltinSchemas, loadBuiltinSchemas } from '../kube/schema/load.ts';
import { apiParts } from './api-parts.ts';
import { AuditLog } from './apiserver/audit/log.ts';
import type { TokenTable } from './apiserver/authn/token-file.ts';
import type { NodeAccess } from './apiserver/node-access.ts';
import { createApiServer } from './apiserver/server.ts';
import { type DataFolder, ownedFiles } from './data-folder.ts';
import { explainStart } from './faults.ts';
import { createHttpFront } from './front/http-front.ts';
import { Master } from './members.ts';
import { type ClusterOptions, ClusterRefused } from './options.ts';
import type { Pki } from './pki/pki.ts';
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

/** The types of everything that Kubernetes has itself. */
export function loadSchemas(assets: string): BuiltinSchemas {
  const facts = (name: string) => readFileSync(path.join(assets, 'kubernetes', name), 'utf8');
  return loadBuiltinSchemas({ fields: facts('fields.tsv'), aliases: facts('aliases.tsv') });
}

/** The masters, none of them started. */
export function makeMasters(given: {
  readonly options: ClusterOptions;
  readonly folder: DataFolder;
  readonly pki: Pki;
  readonly tokens: TokenTable | undefined;
  readonly audits: readonly AuditLog[];
  readonly nodes: NodeAccess;
  readonly schemas: BuiltinSchemas;
  /** Real time. */
  readonly wire: Clock;
  /** A master no longer leads, and nobody stopped it or cut it off. */
  readonly lost: () => void;
}): readonly Master[] {
  const { options, wire, lost, folder, pki, tokens, audits, nodes, schemas } = given;
  const { clock, random, assets } = options;
  const { serviceAccountKey } = pki;
  const docsFile = path.join(assets, '../dist/kube-docs.json.gz');
  const parts = apiParts({
    settings: options,
    serviceAccountKey,
    tokens,
    schemas,
    docsFile,
    clock,
    random,
    nodes,
    metrics: options.nodes > 0,
  });
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
        wire,
        lost,
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
export function auditLogs(
  { masters, owner, clock }: ClusterOptions,
  folder: DataFolder,
): readonly AuditLog[] {
  return Array.from(
    { length: masters },
    (_, at) => new AuditLog({ folder: path.join(folder.master(at + 1), 'audit'), owner, clock }),
  );
}

function auditOf(audit: AuditLog | undefined): { readonly audit?: AuditLog } {
  return audit === undefined ? {} : { audit };
}

/** A majority is enough: a master whose disk is damaged stays stopped, and says why when it is started again. */
export async function startMasters(masters: readonly Master[]): Promise<readonly string[]> {
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
