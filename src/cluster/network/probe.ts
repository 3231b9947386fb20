import type { Clock } from '../../base/clock.ts';
import { parseIP } from '../../kube/ip.ts';
import type { Attachment } from './attachment.ts';
import { type DnsAnswer, type HttpResponse, NetworkError } from './contract.ts';
import type { Route, Router, RouteStep } from './router.ts';
import type { Traffic } from './traffic.ts';

/** One HTTP request from inside a Pod, with everything that happened to it on the way. */
export interface ProbeReport {
  readonly from: { readonly ip: string; readonly node: string };
  /** Host and port that the URL means. */
  readonly host: string;
  readonly port: number;
  /** Undefined: the URL has an address. */
  readonly name:
    | { readonly answer: DnsAnswer | undefined; readonly code: NetworkError['code'] | undefined }
    | undefined;
  /** Each address that was tried, in order; the last one decides. */
  readonly tries: readonly {
    readonly address: string;
    readonly steps: readonly RouteStep[];
    readonly ended: Route['kind'];
    /** Who the other side thought was asking, when it got there. */
    readonly seenAs: string | undefined;
  }[];
  readonly result:
    | { readonly kind: 'answered'; readonly response: HttpResponse }
    | { readonly kind: 'failed'; readonly code: NetworkError['code']; readonly message: string };
  /** On the cluster's clock. */
  readonly tookMs: number;
}

/** What cannot be asked: `why` for the learner. */
export class ProbeRefused extends Error {
  readonly why: 'no such Pod' | 'no URL' | 'only http';
  constructor(why: ProbeRefused['why'], what: string) {
    super(`${why}: ${what}`);
    this.why = why;
  }
}

/** `http://` may be left out. Throws `ProbeRefused`. */
export function parseProbeUrl(text: string): {
  readonly host: string;
  readonly port: number;
  readonly path: string;
} {
  const whole = /^[a-z][a-z0-9+.-]*:\/\//i.test(text) ? text : `http://${text}`;
  if (!URL.canParse(whole)) throw new ProbeRefused('no URL', text);
  const { protocol, hostname, port, pathname, search } = new URL(whole);
  if (protocol !== 'http:') throw new ProbeRefused('only http', text);
  if (hostname === '') throw new ProbeRefused('no URL', text);
  return { host: hostname, port: port === '' ? 80 : Number(port), path: `${pathname}${search}` };
}

/** Rejects only with the signal's reason. A host that does not answer fails after `timeoutMs` on the clock. */
export async function probe(
  parts: { readonly router: Router; readonly traffic: Traffic; readonly clock: Clock },
  from: Attachment,
  target: ReturnType<typeof parseProbeUrl>,
  options: { readonly timeoutMs: number; readonly signal?: AbortSignal },
): Promise<ProbeReport> {
  const { router, traffic, clock } = parts;
  options.signal?.throwIfAborted();
  const startMs = clock.now();
  const tries: ProbeReport['tries'][number][] = [];
  let name: ProbeReport['name'];
  const report = (result: ProbeReport['result']): ProbeReport => ({
    from: { ip: from.ip, node: from.namespace.node ?? '' },
    host: target.host,
    port: target.port,
    name,
    tries,
    result,
    tookMs: clock.now() - startMs,
  });
  const late = new AbortController();
  const abort = () => late.abort(options.signal?.reason);
  options.signal?.addEventListener('abort', abort, { once: true });
  const timedOut = new NetworkError('ETIMEDOUT', `${target.host}:${target.port}`);
  const cancel = clock.after(options.timeoutMs, () => late.abort(timedOut));
  try {
    let ips: readonly string[] = [target.host === 'localhost' ? '127.0.0.1' : target.host];
    if (parseIP(ips[0] ?? '') === undefined) {
      name = { answer: undefined, code: undefined };
      const answer = await orAborted(from.resolve(target.host), late.signal).catch((error: unknown) => {
        name = { answer: undefined, code: error instanceof NetworkError ? error.code : 'EAI_AGAIN' };
        throw error;
      });
      name = { answer, code: undefined };
      ips = answer.values;
    }
    let failure: unknown;
    for (const ip of ips) {
      const route = router.route(from, 'TCP', ip, target.port);
      const seenAs = route.kind === 'arrived' ? route.peerIp : undefined;
      tries.push({ address: `${ip}:${target.port}`, steps: route.steps, ended: route.kind, seenAs });
      try {
        const arrival = await traffic.arrive(from, route, late.signal);
        const headers = { host: hostHeader(target), 'user-agent': 'curso', accept: '*/*' };
        const request = { method: 'GET', path: target.path, headers };
        const response = await traffic.exchange(from, arrival, request, late.signal);
        return report({ kind: 'answered', response });
      } catch (error) {
        failure = error;
        if (route.kind === 'arrived' || late.signal.aborted) break;
      }
    }
    throw failure;
  } catch (error) {
    if (options.signal?.aborted) throw options.signal.reason;
    if (!(error instanceof NetworkError)) throw error;
    return report({ kind: 'failed', code: error.code, message: error.message });
  } finally {
    cancel();
    options.signal?.removeEventListener('abort', abort);
  }
}

function hostHeader({ host, port }: { readonly host: string; readonly port: number }): string {
  return port === 80 ? host : `${host}:${port}`;
}

function orAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
    promise.then(resolve, reject);
  });
}
