import type { HttpRequest, HttpResponse } from '../../../../../network/contract.ts';
import { Errno } from '../../fs/errno.ts';
import { toBytes } from '../../process/bytes.ts';
import type { Syscalls } from '../../process/syscalls.ts';
import { fail, nameOf, parseOptions, usage } from '../kit.ts';
import { statusTexts } from '../servers/serve.ts';
import { addressOf } from './addresses.ts';
import { type Exchange, exchange, parseUrl, type Url, wholeAnswer } from './http.ts';
import { exchangeSecurely } from './secure.ts';

/** busybox's wget: no image has GNU's. */
export async function wget(sys: Syscalls): Promise<number> {
  const { flags, rest, wrong } = parseOptions(sys.args.slice(1), 'cqSO:o:P:T:t:U:Y:s', {
    spider: 's',
    header: 'H',
    'post-data': 'D',
    timeout: 'T',
    'no-check-certificate': 'n',
    'output-document': 'O',
    quiet: 'q',
    'server-response': 'S',
    tries: 't',
    'user-agent': 'U',
    ...{ continue: 'c' },
  });
  const line =
    'wget [-cqS] [--spider] [-O FILE] [-o LOGFILE] [--header STR]\n\t[--post-data STR | --post-file FILE] [-Y on/off]\n\t[-P DIR] [-U AGENT] [-T SEC] URL...';
  if (wrong !== undefined || rest.length === 0) return usage(sys, wrong ?? '', line);
  const headers = headerOptions(sys.args);
  const data = optionValue(sys.args, '--post-data');
  let code = 0;
  for (const text of rest.filter((one) => !headers.raw.includes(one) && one !== data)) {
    const result = await one(sys, text, flags, headers.fields, data);
    if (result !== 0) code = result;
  }
  return code;
}

async function one(
  sys: Syscalls,
  text: string,
  flags: ReadonlyMap<string, string>,
  headers: { readonly [name: string]: string },
  data: string | undefined,
): Promise<number> {
  const quiet = flags.has('q');
  let url = parseUrl(text);
  if (url === undefined) return fail(sys, `bad address ''`);
  if (url.scheme !== 'http') {
    if (url.scheme !== 'https') return fail(sys, `not an http or ftp url: ${text}`);
  }
  // busybox's own TLS believes everybody and says so; Alpine's hands it to a helper that does not.
  const believes = flags.has('n') || !sys.files.exists('/etc/alpine-release');
  const timeoutMs = flags.has('T') ? Number(flags.get('T')) * 1000 : 900_000;
  for (let redirects = 0; ; redirects++) {
    if (redirects > 5) return fail(sys, 'too many redirections');
    const address = await addressOf(sys, url.host);
    if (address === undefined) return fail(sys, `bad address '${url.authority}'`);
    if (!quiet) await sys.err(`Connecting to ${url.authority} (${address}:${url.port})\n`);
    const body = data === undefined ? undefined : toBytes(data);
    const request: HttpRequest = {
      method: data === undefined ? (flags.has('s') ? 'HEAD' : 'GET') : 'POST',
      path: url.path,
      headers: {
        host: url.authority,
        'user-agent': flags.get('U') ?? 'Wget',
        ...(body === undefined
          ? {}
          : {
              'content-type': 'application/x-www-form-urlencoded',
              'content-length': String(body.byteLength),
            }),
        connection: 'close',
        ...headers,
      },
      ...(body === undefined ? {} : { body }),
    };
    const secure = url.scheme === 'https';
    if (secure && believes && !flags.has('n'))
      await sys.err(`${nameOf(sys)}: note: TLS certificate validation not implemented\n`);
    const result: Exchange = secure
      ? await exchangeSecurely(sys, url, address, request, { verify: !believes }, { totalMs: timeoutMs })
      : await exchange(sys, url, request, { totalMs: timeoutMs });
    if (result.kind === 'failed') {
      const why = secure ? helperProblem(result, url, believes) : undefined;
      if (why !== undefined) await sys.err(`ssl_client: ${url.host}: ${why}\n`);
      return connectFailure(sys, result.code, `${address}:${url.port}`, url);
    }
    const response: HttpResponse = await wholeAnswer(result);
    const status = `HTTP/1.1 ${response.status} ${statusTexts[response.status] ?? ''}`;
    if (flags.has('S')) {
      await sys.err(
        `  ${status}\n${Object.entries(response.headers)
          .map(([name, value]) => `  ${titled(name)}: ${value}\n`)
          .join('')}`,
      );
    }
    const location: string | undefined = response.headers['location'];
    if (response.status >= 300 && response.status < 400 && location !== undefined) {
      url =
        parseUrl(location.startsWith('/') ? `${url.scheme}://${url.authority}${location}` : location) ?? url;
      continue;
    }
    if (response.status >= 400) return fail(sys, `server returned error: ${status}`);
    if (flags.has('s')) {
      if (!quiet) await sys.err('remote file exists\n');
      return 0;
    }
    return save(sys, url, response.body, flags, quiet);
  }
}

