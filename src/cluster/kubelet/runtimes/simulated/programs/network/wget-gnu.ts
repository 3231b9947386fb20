import type { HttpRequest, HttpResponse } from '../../../../../network/contract.ts';
import { Errno } from '../../fs/errno.ts';
import { toBytes } from '../../process/bytes.ts';
import type { Syscalls } from '../../process/syscalls.ts';
import { statusTexts } from '../servers/serve.ts';
import { addressOf } from './addresses.ts';
import { type Exchange, exchange, parseUrl, type Url, wholeAnswer } from './http.ts';
import { exchangeSecurely } from './secure.ts';

const longNames: { readonly [name: string]: string } = {
  '--quiet': '-q',
  '--no-verbose': '-nv',
  '--output-document': '-O',
  '--timeout': '-T',
  '--tries': '-t',
  '--server-response': '-S',
  '--user-agent': '-U',
};
const takesValue: ReadonlySet<string> = new Set([
  ...['-O', '-T', '-t', '-U', '-o', '-P'],
  ...[
    '--ca-certificate',
    '--certificate',
    '--private-key',
    '--header',
    '--post-data',
    '--method',
    '--body-data',
  ],
]);

interface Asked {
  readonly urls: string[];
  readonly flags: Map<string, string>;
  readonly headers: { [name: string]: string };
}

function parse(args: readonly string[]): Asked {
  const asked: Asked = { urls: [], flags: new Map(), headers: {} };
  for (let at = 0; at < args.length; at++) {
    const arg = args[at] ?? '';
    if (!arg.startsWith('-') || arg === '-') {
      asked.urls.push(arg);
      continue;
    }
    const [word = '', given] = arg.startsWith('--')
      ? [arg.split('=')[0], afterEquals(arg)]
      : [undefined, undefined];
    if (word !== '') {
      const flag = longNames[word] ?? word;
      const value = takesValue.has(flag) ? (given ?? args[++at] ?? '') : '';
      if (flag === '--header') addHeader(asked.headers, value);
      else asked.flags.set(flag, value);
      continue;
    }
    if (arg === '-nv') {
      asked.flags.set(arg, '');
      continue;
    }
    for (let index = 1; index < arg.length; index++) {
      const flag = `-${arg[index]}`;
      if (!takesValue.has(flag)) {
        asked.flags.set(flag, '');
        continue;
      }
      asked.flags.set(flag, arg.slice(index + 1) || (args[++at] ?? ''));
      break;
    }
  }
  return asked;
}

const afterEquals = (arg: string): string | undefined =>
  arg.includes('=') ? arg.slice(arg.indexOf('=') + 1) : undefined;

function addHeader(headers: { [name: string]: string }, text: string): void {
  const at = text.indexOf(':');
  if (at > 0) headers[text.slice(0, at).toLowerCase()] = text.slice(at + 1).trim();
}

/** GNU Wget 1.21. */
export async function gnuWget(sys: Syscalls): Promise<number> {
  const asked = parse(sys.args.slice(1));
  if (asked.urls.length === 0) {
    await sys.err(
      "wget: missing URL\nUsage: wget [OPTION]... [URL]...\n\nTry `wget --help' for more options.\n",
    );
    return 1;
  }
  let code = 0;
  for (const url of asked.urls) code = Math.max(code, await one(sys, url, asked));
  return code;
}

async function one(sys: Syscalls, text: string, { flags, headers }: Asked): Promise<number> {
  const url = parseUrl(text);
  const say = async (line: string) => {
    if (!flags.has('-q') && !flags.has('-nv')) await sys.err(line);
  };
  if (url === undefined || (url.scheme !== 'http' && url.scheme !== 'https')) {
    await sys.err(`${text}: Unsupported scheme.\n`);
    return 1;
  }
  const shown = `${url.scheme}://${url.authority}${url.path}`;
  await say(`--${stamp(sys)}--  ${shown}\n`);
  const address = await addressOf(sys, url.host);
  const literal = address === url.host;
  if (address === undefined) {
    await say(`Resolving ${url.host} (${url.host})... failed: Name or service not known.\n`);
    await say(`wget: unable to resolve host address ‘${url.host}’\n`);
    return 4;
  }
  if (!literal) await say(`Resolving ${url.host} (${url.host})... ${address}\n`);
  const peer = literal ? `${address}:${url.port}` : `${url.host} (${url.host})|${address}|:${url.port}`;
  await say(`Connecting to ${peer}... `);
  const result = await ask(sys, url, address, flags, headers);
  if (result.kind === 'failed') return explain(result, url, say);
  await say('connected.\n');
  const { wrong, issuer } = result.agreed ?? {};
  if (wrong !== undefined)
    await say(`WARNING: cannot verify ${url.host}'s certificate, issued by ‘${issuer}’:\n`);
  const response: HttpResponse = await wholeAnswer(result);
  const status = statusTexts[response.status] ?? '';
  await say(`HTTP request sent, awaiting response... ${response.status} ${status}\n`);
  if (response.status >= 400) {
    await say(`${stamp(sys)} ERROR ${response.status}: ${status}.\n\n`);
    return 8;
  }
  return save(sys, url, response, flags.get('-O'), say);
}

