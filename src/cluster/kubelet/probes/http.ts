import type { HTTPGetAction } from '../../../kube/api/core-v1.ts';
import { goQuote } from '../../../kube/field-error.ts';
import { NetworkError } from '../../network/contract.ts';
import type { KubeletContext } from '../context.ts';
import type { NodeSettings } from '../node/spec.ts';
import type { AnyContainer } from '../pods/pod.ts';

export type HttpOutcome =
  | { readonly kind: 'answered'; readonly status: number; readonly body: string }
  | { readonly kind: 'failed'; readonly message: string };

const redirectsMost = 10;
/** What Go says when a server speaks no TLS. */
export const plainAnswer = 'http: server gave HTTP response to HTTPS client';

/** A named port of the container, or a number. Throws an Error in upstream's words. */
export function portOf(port: number | string, container: AnyContainer): number {
  const named =
    typeof port === 'number' ? port : container.ports?.find(({ name }) => name === port)?.containerPort;
  if (named === undefined && !/^[+-]?\d+$/.test(String(port)))
    throw new Error(`strconv.Atoi: parsing ${goQuote(String(port))}: invalid syntax`);
  const found = named ?? Number(port);
  if (found <= 0 || found >= 65_536) throw new Error(`invalid port number: ${found}`);
  return found;
}

/** What Go's net says of a connection that failed. */
export function dialError({ hostDns }: NodeSettings, host: string, port: number, error: unknown): string {
  const code = error instanceof NetworkError ? error.code : (error as { code?: string }).code;
  const address = `${host}:${port}`;
  if (code === 'ECONNREFUSED') return `dial tcp ${address}: connect: connection refused`;
  if (code === 'EHOSTUNREACH') return `dial tcp ${address}: connect: no route to host`;
  if (code === 'ETIMEDOUT') return `dial tcp ${address}: i/o timeout`;
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') {
    const [server] = hostDns.nameservers;
    return `dial tcp: lookup ${host}${server === undefined ? '' : ` on ${server}:53`}: no such host`;
  }
  if (code === 'ECONNRESET') return 'EOF';
  return error instanceof Error ? error.message : String(error);
}

/** One GET as the kubelet makes it, following redirects on the same host. Mirrors pkg/probe/http. */
export async function httpAsk(
  context: KubeletContext,
  podIp: string,
  port: number,
  action: HTTPGetAction,
  timeoutMs: number,
  agent: string,
): Promise<HttpOutcome> {
  const host = (action.host ?? '') === '' ? podIp : (action.host ?? '');
  const scheme = (action.scheme ?? 'HTTP').toLowerCase();
  const ending = new AbortController();
  const cancel = context.clock.after(timeoutMs, () => ending.abort(new Error('timeout')));
  const aborted = new Promise<never>((_, reject) => {
    ending.signal.addEventListener('abort', () => reject(ending.signal.reason), { once: true });
  });
  aborted.catch(() => undefined);
  let path = (action.path ?? '/').startsWith('/') ? (action.path ?? '/') : `/${action.path}`;
  const url = () => `${scheme}://${host}:${port}${path}`;
  try {
    for (let hop = 0; hop <= redirectsMost; hop++) {
      const answer = await Promise.race([
        context.network
          .host(context.settings.name)
          .http(
            host,
            port,
            { method: 'GET', path, headers: headersOf(action, host, port, agent) },
            ending.signal,
          ),
        aborted,
      ]);
      // What serves here speaks no TLS.
      if (scheme === 'https')
        return {
          kind: 'failed',
          message: `Get "${url()}": ${plainAnswer}`,
        };
      const location = answer.headers['location'];
      const next =
        answer.status >= 300 && answer.status < 400 && location !== undefined && URL.canParse(location, url())
          ? new URL(location, url())
          : undefined;
      // Elsewhere is not followed: the answer counts as it is.
      if (next === undefined || next.hostname !== host)
        return { kind: 'answered', status: answer.status, body: Buffer.from(answer.body).toString() };
      path = `${next.pathname}${next.search}`;
    }
    return { kind: 'failed', message: `Get "${url()}": stopped after ${redirectsMost} redirects` };
  } catch (error) {
    const why = ending.signal.aborted
      ? 'context deadline exceeded (Client.Timeout exceeded while awaiting headers)'
      : dialError(context.settings, host, port, error);
    return { kind: 'failed', message: `Get "${url()}": ${why}` };
  } finally {
    cancel();
  }
}

function headersOf(action: HTTPGetAction, host: string, port: number, agent: string) {
  const headers: { [name: string]: string } = {
    host: `${host}:${port}`,
    'user-agent': `${agent}/1.32`,
    accept: '*/*',
    connection: 'close',
  };
  for (const { name, value } of action.httpHeaders ?? []) headers[name.toLowerCase()] = value;
  return headers;
}