async function save(
  sys: Syscalls,
  url: Url,
  body: Uint8Array,
  flags: ReadonlyMap<string, string>,
  quiet: boolean,
): Promise<number> {
  const last = url.path.split('?')[0]?.split('/').at(-1) ?? '';
  const name =
    flags.get('O') ?? `${flags.has('P') ? `${flags.get('P')}/` : ''}${last === '' ? 'index.html' : last}`;
  const shown = name === '-' ? '-' : name.slice(name.lastIndexOf('/') + 1);
  if (!quiet) await sys.err(name === '-' ? 'writing to stdout\n' : `saving to '${name}'\n`);
  if (name === '-') await sys.out(body);
  else {
    try {
      if (!flags.has('O') && sys.files.exists(name))
        return await fail(sys, `can't open '${name}': File exists`);
      const fd = sys.open(name, { write: true, create: true, truncate: true });
      await sys.write(fd, body);
      sys.close(fd);
    } catch (error) {
      if (!(error instanceof Errno)) throw error;
      return fail(sys, `can't open '${name}': ${error.message}`);
    }
  }
  if (!quiet) {
    const label = shown.slice(0, 20).padEnd(20);
    const size =
      body.byteLength < 100_000 ? String(body.byteLength) : `${Math.round(body.byteLength / 1024)}k`;
    await sys.err(`${label} 100% |${'*'.repeat(32)}| ${size.padStart(5)}  0:00:00 ETA\n`);
    await sys.err(name === '-' ? 'written to stdout\n' : `'${name}' saved\n`);
  }
  return 0;
}

function connectFailure(sys: Syscalls, code: string, address: string, url: Url): Promise<number> {
  const texts: { readonly [code: string]: string } = {
    ECONNREFUSED: `can't connect to remote host (${address.split(':')[0]}): Connection refused`,
    EHOSTUNREACH: `can't connect to remote host (${address.split(':')[0]}): Host is unreachable`,
    ETIMEDOUT: `can't connect to remote host (${address.split(':')[0]}): Operation timed out`,
    TIMEOUT: 'download timed out',
    ECONNRESET: 'error getting response: Connection reset by peer',
    CERTIFICATE: 'error getting response: Connection reset by peer',
    TLS: 'error getting response: Connection reset by peer',
    EMPTY: 'error getting response: Connection reset by peer',
    ENOTFOUND: `bad address '${url.authority}'`,
    EAI_AGAIN: `bad address '${url.authority}'`,
  };
  return fail(sys, texts[code] ?? code);
}

/** What Alpine's helper for TLS says, in libtls's words. */
function helperProblem(
  { code, why = '' }: Extract<Exchange, { kind: 'failed' }>,
  { host }: Url,
  believes: boolean,
): string | undefined {
  if (code === 'TLS' && !believes) return 'TLS connect failed';
  if (code !== 'CERTIFICATE') return undefined;
  return why === 'name'
    ? `name \`${host}' not present in server certificate`
    : `certificate verification failed: ${why}`;
}

function titled(name: string): string {
  return name.replace(/(^|-)[a-z]/g, (letter) => letter.toUpperCase());
}

function headerOptions(args: readonly string[]): {
  readonly fields: { [name: string]: string };
  readonly raw: readonly string[];
} {
  const fields: { [name: string]: string } = {};
  const raw: string[] = [];
  for (const [index, arg] of args.entries()) {
    const text =
      arg === '--header' ? args[index + 1] : arg.startsWith('--header=') ? arg.slice(9) : undefined;
    if (text === undefined) continue;
    if (arg === '--header') raw.push(text);
    const at = text.indexOf(':');
    if (at > 0) fields[text.slice(0, at).toLowerCase()] = text.slice(at + 1).trim();
  }
  return { fields, raw };
}

function optionValue(args: readonly string[], name: string): string | undefined {
  const at = args.indexOf(name);
  if (at >= 0) return args[at + 1];
  return args.find((arg) => arg.startsWith(`${name}=`))?.slice(name.length + 1);
}
