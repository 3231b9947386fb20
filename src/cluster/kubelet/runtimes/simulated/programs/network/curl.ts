import type { HttpResponse, Reached } from '../../../../../network/contract.ts';
import { Errno } from '../../fs/errno.ts';
import { toBytes, toText } from '../../process/bytes.ts';
import type { Syscalls } from '../../process/syscalls.ts';
import { readAll } from '../kit.ts';
import { statusTexts } from '../servers/serve.ts';
import { hostsEntry } from './addresses.ts';
import { type Options, parse } from './curl-options.ts';
import { agreedText, tlsFailure, trustOf } from './curl-tls.ts';
import { type Exchange, exchange, parseUrl, type Url } from './http.ts';
import { exchangeSecurely } from './secure.ts';

/** curl 8. */
export async function curl(sys: Syscalls): Promise<number> {
  const options = parse(sys.args.slice(1));
  if (typeof options === 'string') {
    await sys.err(`curl: ${options}\ncurl: try 'curl --help' or 'curl --manual' for more information\n`);
    return 2;
  }
  if (options.flags.has('--version') || options.flags.has('-V')) {
    await sys.out('curl 8.16.0 (x86_64-pc-linux-musl) libcurl/8.16.0\nProtocols: file http https\n');
    return 0;
  }
  if (options.urls.length === 0) {
    await sys.err(
      "curl: (2) no URL specified\ncurl: try 'curl --help' or 'curl --manual' for more information\n",
    );
    return 2;
  }
  let code = 0;
  for (const url of options.urls.flatMap(expandRange)) {
    const tries = 1 + Math.min(100, Number(options.flags.get('--retry') ?? 0));
    for (let attempt = 0; attempt < tries; attempt++) {
      if (attempt > 0) await sys.sleep(Number(options.flags.get('--retry-delay') ?? 1) * 1000);
      code = await one(sys, url, options);
      const again =
        code === 28 ||
        code === 6 ||
        (code === 7 && (options.flags.has('--retry-connrefused') || options.flags.has('--retry-all-errors')));
      if (!again) break;
    }
  }
  return code;
}

/** `http://x/[1-3]` */
function expandRange(url: string): string[] {
  const [whole, from, to] = /\[(\d+)-(\d+)\]/.exec(url) ?? [];
  if (whole === undefined) return [url];
  const count = Math.min(1000, Number(to) - Number(from) + 1);
  return Array.from({ length: Math.max(0, count) }, (_, n) => url.replace(whole, String(Number(from) + n)));
}

