import type { HttpRequest, HttpResponse } from '../../../../../network/contract.ts';
import type { Syscalls } from '../../process/syscalls.ts';
import { parseOptions } from '../kit.ts';
import { clf } from './nginx.ts';
import { fileFor, httpDate, listenUntilEnd, reply, serveHttp, statusTexts, typeOf } from './serve.ts';

/** busybox's `httpd [-fv] [-p port] [-h folder]`. */
export async function busyboxHttpd(sys: Syscalls): Promise<number> {
  const options = parseOptions(sys.args.slice(1), 'c:d:h:p:u:r:m:e:ifv');
  const verbose = sys.args.some((arg) => /^-\w*v/.test(arg));
  const port = Number((options.flags.get('p') ?? '80').split(':').at(-1));
  const root = options.flags.get('h') ?? '.';
  const folder = root.startsWith('/') ? root : `${sys.files.cwd}/${root}`;
  let peers = 9_344;
  const handle = async (request: HttpRequest): Promise<HttpResponse> => {
    const peer = `[::ffff:${request.peerIp ?? '127.0.0.1'}]:${32_768 + (peers++ % 28_000)}`;
    if (verbose) await sys.err(`${peer}: url:${request.path}\n`);
    const response = plain(sys, folder, request);
    if (verbose) await sys.err(`${peer}: response:${response.status}\n`);
    return response;
  };
  const serve = (self: Syscalls) => serveHttp(self, port, handle, 'httpd: bind: Address already in use');
  if (options.has('f')) return serve(sys);
  // In the background: a child serves on.
  const listening = sys.fork((child) => listenUntilEnd(child, port, { kind: 'http', handle }));
  await sys.spend(1);
  return listening.end === undefined ? 0 : 1;
}

function plain(sys: Syscalls, folder: string, request: HttpRequest): HttpResponse {
  if (!['GET', 'HEAD'].includes(request.method)) return error(501);
  const found = fileFor(sys, folder, request.path, ['index.html']);
  if (found.kind === 'folder') return reply(302, '', { location: found.path });
  if (found.kind === 'forbidden' || found.kind === 'missing') return error(404);
  const body = request.method === 'HEAD' ? new Uint8Array(0) : found.bytes;
  return {
    ...reply(200, body, {
      'content-type': typeOf(found.path),
      'last-modified': httpDate(found.mtimeMs),
      date: httpDate(sys.now()),
    }),
    body,
  };
}

function error(status: number): HttpResponse {
  const text = `${status} ${statusTexts[status] ?? ''}`;
  const why = status === 404 ? 'The requested URL was not found' : 'The requested method is not recognized';
  return reply(
    status,
    `<HTML><HEAD><TITLE>${text}</TITLE></HEAD>\n<BODY><H1>${text}</H1>\n${why}\n</BODY></HTML>\n`,
    { 'content-type': 'text/html' },
  );
}

/** Apache's `httpd-foreground`. */
export async function apache(sys: Syscalls): Promise<number> {
  const version = sys.env.get('HTTPD_VERSION') ?? '2.4.65';
  const ip = sys.net.ip;
  await sys.err(
    `AH00558: httpd: Could not reliably determine the server's fully qualified domain name, using ${ip}. Set the 'ServerName' directive globally to suppress this message\n`,
  );
  const at = () =>
    `${new Date(sys.now()).toUTCString().slice(0, 3)} ${new Date(sys.now()).toUTCString().slice(8, 11)} ${new Date(sys.now()).toISOString().slice(8, 10)} ${new Date(sys.now()).toISOString().slice(11, 19)}.000000 ${new Date(sys.now()).getUTCFullYear()}`;
  await sys.err(
    `[${at()}] [mpm_event:notice] [pid ${sys.pid}:tid ${sys.pid}] AH00489: Apache/${version} (Unix) configured -- resuming normal operations\n`,
  );
  await sys.err(
    `[${at()}] [core:notice] [pid ${sys.pid}:tid ${sys.pid}] AH00094: Command line: 'httpd -D FOREGROUND'\n`,
  );
  sys.onSignal(15, () => sys.exitSoon(0));
  sys.onSignal(28, () => sys.exitSoon(0));
  const handle = async (request: HttpRequest): Promise<HttpResponse> => {
    const found = fileFor(sys, '/usr/local/apache2/htdocs', request.path, ['index.html']);
    const response =
      found.kind === 'file'
        ? reply(200, request.method === 'HEAD' ? '' : found.bytes, {
            'content-type': typeOf(found.path),
            server: `Apache/${version} (Unix)`,
            date: httpDate(sys.now()),
            'last-modified': httpDate(found.mtimeMs),
          })
        : reply(
            found.kind === 'forbidden' ? 403 : 404,
            '<!DOCTYPE HTML PUBLIC "-//IETF//DTD HTML 2.0//EN">\n<html><head>\n<title>404 Not Found</title>\n</head><body>\n<h1>Not Found</h1>\n<p>The requested URL was not found on this server.</p>\n</body></html>\n',
            { 'content-type': 'text/html; charset=iso-8859-1', server: `Apache/${version} (Unix)` },
          );
    await sys.out(
      `${request.peerIp ?? '127.0.0.1'} - - [${clf(sys.now())}] "${request.method} ${request.path} HTTP/1.1" ${response.status} ${response.body.byteLength}\n`,
    );
    return response;
  };
  return serveHttp(
    sys,
    80,
    handle,
    `(98)Address in use: AH00072: make_sock: could not bind to address 0.0.0.0:80\nno listening sockets available, shutting down\nAH00015: Unable to open logs`,
  );
}
