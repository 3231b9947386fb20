import {
  type HttpRequest,
  type HttpResponse,
  NetworkError,
  type Reached,
} from '../../../../../network/contract.ts';
import { concat } from '../../process/bytes.ts';
import type { Syscalls } from '../../process/syscalls.ts';

export interface Url {
  readonly scheme: string;
  readonly host: string;
  readonly port: number;
  readonly path: string;
  /** As the `Host` header has it. */
  readonly authority: string;
  readonly user: string | undefined;
}

/** Undefined: no URL. */
export function parseUrl(text: string): Url | undefined {
  const [, scheme = 'http', user, host = '', port, path = ''] =
    /^(?:([a-zA-Z][a-zA-Z0-9+.-]*):\/\/)?(?:([^/@]*)@)?(\[[^\]]*\]|[^:/?#]*)(?::(\d+))?([/?][^#]*)?/.exec(
      text,
    ) ?? [];
  if (host === '') return undefined;
  const lower = scheme.toLowerCase();
  const usual = lower === 'https' ? 443 : 80;
  const number = port === undefined ? usual : Number(port);
  if (number > 65_535) return undefined;
  return {
    scheme: lower,
    host: host.replace(/^\[|\]$/g, ''),
    port: number,
    path: path.startsWith('/') ? path : `/${path}`,
    authority: number === usual ? host : `${host}:${number}`,
    user,
  };
}

/** What TLS agreed on, for whoever wants to see it. */
export interface Agreed {
  readonly protocol: string;
  readonly cipher: string;
  readonly subject: string;
  readonly issuer: string;
  readonly from: string;
  readonly until: string;
  /** As OpenSSL names what is wrong with the certificate; undefined: nothing. */
  readonly wrong: string | undefined;
}

/** What became of an attempt. */
export type Exchange =
  | {
      readonly kind: 'response';
      readonly response: HttpResponse;
      readonly ms: number;
      /** What of the body is still to come, piece by piece; undefined: no more. */
      readonly rest?: () => Promise<Uint8Array | 'broken' | 'late' | undefined>;
      readonly agreed?: Agreed;
    }
  | {
      readonly kind: 'failed';
      /** Of TLS: no handshake (`why`), a certificate that is not believed (`why`), no authority in what was given; nothing was answered. */
      readonly code: NetworkError['code'] | 'TIMEOUT' | 'TLS' | 'CERTIFICATE' | 'BADCA' | 'EMPTY';
      readonly why?: string;
      readonly reached?: Reached;
      readonly address: string;
      readonly ms: number;
      readonly agreed?: Agreed;
    };

/** How long a client waits: until there is a connection, and for all of it. */
export interface Limits {
  readonly connectMs?: number | undefined;
  readonly totalMs?: number | undefined;
}

/** One exchange on the simulated network. */
export async function exchange(
  sys: Syscalls,
  url: Url,
  request: HttpRequest,
  { connectMs, totalMs }: Limits,
): Promise<Exchange> {
  const startMs = sys.now();
  const abort = new AbortController();
  let reached: Reached | undefined;
  const failed = (code: NetworkError['code'] | 'TIMEOUT', address = url.host): Exchange => ({
    kind: 'failed',
    code,
    address,
    ms: sys.now() - startMs,
    ...(reached === undefined ? {} : { reached }),
  });
  return sys.block<Exchange>((done, fail) => {
    let settled = false;
    const limit = (ms: number | undefined) =>
      ms === undefined ? () => undefined : sys.after(ms, () => finish(failed('TIMEOUT')));
    const cancelConnect = limit(connectMs);
    const cancelTotal = limit(totalMs);
    const cancelTimer = () => {
      cancelConnect();
      cancelTotal();
    };
    const running = sys.net.http(url.host, url.port, request, abort.signal, (what) => {
      reached = what;
      if (what === 'connection') cancelConnect();
    });
    const finish = (result: Exchange) => {
      if (settled) return;
      settled = true;
      cancelTimer();
      done(result);
      abort.abort();
    };
    running.then(
      (response) => finish({ kind: 'response', response, ms: sys.now() - startMs }),
      (error: unknown) => {
        if (error instanceof NetworkError) finish(failed(error.code, error.address));
        else if (!settled) fail(error);
      },
    );
    return () => {
      cancelTimer();
      abort.abort();
    };
  });
}

/** With all of its body, as far as it came. */
export async function wholeAnswer({
  response,
  rest,
}: Extract<Exchange, { kind: 'response' }>): Promise<HttpResponse> {
  const parts = [response.body];
  for (let part = await rest?.(); part instanceof Uint8Array; part = await rest?.()) parts.push(part);
  return { ...response, body: concat(parts) };
}
