import { type HttpRequest, type HttpResponse, NetworkError } from '../../../../../network/contract.ts';
import type { Syscalls } from '../../process/syscalls.ts';
import { all, type Directive, find } from './nginx-conf.ts';
import { fileFor, httpDate, reply, statusTexts, typeOf } from './serve.ts';

/** nginx's answer to one request, by its `server` and `location` blocks. */
export async function answer(
  sys: Syscalls,
  directives: readonly Directive[],
  port: number,
  request: HttpRequest,
  version: string,
  signal: AbortSignal,
): Promise<HttpResponse> {
  const made = await new Answer(sys, directives, port, request, version, signal).make();
  return request.method === 'HEAD' ? { ...made, body: new Uint8Array(0) } : made;
}

class Answer {
  readonly #sys: Syscalls;
  readonly #directives: readonly Directive[];
  readonly #server: readonly Directive[];
  readonly #request: HttpRequest;
  readonly #version: string;
  readonly #signal: AbortSignal;

  constructor(
    sys: Syscalls,
    directives: readonly Directive[],
    port: number,
    request: HttpRequest,
    version: string,
    signal: AbortSignal,
  ) {
    this.#sys = sys;
    this.#directives = directives;
    this.#request = request;
    this.#version = version;
    this.#signal = signal;
    this.#server = serverFor(directives, port, request)?.block ?? [];
  }