async function ask(
  sys: Syscalls,
  url: Url,
  address: string,
  flags: Asked['flags'],
  headers: Asked['headers'],
): Promise<Exchange> {
  const data = flags.get('--post-data') ?? flags.get('--body-data');
  const body = data === undefined ? undefined : toBytes(data);
  const request: HttpRequest = {
    method: flags.get('--method') ?? (flags.has('--spider') ? 'HEAD' : body === undefined ? 'GET' : 'POST'),
    path: url.path,
    headers: {
      host: url.authority,
      'user-agent': flags.get('-U') ?? 'Wget/1.21.3',
      accept: '*/*',
      ...(body === undefined
        ? {}
        : { 'content-type': 'application/x-www-form-urlencoded', 'content-length': String(body.byteLength) }),
      ...headers,
    },
    ...(body === undefined ? {} : { body }),
  };
  const totalMs = flags.has('-T') ? Number(flags.get('-T')) * 1000 : 900_000;
  if (url.scheme === 'http') return exchange(sys, { ...url, host: address }, request, totalMs);
  const file = flags.get('--ca-certificate');
  const ca = file === undefined ? '' : sys.files.exists(file) ? sys.files.readText(file) : '';
  const verify = !flags.has('--no-check-certificate');
  // A file that says nothing is told of, and nobody is believed for it.
  if (verify && file !== undefined && !ca.includes('BEGIN CERTIFICATE'))
    await sys.err(`ERROR: Cannot open CA file ${file}\n`);
  const trust = { verify, ...(ca.includes('BEGIN CERTIFICATE') ? { ca } : {}) };
  return exchangeSecurely(sys, url, address, request, trust, { totalMs });
}

async function explain(
  { code, why = '', agreed }: Extract<Exchange, { kind: 'failed' }>,
  { host }: Url,
  say: (line: string) => Promise<void>,
): Promise<number> {
  const problem: { readonly [code: string]: string } = {
    ECONNREFUSED: 'failed: Connection refused.',
    EHOSTUNREACH: 'failed: No route to host.',
    ETIMEDOUT: 'failed: Connection timed out.',
    TIMEOUT: 'failed: Connection timed out.',
  };
  if (code === 'CERTIFICATE') {
    const reason =
      why === 'name'
        ? `    certificate common name doesn't match requested host name ‘${host}’.`
        : `  ${why[0]?.toUpperCase() ?? ''}${why.slice(1)}.`;
    await say(
      `connected.\nERROR: cannot verify ${host}'s certificate, issued by ‘${agreed?.issuer ?? ''}’:\n${reason}\nTo connect to ${host} insecurely, use \`--no-check-certificate'.\n`,
    );
    return 5;
  }
  if (code === 'TLS') {
    await say(
      'connected.\nGnuTLS: An unexpected TLS packet was received.\nUnable to establish SSL connection.\n',
    );
    return 4;
  }
  await say(`${problem[code] ?? 'connected.\nHTTP request sent, awaiting response... No data received.'}\n`);
  return 4;
}

async function save(
  sys: Syscalls,
  url: Url,
  { body, headers }: HttpResponse,
  given: string | undefined,
  say: (line: string) => Promise<void>,
): Promise<number> {
  const last = url.path.split('?')[0]?.split('/').at(-1) ?? '';
  const name = given ?? (last === '' ? 'index.html' : last);
  const size = body.byteLength;
  await say(`Length: ${size} [${(headers['content-type'] ?? 'text/plain').split(';')[0]}]\n`);
  await say(`Saving to: ‘${name === '-' ? 'STDOUT' : name}’\n\n`);
  if (name === '-') await sys.out(body);
  else {
    try {
      const fd = sys.open(name, { write: true, create: true, truncate: true });
      await sys.write(fd, body);
      sys.close(fd);
    } catch (error) {
      if (!(error instanceof Errno)) throw error;
      await sys.err(`${name}: ${error.message}\n\nCannot write to ‘${name}’ (Success).\n`);
      return 3;
    }
  }
  const what = name === '-' ? 'written to stdout' : `‘${name}’ saved`;
  await say(
    `${(name === '-' ? '-' : name).padEnd(20)}100%[===================>] ${String(size).padStart(7)}  --.-KB/s    in 0s      \n\n`,
  );
  await say(`${stamp(sys)} (1.00 MB/s) - ${what} [${size}/${size}]\n\n`);
  return 0;
}

const stamp = (sys: Syscalls): string => new Date(sys.now()).toISOString().slice(0, 19).replace('T', ' ');
