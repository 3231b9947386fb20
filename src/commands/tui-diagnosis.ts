import type { SystemStatus } from '../course/session/state.ts';
import type { CommandSession } from './command.ts';
import type { Services } from './services/open.ts';

/** The two lights of the home: what this machine offers for exercises. Never rejects for what is missing. */
export async function probeStatus(services: Services, signal: AbortSignal): Promise<SystemStatus> {
  const [docker, linux] = await Promise.all([
    services.chooseWorld({ world: 'docker' }, signal),
    services.chooseWorld({ world: 'linux' }, signal),
  ]);
  const noDocker = docker.facts.missing.docker;
  const noLinux = linux.facts.missing.linux;
  return {
    docker: noDocker
      ? { state: 'missing', label: shortReason(noDocker.reason) }
      : { state: 'ready', label: 'listo' },
    linux: noLinux
      ? { state: 'missing', label: shortReason(noLinux.reason) }
      : { state: 'ready', label: `${linux.facts.rung} ${linux.facts.cgroup}` },
  };
}

function shortReason(reason: string): string {
  if (reason.endsWith('stopped')) return 'parado';
  if (reason.endsWith('permission')) return 'sin permiso';
  return 'no hay';
}

export async function diagnosisLines(session: CommandSession): Promise<readonly string[]> {
  const { diagnose, diagnosisLines: linesOf } = await import('./services/diagnosis.ts');
  return linesOf(await diagnose(session));
}
