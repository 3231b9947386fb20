import type { Clock } from '../../base/clock.ts';
import { runBounded } from '../../base/process.ts';
import { type ExecPlugin, KubeconfigProblem } from './kubeconfig.ts';

export interface ExecCredential {
  readonly token?: string;
  readonly certificate?: string;
  readonly key?: string;
}

const timeoutMs = 30_000;
/** A credential that says nothing of its end is asked for again after this. */
const keptMs = 10 * 60_000;

/** Asks the plugin, and again when what it gave has run out. Mirrors client-go/plugin/pkg/client/auth/exec. */
export function execCredentials(plugin: ExecPlugin, clock: Clock): () => Promise<ExecCredential> {
  let kept: { readonly credential: Promise<ExecCredential>; untilMs: number } | undefined;
  return () => {
    if (kept === undefined || clock.now() >= kept.untilMs) {
      const fresh = { untilMs: clock.now() + keptMs, credential: Promise.resolve<ExecCredential>({}) };
      fresh.credential = ask(plugin).then(({ credential, expiresMs }) => {
        if (expiresMs !== undefined) fresh.untilMs = expiresMs;
        return credential;
      });
      fresh.credential.catch(() => {
        if (kept === fresh) kept = undefined;
      });
      kept = fresh;
    }
    return kept.credential;
  };
}

async function ask(
  plugin: ExecPlugin,
): Promise<{ readonly credential: ExecCredential; readonly expiresMs: number | undefined }> {
  const info = JSON.stringify({
    apiVersion: plugin.apiVersion,
    kind: 'ExecCredential',
    spec: { interactive: false },
  });
  const done = await runBounded([plugin.command, ...plugin.args], {
    timeoutMs,
    maxBytes: 1024 * 1024,
    env: { ...plugin.env, KUBERNETES_EXEC_INFO: info },
  });
  if (done.missing)
    throw new KubeconfigProblem(
      `El kubeconfig pide el programa \`${plugin.command}\` para identificarse, y no está en este equipo.`,
      'Instálalo: viene con las herramientas de tu proveedor.',
    );
  if (done.exitCode !== 0)
    throw new KubeconfigProblem(
      `\`${plugin.command}\` no dio ninguna credencial${done.timedOut ? ' en 30 s' : ''}: ${done.stderr.trim().slice(0, 300)}`,
      'Pruébalo tú con `kubectl get namespaces`.',
    );
  const status = statusOf(done.stdout);
  if (status === undefined)
    throw new KubeconfigProblem(
      `\`${plugin.command}\` no contestó un ExecCredential.`,
      'Pruébalo tú con `kubectl get namespaces`.',
    );
  const expires = Date.parse(status['expirationTimestamp'] ?? '');
  return {
    credential: {
      ...(status['token'] === undefined ? {} : { token: status['token'] }),
      ...(status['clientCertificateData'] === undefined
        ? {}
        : { certificate: status['clientCertificateData'] }),
      ...(status['clientKeyData'] === undefined ? {} : { key: status['clientKeyData'] }),
    },
    expiresMs: Number.isNaN(expires) ? undefined : expires,
  };
}

function statusOf(text: string): { readonly [key: string]: string } | undefined {
  try {
    const { status } = JSON.parse(text) as { status?: { [key: string]: unknown } };
    if (status === undefined || status === null) return undefined;
    return Object.fromEntries(
      Object.entries(status).filter((entry): entry is [string, string] => typeof entry[1] === 'string'),
    );
  } catch {
    return undefined;
  }
}
