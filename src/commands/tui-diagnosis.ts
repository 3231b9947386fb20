import { connectDocker } from '../backends/docker/connect.ts';
import type { StatusLight, SystemStatus } from '../course/session/state.ts';
import type { CommandSession } from './command.ts';
import { findBuiltin } from './services/builtin-cluster.ts';
import { diagnose, diagnosisLines, saveDiagnosis } from './services/diagnosis.ts';
import type { Services } from './services/open.ts';

/** The lights of the home: what this machine offers for exercises. Looks only. Rejects only for bugs. */
export async function probeStatus(services: Services, session: CommandSession): Promise<SystemStatus> {
  const [docker, linux, cluster] = await Promise.all([
    dockerLight(session),
    linuxLight(services, session),
    clusterLight(session),
  ]);
  return { docker, linux, cluster };
}

async function clusterLight(session: CommandSession): Promise<StatusLight> {
  const found = await findBuiltin(session);
  if (!found.ok) return { state: 'missing', label: shortReason(found.unavailable.reason) };
  const status = await found.control.status().catch(() => undefined);
  if (status === undefined) return { state: 'missing', label: 'no responde' };
  const ready = status.nodes.filter((node) => node.ready).length;
  return { state: 'ready', label: `${ready}/${status.nodes.length}` };
}

/** The whole diagnosis, kept where lessons look for it, as `curso doctor` does. */
export async function diagnosisText(services: Services, session: CommandSession): Promise<readonly string[]> {
  const diagnosis = await diagnose(session);
  const unsaved = await saveDiagnosis(diagnosis, session, services.catalog, services.attempts);
  return [...diagnosisLines(diagnosis), ...unsaved];
}

async function dockerLight({ clock, env }: CommandSession): Promise<StatusLight> {
  const connected = await connectDocker({ clock, env });
  if (!connected.ok) return { state: 'missing', label: shortReason(connected.unavailable.reason) };
  const answer = await connected.engine.json('/version').catch(() => undefined);
  const version =
    typeof answer === 'object' && answer !== null && 'Version' in answer ? String(answer['Version']) : '';
  return { state: 'ready', label: /^\d+\.\d+/.exec(version)?.[0] ?? '' };
}

async function linuxLight(services: Services, { signal }: CommandSession): Promise<StatusLight> {
  const { facts } = await services.chooseWorld({ world: 'linux' }, signal);
  const { linux } = facts.missing;
  if (linux) return { state: 'missing', label: shortReason(linux.reason) };
  const where = { root: 'root', userns: 'userns', station: 'estación', simulated: 'simulado', none: '' }[
    facts.rung
  ];
  return { state: 'ready', label: `${where} · ${facts.cgroup === 'hibrido' ? 'híbrido' : facts.cgroup}` };
}

function shortReason(reason: string): string {
  if (reason.endsWith('stopped')) return 'parado';
  if (reason.endsWith('permission') || reason.endsWith('restricted')) return 'sin permiso';
  if (reason.endsWith('context')) return 'otro contexto';
  return reason.endsWith('missing') ? 'no hay' : 'no responde';
}
