import path from 'node:path';
import { createPacedClock } from '../base/paced-clock.ts';
import { checkAdmission } from './api-parts.ts';
import { parseTokenFile, type TokenTable } from './apiserver/authn/token-file.ts';
import type { KubernetesEndpoints } from './apiserver/kubernetes-endpoints.ts';
import { anyMaster, Background, checkControllers } from './background.ts';
import { LeadKeeper, readLead } from './clock-lead.ts';
import type { RunningCluster } from './control/contract.ts';
import { setUpCoredns } from './coredns.ts';
import { openDataFolder } from './data-folder.ts';
import { type Disks, openDisks } from './disks.ts';
import { type Balancer, startBalancer } from './front/balancer.ts';
import { adminKubeconfig } from './front/kubeconfig.ts';
import { serveKubernetes } from './kubernetes-service.ts';
import { LateNodes } from './late-nodes.ts';
import { type Machines, startMachines } from './machines.ts';
import { auditLogs, loadSchemas, makeMasters, startMasters } from './make-masters.ts';
import type { Master } from './members.ts';
import { nodeSpecs } from './node-specs.ts';
import { operations } from './operations.ts';
import { type ClusterOptions, ClusterRefused, OptionRefused } from './options.ts';
import { LostLeads } from './pace.ts';
import { ensurePki, PkiError } from './pki/pki.ts';
import { prepareCluster } from './prepare.ts';
import { createDecisionLog } from './scheduler/decision-log.ts';
import { type StaticManifests, watchManifests } from './static-manifests.ts';
import { openTroubleLog } from './trouble-log.ts';

const noticesKept = 5;
/** How many decisions of the scheduler are kept for whoever asks why. */
const decisionsKept = 2_000;

/** Starts every member, what acts on the cluster, and the nodes; resolves when the API answers. Rejects with `PortTaken` or `ClusterRefused`. */
export async function startCluster(given: ClusterOptions): Promise<RunningCluster> {
  const { owner } = given;
  const tokens = readTokens(given);
  checkControllers(given.controllers);
  checkAdmission(given.admissionOff);
  // The lock on the data is for other processes, which know nothing of this clock.
  const folder = await openDataFolder({
    folder: given.folder,
    masters: given.masters,
    owner,
    clock: given.clock,
  });
  // After a photo was put there: it may bring another.
  const promisedMs = await readLead(given.folder);
  const clock = createPacedClock(given.clock, given.speed, promisedMs);
  const options = { ...given, clock };
  const log = openTroubleLog({ folder: options.folder, owner, clock: given.clock });
  let stopping = false;
  const trouble = (what: string, error: unknown) => {
    // Everybody loses everybody then.
    if (!stopping) log.trouble(what, error);
  };
  const lead = new LeadKeeper({
    ...{ folder: options.folder, owner, clock, real: given.clock, promisedMs, trouble },
  });
  await lead.look();
  const access = new LateNodes();
  let masters: readonly Master[] = [];
  let backgrounds: readonly Background[] = [];
  let balancer: Balancer | undefined;
  let machines: Machines | undefined;
  let disks: Disks | undefined;
  let manifests: StaticManifests | undefined;
  const audits = auditLogs(options, folder);
  let endpoints: KubernetesEndpoints | undefined;
  let callOffDns: (() => void) | undefined;
  const lost = new LostLeads();
  const stop = async () => {
    // Nobody waits for a clock that stands still, nor gives a Lease back to a store that cannot take it.
    stopping = true;
    await lead.stop();
    clock.resume();
    const canStore = masters.some((master) => master.healthy() && master.status().role === 'leader');
    manifests?.stop();
    endpoints?.stop();
    callOffDns?.();
    await machines?.stop();
    await disks?.close();
    await Promise.all(backgrounds.map((background) => background.stop(canStore)));
    await Promise.all(masters.map((master) => master.stop()));
    await Promise.all(audits.map((audit) => audit.close()));
    await balancer?.close();
    await log.close();
    await folder.release();
  };
  try {
    const pki = await ensurePki(folder.pki, given.clock, owner);
    const schemas = loadSchemas(options.assets);
    masters = makeMasters({
      options,
      folder,
      pki,
      tokens,
      audits,
      nodes: access,
      schemas,
      wire: given.clock,
      lost: () => lost.add(),
    });
    balancer = await startBalancer(options.port, masters);
    const troubles = await startMasters(masters);
    const stopped = new Set<string>();
    const decisions = createDecisionLog(decisionsKept);
    backgrounds = masters.map(
      (master) =>
        new Background({
          ...options,
          master,
          stopped,
          decisions,
          pki,
          schemas,
          trouble,
          lost: () => lost.add(),
        }),
    );
    await prepareCluster(anyMaster(masters), options);
    masters.forEach((master, at) => {
      if (master.node !== undefined) backgrounds[at]?.start();
    });
    const notices: string[] = [];
    disks = await openDisks({ folder: options.folder, owner, clock: given.clock, trouble });
    machines = await startMachines({
      ...options,
      disks,
      transport: anyMaster(masters),
      images: [path.join(options.assets, 'imagenes'), path.join(path.dirname(options.folder), 'imagenes')],
      trouble,
      notice: (text) => {
        if (!notices.includes(text)) notices.push(text);
        if (notices.length > noticesKept) notices.shift();
      },
    });
    access.use(machines);
    const nodes = machines;
    manifests = await watchManifests({
      folder: options.folder,
      nodes: nodeSpecs(options.nodes).map(({ name }) => name),
      schemas,
      owner,
      clock: given.clock,
      set: (node, files) => nodes.setManifests(node, files),
    });
    if (options.nodes > 0)
      endpoints = serveKubernetes({
        masters,
        transport: anyMaster(masters),
        machine: (ip) => nodes.machine(ip),
        clock,
        trouble,
      });
    if (options.nodes > 0 && options.dns !== undefined)
      callOffDns = setUpCoredns(anyMaster(masters), options.dns, clock, trouble);
    const url = `https://127.0.0.1:${balancer.port}`;
    return {
      url,
      port: balancer.port,
      kubeconfig: adminKubeconfig(url, pki),
      troubles,
      stop,
      ...operations({
        options,
        masters,
        backgrounds,
        machines,
        audits,
        decisions,
        stopped,
        notices,
        endpoints,
        realClock: given.clock,
        lost,
        lead,
        log,
        disks,
        manifests,
      }),
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
