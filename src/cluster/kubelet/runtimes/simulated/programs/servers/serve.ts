import {
  type HttpRequest,
  type HttpResponse,
  NetworkError,
  type VirtualServer,
} from '../../../../../network/contract.ts';
import { Errno } from '../../fs/errno.ts';
import { toBytes } from '../../process/bytes.ts';
import { signal } from '../../process/signals.ts';
import type { Syscalls } from '../../process/syscalls.ts';

export type Handler = (request: HttpRequest, signal: AbortSignal) => HttpResponse | Promise<HttpResponse>;

/** Listens until the process ends. Throws `NetworkError` at once when the port is taken. */
export function listenUntilEnd(
  sys: Syscalls,
  port: number,
  server: VirtualServer,
  options: { readonly protocol?: 'TCP' | 'UDP'; readonly loopback?: boolean } = {},
): Promise<number> {
  const close = sys.net.listen(port, server, options);
  return sys.block<number>(() => () => close());
}

/** A port that can be closed before the process ends; requests that are being answered end well. */
export function listen(sys: Syscalls, port: number, handler: Handler): { readonly close: () => void } {
  const close = sys.net.listen(port, { kind: 'http', handle: (request, signal) => handler(request, signal) });
  void sys.block<void>(() => () => close()).catch(() => undefined);
  return { close: () => close('drain') };
}

/** As `listenUntilEnd`, for HTTP. A port that is taken becomes the exit code and `taken` the message. */
export async function serveHttp(
  sys: Syscalls,
  port: number,
  handler: Handler,
  taken: string,
): Promise<number> {
  try {
    return await listenUntilEnd(sys, port, { kind: 'http', handle: handler });
  } catch (error) {
    if (!(error instanceof NetworkError)) throw error;
    await sys.err(`${taken}\n`);
    return 1;
  }
}

/** What Go does with a signal that nobody handles, PID 1 or not: it ends with code 2. */
export function endAsGo(sys: Syscalls): void {
  if (sys.pid !== 1) return;
  for (const number of [signal.HUP, signal.INT, signal.TERM]) sys.onSignal(number, () => sys.exitSoon(2));
}

export function reply(
  status: number,
  body: string | Uint8Array,
  headers: { readonly [name: string]: string } = {},
): HttpResponse {
  const bytes = typeof body === 'string' ? toBytes(body) : body;
  return {
    status,
    headers: {
      'content-type': 'text/plain; charset=utf-8',
      ...headers,
      'content-length': String(bytes.byteLength),
    },
    body: bytes,
  };
}

export const statusTexts: { readonly [status: number]: string } = {
  200: 'OK',
  201: 'Created',
  204: 'No Content',
  206: 'Partial Content',
  301: 'Moved Permanently',
  302: 'Found',
  303: 'See Other',
  304: 'Not Modified',
  307: 'Temporary Redirect',
  308: 'Permanent Redirect',
  400: 'Bad Request',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'Not Found',
  405: 'Not Allowed',
  408: 'Request Timeout',
  413: 'Request Entity Too Large',
  418: "I'm a teapot",
  429: 'Too Many Requests',
  500: 'Internal Server Error',
  501: 'Not Implemented',
  502: 'Bad Gateway',
  503: 'Service Unavailable',
  504: 'Gateway Timeout',
};

const types: { readonly [extension: string]: string } = {
  html: 'text/html',
  htm: 'text/html',
  txt: 'text/plain',
  css: 'text/css',
  js: 'application/javascript',
  json: 'application/json',
  xml: 'text/xml',
  svg: 'image/svg+xml',
  png: 'image/png',
  jpg: 'image/jpeg',
  gif: 'image/gif',
  ico: 'image/x-icon',
  wasm: 'application/wasm',
  pdf: 'application/pdf',
  gz: 'application/gzip',
};

export function typeOf(path: string, fallback = 'application/octet-stream'): string {
  const extension = path.slice(path.lastIndexOf('.') + 1).toLowerCase();
  return Object.hasOwn(types, extension) ? (types[extension] ?? fallback) : fallback;
}

export interface FoundFile {
  readonly kind: 'file' | 'folder' | 'missing' | 'forbidden';
  readonly bytes: Uint8Array;
  readonly path: string;
  readonly mtimeMs: number;
}

/** What a path of a URL means under a folder. */
export function fileFor(sys: Syscalls, root: string, urlPath: string, index: readonly string[]): FoundFile {
  const none = { bytes: new Uint8Array(0), path: '', mtimeMs: 0 };
  let decoded: string;
  try {
    decoded = decodeURIComponent(urlPath.split('?')[0] ?? '/');
  } catch {
    return { ...none, kind: 'missing' };
  }
  if (decoded.includes('\0') || decoded.split('/').includes('..')) return { ...none, kind: 'missing' };
  const base = `${root.replace(/\/$/, '')}${decoded}`;
  try {
    if (sys.files.isDir(base)) {
      if (!decoded.endsWith('/')) return { ...none, kind: 'folder', path: `${decoded}/` };
      const name = index.find((one) => sys.files.exists(base + one));
      if (name === undefined) return { ...none, kind: 'forbidden', path: base };
      return load(sys, base + name);
    }
    return load(sys, base);
  } catch (error) {
    if (!(error instanceof Errno)) throw error;
    return { ...none, kind: error.code === 'EACCES' ? 'forbidden' : 'missing', path: base };
  }
}

function load(sys: Syscalls, path: string): FoundFile {
  const { mtimeMs } = sys.files.stat(path);
  return { kind: 'file', bytes: sys.files.readBytes(path), path, mtimeMs };
}

/** `Thu, 15 Jan 2026 10:00:00 GMT` */
export function httpDate(ms: number): string {
  return new Date(ms).toUTCString();
}
