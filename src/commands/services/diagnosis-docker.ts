import { connectDocker } from '../../backends/docker/connect.ts';
import { compareVersions } from '../../backends/docker/ping.ts';
import type { Json, JsonObject } from '../../base/json.ts';
import { runBounded } from '../../base/process.ts';
import { cleanLine } from '../../base/text.ts';
import type { CommandSession } from '../command.ts';
import type { DiagnosisItem } from './diagnosis-item.ts';

export interface DockerDiagnosis {
  readonly ready: boolean;
  /** Short, for a status line: «29.1», «parado», «sin permiso». */
  readonly label: string;
  readonly items: readonly DiagnosisItem[];
  /** `listo`, `razon`, `version`, `api`, `desktop`, `rootless`, `contexto`. */
  readonly facts: JsonObject;
}

/** Engine, context, negotiated API, Desktop or rootless, and Compose. */
export async function diagnoseDocker({ clock, env, signal }: CommandSession): Promise<DockerDiagnosis> {
  const [connected, compose] = await Promise.all([
    connectDocker({ clock, env }),
    runBounded(['docker', 'compose', 'version', '--short'], { timeoutMs: 4_000, signal }),
  ]);
  if (!connected.ok) {
    const { reason, why, next } = connected.unavailable;
    return {
      ready: false,
      label: labels[reason] ?? 'no responde',
      items: [{ id: 'docker', title: 'Docker', state: 'missing', detail: why, remedy: next }],
      facts: {
        listo: false,
        razon: reason,
        porque: why,
        version: '',
        api: '',
        desktop: false,
        rootless: false,
        contexto: '',
      },
    };
  }
  const { engine } = connected;
  const [versionAnswer, infoAnswer] = await Promise.all([
    engine.json('/version').catch(() => undefined),
    engine.json('/info').catch(() => undefined),
  ]);
  const version = text(versionAnswer, 'Version');
  const system = text(infoAnswer, 'OperatingSystem');
  const options = field(infoAnswer, 'SecurityOptions');
  const rootless = Array.isArray(options) && options.some((option) => String(option).includes('rootless'));
  const desktop = /docker desktop/i.test(system);
  const context = engine.endpoint.context;
  const newest = text(versionAnswer, 'ApiVersion');
  const api =
    newest !== '' && compareVersions(newest, engine.apiVersion) !== 0
      ? `${engine.apiVersion} (ofrece ${newest})`
      : engine.apiVersion;
  const kind = [desktop ? 'Docker Desktop' : 'motor propio', ...(rootless ? ['rootless'] : [])].join(', ');
  const composeVersion = compose.exitCode === 0 ? cleanLine(compose.stdout).slice(0, 40) : '';
  return {
    ready: true,
    label: version.split('.').slice(0, 2).join('.'),
    items: [
      {
        id: 'docker',
        title: 'Docker',
        state: 'good',
        detail: `${version}, API ${api}, ${kind}, ${context === '' ? '' : `contexto ${context}, `}cgroup v${text(infoAnswer, 'CgroupVersion') || '?'}`,
        remedy: '',
      },
      composeVersion === ''
        ? {
            id: 'compose',
            title: 'Compose',
            state: 'missing',
            detail: compose.missing
              ? 'falta la orden `docker`'
              : 'falta `docker compose`; lo pide la lección 2.4',
            remedy: compose.missing
              ? 'Instala el cliente: en Debian y Ubuntu, `sudo apt install docker-cli docker-compose`.'
              : 'En Debian y Ubuntu: `sudo apt install docker-compose-plugin` (o `docker-compose-v2`).',
          }
        : { id: 'compose', title: 'Compose', state: 'good', detail: composeVersion, remedy: '' },
    ],
    facts: {
      listo: true,
      razon: '',
      porque: '',
      version,
      api: engine.apiVersion,
      desktop,
      rootless,
      contexto: context,
      compose: composeVersion,
    },
  };
}

const labels: { readonly [reason: string]: string } = {
  'docker-missing': 'no está',
  'docker-stopped': 'parado',
  'docker-permission': 'sin permiso',
  'docker-context': 'otro contexto',
  'docker-api-old': 'muy antiguo',
};

function field(value: Json | undefined, name: string): Json | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as JsonObject)[name]
    : undefined;
}

function text(value: Json | undefined, name: string): string {
  const found = field(value, name);
  return typeof found === 'string' ? cleanLine(found).slice(0, 80) : '';
}
