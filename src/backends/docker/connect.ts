import { access, constants, readFile, stat } from 'node:fs/promises';
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';
import type { Clock } from '../../base/clock.ts';
import type { Unavailable } from '../../checks/backend.ts';
import { advise, type Machine, type Problem } from './advice.ts';
import {
  type BadEndpoint,
  chosenEndpoint,
  defaultEndpoint,
  type Endpoint,
  fallbackEndpoints,
  type Surroundings,
} from './endpoint.ts';
import { type Engine, openEngine } from './engine.ts';
import { negotiate, oldestUsableApi, type Ping, ping } from './ping.ts';

export interface ConnectOptions {
  readonly clock: Clock;
  /** Default: this process's. */
  readonly env?: Surroundings['env'];
  readonly platform?: NodeJS.Platform;
  readonly homeFolder?: string;
  /** Where the client looks when nothing is configured. Default: the platform's. */
  readonly defaultAddress?: string;
  /** For each endpoint tried. Default 2,000 ms. */
  readonly timeoutMs?: number;
}

export type Connected =
  | { readonly ok: true; readonly engine: Engine }
  | { readonly ok: false; readonly unavailable: Unavailable; readonly problem: Problem };

/** Finds an engine the way the docker client does and agrees on an API version. Never throws, never hangs. */
export async function connectDocker(options: ConnectOptions): Promise<Connected> {
  const around: Surroundings = {
    env: options.env ?? process.env,
    platform: options.platform ?? process.platform,
    homeFolder: options.homeFolder ?? homedir(),
    defaultAddress: options.defaultAddress,
  };
  const { clock, timeoutMs = 2_000 } = options;
  const look = (endpoint: Endpoint) => ping(endpoint, clock, timeoutMs);
  const found = await findEngine(around, look);
  if ('problem' in found) {
    return {
      ok: false,
      problem: found.problem,
      unavailable: advise(found.problem, await describeMachine(around)),
    };
  }
  const machine = await describeMachine(around);
  const { endpoint, apiVersion } = found;
  const engine = await openEngine({
    clock,
    endpoint,
    apiVersion,
    explain: (error) => advise(lostConnection(endpoint, error), machine),
  });
  return { ok: true, engine };
}

type Found = { readonly endpoint: Endpoint; readonly apiVersion: string } | { readonly problem: Problem };

async function findEngine(around: Surroundings, look: (endpoint: Endpoint) => Promise<Ping>): Promise<Found> {
  const chosen = await chosenEndpoint(around);
  const byDefault = defaultEndpoint(around);
  const defaultAnswers = async () => (await look(byDefault)).state === 'ok';
  if ('problem' in chosen) return { problem: badEndpoint(chosen) };

  const answer = await look(chosen);
  if (answer.state === 'ok') return agree(chosen, answer);
  if (chosen.source === 'default') {
    for (const endpoint of answer.state === 'absent' ? fallbackEndpoints(around) : []) {
      const other = await look(endpoint);
      if (other.state === 'ok') return agree(endpoint, other);
    }
  } else if (chosen.address !== byDefault.address && answer.state !== 'denied' && (await defaultAnswers())) {
    return { problem: { kind: 'elsewhere', chosenBy: chooser(chosen), address: chosen.address } };
  }
  return { problem: await describeFailure(chosen, answer, around) };
}

function agree(endpoint: Endpoint, answer: Extract<Ping, { state: 'ok' }>): Found {
  const apiVersion = negotiate(answer);
  if (apiVersion !== undefined) return { endpoint, apiVersion };
  return { problem: { kind: 'old', apiVersion: answer.apiVersion, oldestUsable: oldestUsableApi } };
}

function badEndpoint({ problem, source, context, address }: BadEndpoint): Problem {
  if (problem === 'no-such-context') return { kind: 'no-such-context', context };
  return { kind: 'unsupported-address', chosenBy: chooser({ source, context }), address };
}

async function describeFailure(
  endpoint: Endpoint,
  answer: Exclude<Ping, { state: 'ok' }>,
  around: Surroundings,
): Promise<Problem> {
  const { address, context } = endpoint;
  if (answer.state === 'denied') return { kind: 'permission', address };
  if (answer.state === 'silent') return { kind: 'silent', address };
  if (answer.state === 'strange') return { kind: 'strange', address, detail: answer.detail };
  const somethingInstalled = (await isInPath('docker', around)) || (await isInPath('dockerd', around));
  const socketLeft = answer.code === 'ECONNREFUSED';
  if (!somethingInstalled && !socketLeft && endpoint.source === 'default') return { kind: 'missing' };
  return { kind: 'stopped', address, context };
}

function lostConnection({ address, context }: Endpoint, error: unknown): Problem {
  const code = (error as NodeJS.ErrnoException | null)?.code;
  if (code === 'EACCES' || code === 'EPERM') return { kind: 'permission', address };
  return { kind: 'stopped', address, context };
}

function chooser({ source, context }: Pick<Endpoint, 'source' | 'context'>): string {
  return source === 'DOCKER_HOST' ? 'DOCKER_HOST' : `El contexto «${context}» de Docker`;
}

/** Looks at this machine only as much as choosing a remedy needs. */
async function describeMachine(around: Surroundings): Promise<Machine> {
  const { platform, env, homeFolder } = around;
  const release =
    platform === 'linux' ? await readFile('/proc/sys/kernel/osrelease', 'utf8').catch(() => '') : '';
  const wsl = /microsoft/i.test(release);
  return {
    platform,
    wsl,
    systemd: platform === 'linux' && (await exists('/run/systemd/system')),
    desktop: wsl
      ? await exists('/mnt/wsl/docker-desktop')
      : platform !== 'linux' || (await exists(join(homeFolder, '.docker/desktop'))),
    client: await isInPath('docker', { env, platform }),
    root: process.getuid?.() === 0,
  };
}

async function isInPath(
  name: string,
  { env, platform }: Pick<Surroundings, 'env' | 'platform'>,
): Promise<boolean> {
  const folders = (env['PATH'] ?? env['Path'] ?? '').split(delimiter).filter((folder) => folder !== '');
  const file = platform === 'win32' ? `${name}.exe` : name;
  for (const folder of folders) {
    const found = await access(join(folder, file), constants.X_OK).then(
      () => true,
      () => false,
    );
    if (found) return true;
  }
  return false;
}

const exists = (path: string): Promise<boolean> =>
  stat(path).then(
    () => true,
    () => false,
  );
