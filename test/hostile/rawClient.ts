import tls from 'node:tls';

export interface RawAnswer {
  /** 0: the connection ended without an answer. */
  readonly status: number;
  readonly head: string;
  readonly body: string;
}

/** Bytes to a cluster and back, as its administrator (or as nobody), without an HTTP client's manners. */
export class RawClient {
  readonly port: number;
  readonly #tls: tls.ConnectionOptions;

  constructor(kubeconfig: string) {
    const data = (name: string) =>
      Buffer.from(new RegExp(`${name}-data: (\\S+)`).exec(kubeconfig)?.[1] ?? '', 'base64').toString();
    this.port = Number(/server: https:\/\/127\.0\.0\.1:(\d+)/.exec(kubeconfig)?.[1]);
    this.#tls = {
      host: '127.0.0.1',
      port: this.port,
      ca: data('certificate-authority'),
      cert: data('client-certificate'),
      key: data('client-key'),
    };
  }

  get host(): string {
    return `127.0.0.1:${this.port}`;
  }

  connect(as: 'admin' | 'nobody' = 'admin'): Promise<tls.TLSSocket> {
    const { cert: _cert, key: _key, ...nobody } = this.#tls;
    return new Promise((resolve, reject) => {
      const socket = tls.connect(as === 'admin' ? this.#tls : nobody, () => resolve(socket));
      socket.on('error', reject);
    });
  }

  /** Sends the bytes and gives what came until the server ended the connection. */
  async exchange(bytes: string | Buffer, as: 'admin' | 'nobody' = 'admin'): Promise<RawAnswer> {
    const socket = await this.connect(as);
    const chunks: Buffer[] = [];
    socket.on('data', (chunk) => chunks.push(chunk));
    await new Promise<void>((resolve) => {
      socket.on('close', () => resolve());
      socket.write(bytes);
    });
    const text = Buffer.concat(chunks).toString();
    const end = text.indexOf('\r\n\r\n');
    return {
      status: Number(/^HTTP\/1\.1 (\d{3}) /.exec(text)?.[1] ?? 0),
      head: end < 0 ? text : text.slice(0, end),
      body: end < 0 ? '' : text.slice(end + 4),
    };
  }

  /** One well-formed request on a connection of its own; `headers` replace the usual ones. */
  send(
    method: string,
    path: string,
    body?: string | Buffer,
    headers: { readonly [name: string]: string } = {},
    as: 'admin' | 'nobody' = 'admin',
  ): Promise<RawAnswer> {
    const all = {
      host: this.host,
      connection: 'close',
      ...(body === undefined
        ? {}
        : { 'content-type': 'application/json', 'content-length': String(Buffer.byteLength(body)) }),
      ...headers,
    };
    const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`);
    const head = `${method} ${path} HTTP/1.1\r\n${lines.join('')}\r\n`;
    return this.exchange(Buffer.concat([Buffer.from(head), Buffer.from(body ?? '')]), as);
  }
}

/** The message of a Status; fails the test when the body is none. */
export function messageOf(answer: RawAnswer): string {
  const status = JSON.parse(answer.body) as { kind?: string; code?: number; message?: string };
  if (status.kind !== 'Status' || status.code !== answer.status) throw new Error(`no Status: ${answer.body}`);
  return status.message ?? '';
}
