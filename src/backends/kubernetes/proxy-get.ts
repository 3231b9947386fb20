import type { KubeView } from '../../checks/backend.ts';
import type { KubeClient } from '../../kube/client.ts';
import { StatusError } from '../../kube/status.ts';

type Target = Parameters<KubeView['http']>[0];
type Answer = Awaited<ReturnType<KubeView['http']>>;

/** A GET to a Service, Pod or node through the API server. What its program answers is an answer, also a 404. */
export async function proxyGet(
  client: KubeClient,
  { kind, namespace, name, port, path }: Target,
): Promise<Answer> {
  const target = port === '' ? name : `${name}:${port}`;
  const home = kind === 'node' ? '' : `namespaces/${namespace}/`;
  const url = `/api/v1/${home}${kind}s/${encodeURIComponent(target)}/proxy/${path.replace(/^\//, '')}`;
  const { status, text } = await client.text('GET', url);
  const refusal = status >= 400 ? refusalOf(text) : undefined;
  if (refusal === undefined) return { ok: true, status, body: text };
  if (refusal.code === 401 || refusal.code === 403) throw new StatusError(refusal);
  return { ok: false, why: refusal.message ?? '' };
}

/** The API server itself speaks: a Status of Kubernetes, not what the program said. */
function refusalOf(text: string): StatusError['status'] | undefined {
  try {
    const answer = JSON.parse(text) as StatusError['status'];
    return answer.kind === 'Status' && answer.apiVersion === 'v1' ? answer : undefined;
  } catch {
    return undefined;
  }
}