async function one(sys: Syscalls, text: string, options: Options): Promise<number> {
  const { flags } = options;
  let url = parseUrl(text);
  if (url === undefined) return failed(sys, options, 3, 'URL rejected: No host part in the URL');
  if (url.scheme !== 'http' && url.scheme !== 'https')
    return failed(sys, options, 1, `Protocol "${url.scheme}" not supported`);
  const trust = trustOf(sys, options);
  if ('code' in trust) return failed(sys, options, trust.code, trust.text, url);
  const timeoutMs = (flag: string) => (flags.has(flag) ? Number(flags.get(flag)) * 1000 : undefined);
  const [totalMs, connectMs] = [timeoutMs('-m'), timeoutMs('--connect-timeout') ?? 300_000];
  const startMs = sys.now();
  for (let redirects = 0; ; redirects++) {
    const request = await requestFor(sys, url, options);
    if (flags.has('-v'))
      await sys.err(`* Host ${url.host}:${url.port} was resolved.\n*   Trying ${url.host}:${url.port}...\n`);
    const host = options.resolve.get(`${url.host}:${url.port}`) ?? hostsEntry(sys, url.host) ?? url.host;
    const result: Exchange =
      url.scheme === 'https'
        ? await exchangeSecurely(sys, url, host, request, trust, { totalMs, connectMs })
        : await exchange(sys, { ...url, host }, request, { totalMs, connectMs });
    if (flags.has('-v') && result.agreed !== undefined)
      await sys.err(agreedText(result.agreed, url, options));
    if (result.kind === 'failed') {
      const problem = tlsFailure(result, url, options);
      if (problem !== undefined) return failed(sys, options, problem.code, problem.text, url);
      return connectFailure(sys, options, result, url);
    }
    const response: HttpResponse = result.response;
    if (flags.has('-v')) await verbose(sys, url, request, response.status, response.headers);
    const location: string | undefined = response.headers['location'];
    if (flags.has('-L') && response.status >= 300 && response.status < 400 && location !== undefined) {
      if (redirects >= 50) return failed(sys, options, 47, 'Maximum (50) redirects followed');
      url =
        parseUrl(location.startsWith('/') ? `${url.scheme}://${url.authority}${location}` : location) ?? url;
      continue;
    }
    const shown = headText(response.status, response.headers);
    if (flags.has('-f') && response.status >= 400) {
      await writeOut(sys, options, response.status, 0, startMs, url);
      return failed(sys, options, 22, `The requested URL returned error: ${response.status}`);
    }
    const told = { size: 0, late: false, broken: false };
    const parts = async function* () {
      if (flags.has('-i') || flags.has('-I')) yield toBytes(shown);
      if (flags.has('-I')) return;
      for (let part: Uint8Array | string | undefined = response.body; part !== undefined; ) {
        if (typeof part === 'string') {
          told[part === 'late' ? 'late' : 'broken'] = true;
          return;
        }
        told.size += part.byteLength;
        yield part;
        part = await result.rest?.();
      }
    };
    const code = await deliver(sys, options, url, parts());
    await writeOut(sys, options, response.status, told.size, startMs, url);
    if (told.broken) return failed(sys, options, 56, 'Recv failure: Connection reset by peer');
    if (!told.late) return code;
    const ms = Math.round(sys.now() - startMs);
    return failed(
      sys,
      options,
      28,
      `Operation timed out after ${ms} milliseconds with ${told.size} bytes received`,
    );
  }
}

async function requestFor(sys: Syscalls, url: Url, options: Options) {
  const { flags, headers, data } = options;
  const pieces: string[] = [];
  for (const piece of data) {
    if (!piece.startsWith('@')) pieces.push(piece);
    else if (piece === '@-') pieces.push(toText(await readAll(sys)));
    else pieces.push(sys.files.exists(piece.slice(1)) ? sys.files.readText(piece.slice(1)) : '');
  }
  const body = pieces.length === 0 || flags.has('-G') ? undefined : toBytes(pieces.join('&'));
  const user = flags.get('-u') ?? url.user;
  return {
    method: flags.get('-X') ?? (flags.has('-I') ? 'HEAD' : body === undefined ? 'GET' : 'POST'),
    path:
      flags.has('-G') && pieces.length > 0
        ? `${url.path}${url.path.includes('?') ? '&' : '?'}${pieces.join('&')}`
        : url.path,
    headers: {
      host: url.authority,
      'user-agent': flags.get('-A') ?? 'curl/8.16.0',
      accept: '*/*',
      ...(user === undefined ? {} : { authorization: `Basic ${Buffer.from(user).toString('base64')}` }),
      ...(body === undefined
        ? {}
        : { 'content-length': String(body.byteLength), 'content-type': 'application/x-www-form-urlencoded' }),
      ...headers,
    },
    ...(body === undefined ? {} : { body }),
  };
}

async function deliver(
  sys: Syscalls,
  options: Options,
  url: Url,
  parts: AsyncIterable<Uint8Array>,
): Promise<number> {
  const name = options.flags.has('-O')
    ? (url.path.split('?')[0]?.split('/').at(-1) ?? '')
    : options.flags.get('-o');
  if (options.flags.has('-O') && name === '')
    return failed(sys, options, 23, 'Remote file name has no length');
  try {
    if (name === undefined || name === '-') {
      for await (const part of parts) await sys.out(part);
      return 0;
    }
    const fd = sys.open(name, { write: true, create: true, truncate: true });
    for await (const part of parts) await sys.write(fd, part);
    sys.close(fd);
    return 0;
  } catch (error) {
    if (!(error instanceof Errno)) throw error;
    return failed(sys, options, 23, `Failure writing output to destination`);
  }
}