  async make(): Promise<HttpResponse> {
    const path = this.#request.path.split('?')[0] ?? '/';
    const location = this.#locationFor(path);
    const block = location?.block ?? [];
    const returns = find(block, 'return') ?? find(this.#server, 'return');
    if (returns !== undefined) return this.#returned(returns, block);
    const proxy = find(block, 'proxy_pass');
    if (proxy !== undefined) return this.#proxied(proxy, location?.args.at(-1) ?? '/', path);
    if (find(block, 'stub_status') !== undefined) {
      return this.#own(
        200,
        'Active connections: 1 \nserver accepts handled requests\n 1 1 1 \nReading: 0 Writing: 1 Waiting: 0 \n',
        'text/plain',
      );
    }
    if (!['GET', 'HEAD'].includes(this.#request.method)) return this.#error(405);
    return this.#file(path, block);
  }

  async #file(path: string, block: readonly Directive[]): Promise<HttpResponse> {
    const root = (find(block, 'root') ?? find(this.#server, 'root'))?.args[0] ?? '/etc/nginx/html';
    const index = (find(block, 'index') ?? find(this.#server, 'index'))?.args ?? ['index.html'];
    const tries = find(block, 'try_files')?.args;
    for (const candidate of tries?.slice(0, -1) ?? []) {
      const uri = this.#filled(candidate);
      const found = fileFor(this.#sys, root, uri, index);
      if (found.kind === 'file') return this.#sent(found.bytes, found.path, found.mtimeMs);
    }
    const last = tries?.at(-1);
    if (last?.startsWith('=') === true) return this.#error(Number(last.slice(1)));
    const target = last === undefined ? path : this.#filled(last);
    const found = fileFor(this.#sys, root, target, index);
    switch (found.kind) {
      case 'file':
        return this.#sent(found.bytes, found.path, found.mtimeMs);
      case 'folder':
        return this.#error(301, {
          location: `http://${this.#request.headers['host'] ?? 'localhost'}${found.path}`,
        });
      case 'forbidden':
        if (find(block, 'autoindex')?.args[0] === 'on') return this.#listing(found.path, path);
        await this.#log(`directory index of "${found.path}" is forbidden`);
        return this.#error(403);
      default:
        await this.#log(`open() "${found.path}" failed (2: No such file or directory)`);
        return this.#error(404);
    }
  }

  async #log(text: string): Promise<void> {
    const sys = this.#sys;
    const at = new Date(sys.now()).toISOString().slice(0, 19).replace('T', ' ').replaceAll('-', '/');
    const { method, path, headers, peerIp } = this.#request;
    await sys.err(
      `${at} [error] ${sys.pid + 1}#${sys.pid + 1}: *1 ${text}, client: ${peerIp ?? '127.0.0.1'}, server: localhost, request: "${method} ${path} HTTP/1.1", host: "${headers['host'] ?? ''}"\n`,
    );
  }

  #sent(bytes: Uint8Array, path: string, mtimeMs: number): HttpResponse {
    const etag = `"${Math.floor(mtimeMs / 1000).toString(16)}-${bytes.byteLength.toString(16)}"`;
    const extra = { 'last-modified': httpDate(mtimeMs), etag, 'accept-ranges': 'bytes' };
    if (this.#request.headers['if-none-match'] === etag)
      return this.#own(304, new Uint8Array(0), typeOf(path), extra);
    return this.#own(200, bytes, typeOf(path, 'application/octet-stream'), extra);
  }

  #listing(folder: string, path: string): HttpResponse {
    const names = this.#sys.files.readdir(folder).filter((name) => !name.startsWith('.'));
    const rows = names.map((name) => `<a href="${name}">${name}</a>\n`).join('');
    return this.#own(
      200,
      `<html>\r\n<head><title>Index of ${path}</title></head>\r\n<body>\r\n<h1>Index of ${path}</h1><hr><pre><a href="../">../</a>\n${rows}</pre><hr></body>\r\n</html>\r\n`,
      'text/html',
    );
  }

  #returned({ args: [code = '200', text] }: Directive, block: readonly Directive[]): HttpResponse {
    const status = /^\d+$/.test(code) ? Number(code) : 302;
    const value = this.#filled(text ?? (status === 302 && !/^\d/.test(code) ? code : ''));
    if (status >= 300 && status < 400) return this.#error(status, { location: value });
    if (text === undefined) return status === 200 ? this.#own(200, '', 'text/plain') : this.#error(status);
    const type =
      (find(block, 'default_type') ?? find(this.#server, 'default_type'))?.args[0] ??
      'application/octet-stream';
    return this.#own(status, value, type);
  }

  async #proxied({ args: [target = ''] }: Directive, prefix: string, path: string): Promise<HttpResponse> {
    const [, host = '', given, rest] =
      /^https?:\/\/([^:/]+)(?::(\d+))?(\/.*)?$/.exec(this.#filled(target)) ?? [];
    const upstreams = all(this.#directives, 'upstream').find((one) => one.args[0] === host)?.block;
    const servers = all(upstreams, 'server').map((one) => one.args[0] ?? '');
    const chosen =
      servers.length === 0 ? `${host}:${given ?? 80}` : (servers[this.#sys.random.int(servers.length)] ?? '');
    const [name = '', port = '80'] = chosen.split(':');
    const query = this.#request.path.slice(path.length);
    const uri = rest === undefined ? this.#request.path : rest + path.slice(prefix.length) + query;
    try {
      const headers = {
        ...this.#request.headers,
        host: chosen,
        'x-forwarded-for': this.#request.peerIp ?? '',
      };
      const response = await this.#sys.net.http(
        name,
        Number(port),
        { ...this.#request, path: uri, headers },
        this.#signal,
      );
      return { ...response, headers: { ...response.headers, server: `nginx/${this.#version}` } };
    } catch (error) {
      if (!(error instanceof NetworkError)) throw error;
      await this.#log(`connect() failed (111: Connection refused) while connecting to upstream`);
      return this.#error(error.code === 'ETIMEDOUT' ? 504 : 502);
    }
  }

  #locationFor(path: string): Directive | undefined {
    const locations = all(this.#server, 'location');
    const exact = locations.find(({ args }) => args[0] === '=' && args[1] === path);
    if (exact !== undefined) return exact;
    const prefixes = locations.filter(
      ({ args }) => !/^(?:=|~\*?)$/.test(args[0] ?? '') && path.startsWith(args.at(-1) ?? ''),
    );
    const longest = prefixes.sort((a, b) => (b.args.at(-1)?.length ?? 0) - (a.args.at(-1)?.length ?? 0))[0];
    if (longest?.args[0] === '^~') return longest;
    const matching = locations.find(
      ({ args }) => /^~\*?$/.test(args[0] ?? '') && matches(args[1] ?? '', path, args[0] === '~*'),
    );
    return matching ?? longest;
  }

  #filled(text: string): string {
    const { path, headers, method, peerIp } = this.#request;
    const [uri = '/', query = ''] = path.split('?');
    const values: { readonly [name: string]: string } = {
      uri,
      request_uri: path,
      args: query,
      query_string: query,
      host: (headers['host'] ?? '').replace(/:\d+$/, ''),
      http_host: headers['host'] ?? '',
      hostname: this.#sys.host.hostname,
      remote_addr: peerIp ?? '127.0.0.1',
      request_method: method,
      scheme: 'http',
      server_addr: this.#sys.net.ip,
      nginx_version: this.#version,
      http_user_agent: headers['user-agent'] ?? '',
      is_args: query === '' ? '' : '?',
      pid: String(this.#sys.pid),
      time_iso8601: new Date(this.#sys.now()).toISOString().replace(/\.\d+Z$/, '+00:00'),
    };
    return text
      .replace(/\$\{?(\w+)\}?/g, (whole, name: string) =>
        Object.hasOwn(values, name) ? (values[name] ?? '') : whole,
      )
      .replaceAll('\\n', '\n');
  }

  #error(status: number, headers: { readonly [name: string]: string } = {}): HttpResponse {
    const text = `${status} ${statusTexts[status] ?? ''}`;
    const body = `<html>\r\n<head><title>${text}</title></head>\r\n<body>\r\n<center><h1>${text}</h1></center>\r\n<hr><center>nginx/${this.#version}</center>\r\n</body>\r\n</html>\r\n`;
    return this.#own(status, body, 'text/html', headers);
  }

  #own(
    status: number,
    body: string | Uint8Array,
    type: string,
    headers: { readonly [name: string]: string } = {},
  ): HttpResponse {
    const added = [
      ...all(this.#server, 'add_header'),
      ...all(this.#locationFor(this.#request.path.split('?')[0] ?? '/')?.block, 'add_header'),
    ];
    const extra = Object.fromEntries(
      added.map(({ args: [name = '', value = ''] }) => [name.toLowerCase(), this.#filled(value)]),
    );
    return reply(status, body, {
      server: `nginx/${this.#version}`,
      date: httpDate(this.#sys.now()),
      'content-type': type,
      connection: 'keep-alive',
      ...headers,
      ...extra,
    });
  }
}

function serverFor(
  directives: readonly Directive[],
  port: number,
  request: HttpRequest,
): Directive | undefined {
  const servers = all(directives, 'server').filter((server) => {
    const listens = all(server.block, 'listen').map(({ args: [text = '80'] }) =>
      Number(/(\d+)$/.exec(text)?.[1] ?? 80),
    );
    return listens.length === 0 ? port === 80 : listens.includes(port);
  });
  const host = (request.headers['host'] ?? '').replace(/:\d+$/, '');
  return servers.find((server) => find(server.block, 'server_name')?.args.includes(host)) ?? servers[0];
}

/** Patterns of the configuration: short, and never on long texts. */
function matches(pattern: string, path: string, anyCase: boolean): boolean {
  try {
    return pattern.length < 200 && new RegExp(pattern, anyCase ? 'i' : '').test(path.slice(0, 2048));
  } catch {
    return false;
  }
}
