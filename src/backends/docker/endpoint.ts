import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** What dockerode needs to connect. All keys always present: dockerode fills missing ones from DOCKER_HOST. */
export interface Connection {
  readonly socketPath: string | undefined;
  readonly host: string | undefined;
  readonly port: number | undefined;
  readonly protocol: 'http' | 'https';
  readonly ca: Buffer | undefined;
  readonly cert: Buffer | undefined;
  readonly key: Buffer | undefined;
}

export interface Endpoint {
  /** As DOCKER_HOST would say it: `unix:///var/run/docker.sock`. */
  readonly address: string;
  /** Who chose it. `fallback`: found by us; the docker client would not look there. */
  readonly source: 'DOCKER_HOST' | 'context' | 'default' | 'fallback';
  /** Name of the context, '' when none. */
  readonly context: string;
  readonly connection: Connection;
}

/** Something that names an endpoint which cannot even be tried. */
export interface BadEndpoint {
  readonly source: 'DOCKER_HOST' | 'context';
  readonly context: string;
  readonly problem: 'no-such-context' | 'unsupported-scheme' | 'bad-address';
  readonly address: string;
}

export interface Surroundings {
  readonly env: { readonly [name: string]: string | undefined };
  readonly platform: NodeJS.Platform;
  readonly homeFolder: string;
  /** Where the client looks when nothing is configured. Default: the platform's. */
  readonly defaultAddress?: string | undefined;
}

/**
 * The endpoint the docker client would use, in its order: DOCKER_HOST, DOCKER_CONTEXT, `currentContext`, default.
 * Mirrors `resolveContextName` of docker/cli `cli/command/cli.go`.
 */
export async function chosenEndpoint(around: Surroundings): Promise<Endpoint | BadEndpoint> {
  const { env } = around;
  const hostFromEnv = env['DOCKER_HOST'];
  if (hostFromEnv) {
    const certFolder = env['DOCKER_CERT_PATH'] ?? configFolder(around);
    const tls = env['DOCKER_TLS_VERIFY'] ? certFolder : undefined;
    return parseAddress(hostFromEnv, 'DOCKER_HOST', '', tls);
  }
  const context = env['DOCKER_CONTEXT'] || (await currentContext(around));
  if (context === '' || context === 'default') return defaultEndpoint(around);
  return contextEndpoint(around, context);
}

/** Where the client looks when nothing is configured. */
export function defaultEndpoint({ platform, defaultAddress }: Surroundings): Endpoint {
  const usual = platform === 'win32' ? 'npipe:////./pipe/docker_engine' : 'unix:///var/run/docker.sock';
  return socketEndpoint(defaultAddress ?? usual, 'default');
}

/** Sockets of rootless Docker and Docker Desktop, in case the default one is not there. */
export function fallbackEndpoints({ env, platform, homeFolder }: Surroundings): readonly Endpoint[] {
  if (platform === 'win32') return [socketEndpoint('npipe:////./pipe/dockerDesktopLinuxEngine', 'fallback')];
  const runtimeFolder = env['XDG_RUNTIME_DIR'];
  const paths = [
    ...(runtimeFolder ? [join(runtimeFolder, 'docker.sock')] : []),
    join(homeFolder, '.docker/run/docker.sock'),
    join(homeFolder, '.docker/desktop/docker.sock'),
  ];
  return paths.map((path) => socketEndpoint(`unix://${path}`, 'fallback'));
}

/** What the `docker` command needs in its environment to reach the same engine: nothing, unless we found it for it. */
export function clientEnvironment({ source, address }: Endpoint): { readonly [name: string]: string } {
  return source === 'fallback' ? { DOCKER_HOST: address } : {};
}

/** Understands what DOCKER_HOST may hold. `certFolder` turns TLS on. */
async function parseAddress(
  address: string,
  source: 'DOCKER_HOST' | 'context',
  context: string,
  certFolder: string | undefined,
): Promise<Endpoint | BadEndpoint> {
  const [, scheme = 'tcp', rest = address] = /^([a-z]+):\/\/(.*)$/i.exec(address) ?? [];
  const bad = (problem: BadEndpoint['problem']): BadEndpoint => ({ source, context, problem, address });
  if (scheme === 'unix' || scheme === 'npipe') {
    return rest === '' ? bad('bad-address') : socketEndpoint(address, source, context);
  }
  if (scheme !== 'tcp' && scheme !== 'http' && scheme !== 'https') return bad('unsupported-scheme');
  const secure = certFolder !== undefined || scheme === 'https';
  const url = URL.canParse(`http://${rest}`) ? new URL(`http://${rest}`) : undefined;
  if (url === undefined || url.hostname === '') return bad('bad-address');
  const pem = async (name: string) =>
    certFolder === undefined ? undefined : readFile(join(certFolder, name)).catch(() => undefined);
  return {
    address,
    source,
    context,
    connection: {
      socketPath: undefined,
      host: url.hostname,
      port: url.port === '' ? (secure ? 2376 : 2375) : Number(url.port),
      protocol: secure ? 'https' : 'http',
      ca: await pem('ca.pem'),
      cert: await pem('cert.pem'),
      key: await pem('key.pem'),
    },
  };
}

function socketEndpoint(address: string, source: Endpoint['source'], context = ''): Endpoint {
  return {
    address,
    source,
    context,
    connection: {
      socketPath: address.replace(/^(unix|npipe):\/\//, ''),
      host: undefined,
      port: undefined,
      protocol: 'http',
      ca: undefined,
      cert: undefined,
      key: undefined,
    },
  };
}

function configFolder({ env, homeFolder }: Surroundings): string {
  return env['DOCKER_CONFIG'] || join(homeFolder, '.docker');
}

async function currentContext(around: Surroundings): Promise<string> {
  const config = await readJson(join(configFolder(around), 'config.json'));
  const name = config?.['currentContext'];
  return typeof name === 'string' ? name : '';
}

/** Contexts live under the SHA-256 of their name (docker/cli `cli/context/store/metadatastore.go`). */
async function contextEndpoint(around: Surroundings, context: string): Promise<Endpoint | BadEndpoint> {
  const id = createHash('sha256').update(context).digest('hex');
  const folder = join(configFolder(around), 'contexts');
  const meta = await readJson(join(folder, 'meta', id, 'meta.json'));
  const endpoints = meta?.['Endpoints'] as { docker?: { Host?: unknown } } | undefined;
  const host = endpoints?.docker?.Host;
  if (typeof host !== 'string' || host === '') {
    return { source: 'context', context, problem: 'no-such-context', address: '' };
  }
  const certFolder = join(folder, 'tls', id, 'docker');
  const hasTls = await readFile(join(certFolder, 'ca.pem')).then(
    () => true,
    () => false,
  );
  return parseAddress(host, 'context', context, hasTls ? certFolder : undefined);
}

async function readJson(path: string): Promise<{ readonly [key: string]: unknown } | undefined> {
  try {
    const value: unknown = JSON.parse(await readFile(path, 'utf8'));
    return typeof value === 'object' && value !== null ? (value as { [key: string]: unknown }) : undefined;
  } catch {
    return undefined; // like the client: no configuration is the default one
  }
}