function connectFailure(
  sys: Syscalls,
  options: Options,
  { code, ms, reached }: Extract<Exchange, { kind: 'failed' }>,
  url: Url,
): Promise<number> {
  const at = `Failed to connect to ${url.host} port ${url.port} after ${Math.round(ms)} ms: `;
  switch (code) {
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return failed(sys, options, 6, `Could not resolve host: ${url.host}`, url);
    case 'TIMEOUT':
      return failed(sys, options, 28, lateText(Math.round(ms), reached), url);
    case 'ETIMEDOUT':
      return failed(sys, options, 28, `${at}Could not connect to server`, url);
    case 'ECONNRESET':
      return failed(sys, options, 56, 'Recv failure: Connection reset by peer', url);
    case 'EHOSTUNREACH':
      return failed(sys, options, 7, `${at}Could not connect to server`, url);
    default:
      return failed(sys, options, 7, `${at}Could not connect to server`, url);
  }
}

function lateText(ms: number, reached: Reached | undefined): string {
  switch (reached) {
    case undefined:
      return `Resolving timed out after ${ms} milliseconds`;
    case 'name':
      return `Connection timed out after ${ms} milliseconds`;
    case 'connection':
      return `Operation timed out after ${ms} milliseconds with 0 bytes received`;
  }
}

async function failed(
  sys: Syscalls,
  options: Options,
  code: number,
  text: string,
  url?: Url,
): Promise<number> {
  if (url !== undefined) await writeOut(sys, options, 0, 0, sys.now(), url);
  if (!options.flags.has('-s') || options.flags.has('-S')) await sys.err(`curl: (${code}) ${text}\n`);
  return code;
}

async function writeOut(
  sys: Syscalls,
  options: Options,
  status: number,
  size: number,
  startMs: number,
  url: Url,
): Promise<void> {
  const format = options.flags.get('-w');
  if (format === undefined) return;
  const seconds = ((sys.now() - startMs) / 1000).toFixed(6);
  const values: { readonly [name: string]: string } = {
    http_code: String(status).padStart(3, '0'),
    response_code: String(status).padStart(3, '0'),
    size_download: String(size),
    time_total: seconds,
    time_connect: '0.000300',
    time_namelookup: '0.000200',
    time_starttransfer: seconds,
    remote_ip: url.host,
    remote_port: String(url.port),
    url_effective: `${url.scheme}://${url.authority}${url.path}`,
    num_redirects: '0',
    http_version: '1.1',
    exitcode: '0',
    content_type: 'text/html',
  };
  const text = format.replace(/%\{(\w+)\}/g, (_, name: string) => values[name] ?? '');
  await sys.out(text.replaceAll('\\n', '\n').replaceAll('\\t', '\t').replaceAll('\\r', '\r'));
}

function headText(status: number, headers: { readonly [name: string]: string }): string {
  const rows = Object.entries(headers).map(
    ([name, value]) => `${name.replace(/(^|-)[a-z]/g, (letter) => letter.toUpperCase())}: ${value}\r\n`,
  );
  return `HTTP/1.1 ${status} ${statusTexts[status] ?? ''}\r\n${rows.join('')}\r\n`;
}

async function verbose(
  sys: Syscalls,
  url: Url,
  request: {
    readonly method: string;
    readonly path: string;
    readonly headers: { readonly [name: string]: string };
  },
  status: number,
  headers: { readonly [name: string]: string },
): Promise<void> {
  const sent = Object.entries(request.headers).map(
    ([name, value]) => `> ${name.replace(/(^|-)[a-z]/g, (letter) => letter.toUpperCase())}: ${value}\n`,
  );
  const got = headText(status, headers)
    .trimEnd()
    .split('\r\n')
    .map((line) => `< ${line}\n`);
  await sys.err(
    `* Connected to ${url.host} (${url.host}) port ${url.port}\n> ${request.method} ${request.path} HTTP/1.1\n${sent.join('')}> \n* Request completely sent off\n${got.join('')}< \n`,
  );
}
