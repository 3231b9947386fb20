import type { Pod, ProjectedVolumeSource } from '../../../kube/api/core-v1.ts';
import type { KubeletContext } from '../context.ts';
import type { IssuedToken } from '../objects.ts';
import { specOf } from '../pods/pod.ts';
import type { PodAddresses } from '../runtime/downward.ts';
import { configMapPayload, downwardPayload, type Payload, secretPayload } from './payload.ts';

const defaultMode = 0o644;
const defaultTokenSeconds = 3600;
const longestMs = 24 * 3600 * 1000;

/** Tokens of one Pod, asked for anew when 80 % of their life, or a day, is over. Mirrors pkg/kubelet/token. */
export class TokenCache {
  readonly #tokens = new Map<string, { readonly issued: IssuedToken; readonly renewMs: number }>();

  async get(
    context: KubeletContext,
    pod: Pod,
    audience: string | undefined,
    seconds: number,
  ): Promise<string> {
    const key = `${audience ?? ''}/${seconds}`;
    const nowMs = context.clock.now();
    const known = this.#tokens.get(key);
    if (known !== undefined && nowMs < known.renewMs) return known.issued.token;
    const issued = await context.objects.token(pod, audience, seconds);
    const lifeMs = issued.expiresMs - nowMs;
    this.#tokens.set(key, { issued, renewMs: nowMs + Math.min(lifeMs * 0.8, longestMs) });
    return issued.token;
  }
}

/** Mirrors pkg/volume/projected. */
export async function projectedPayload(
  context: KubeletContext,
  pod: Pod,
  source: ProjectedVolumeSource,
  tokens: TokenCache,
  addresses: PodAddresses,
): Promise<Payload> {
  const payload: Payload = new Map();
  const mode = source.defaultMode ?? defaultMode;
  const problems: string[] = [];
  for (const one of source.sources ?? []) {
    try {
      for (const [path, file] of await sourcePayload(context, pod, one, mode, tokens, addresses))
        payload.set(path, file);
    } catch (error) {
      problems.push(error instanceof Error ? error.message : String(error));
    }
  }
  if (problems.length > 0) throw new Error(problems.length === 1 ? problems[0] : `[${problems.join(', ')}]`);
  return payload;
}

type Projection = NonNullable<ProjectedVolumeSource['sources']>[number];

async function sourcePayload(
  context: KubeletContext,
  pod: Pod,
  one: Projection,
  mode: number,
  tokens: TokenCache,
  addresses: PodAddresses,
): Promise<Payload> {
  if (one.configMap !== undefined)
    return configMapPayload(context, pod, one.configMap.name ?? '', one.configMap, mode);
  if (one.secret !== undefined) return secretPayload(context, pod, one.secret.name ?? '', one.secret, mode);
  if (one.downwardAPI !== undefined)
    return downwardPayload(context, pod, one.downwardAPI.items ?? [], mode, addresses);
  if (one.serviceAccountToken === undefined) return new Map();
  const { audience, expirationSeconds = defaultTokenSeconds, path } = one.serviceAccountToken;
  const token = await tokens.get(context, pod, audience, expirationSeconds);
  const shared = specOf(pod).securityContext?.fsGroup !== undefined;
  return new Map([[path, { bytes: token, mode: shared ? 0o600 : mode }]]);
}
