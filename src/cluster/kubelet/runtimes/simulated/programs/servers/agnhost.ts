import { type HttpRequest, type HttpResponse, NetworkError } from '../../../../../network/contract.ts';
import { signal } from '../../process/signals.ts';
import type { Syscalls } from '../../process/syscalls.ts';
import { execByName } from '../system/basics.ts';
import { grpcHealthChecking } from './grpc-health.ts';
import { endAsGo, listenUntilEnd, reply, serveHttp } from './serve.ts';

/** `agnhost <subcommand>`: what Kubernetes' own tests and many examples use. */
export async function agnhost(sys: Syscalls): Promise<number> {
  const [, command = 'pause', ...args] = sys.args;
  endAsGo(sys);
  const flag = (name: string, usual: string) => {
    const text = args.find((arg) => arg.startsWith(`--${name}=`));
    const at = args.indexOf(`--${name}`);
    return text?.slice(name.length + 3) ?? (at >= 0 ? (args[at + 1] ?? usual) : usual);
  };
  switch (command) {
    case 'pause':
      await sys.out('Paused\n');
      for (const number of [signal.TERM, signal.INT]) sys.onSignal(number, () => sys.exitSoon(0));
      return sys.block<number>(() => undefined);
    case 'netexec':
      return netexec(
        sys,
        Number(flag('http-port', '8080')),
        Number(flag('udp-port', '8081')),
        Number(flag('delay-shutdown', '0')),
      );
    case 'serve-hostname': {
      const port = Number(flag('port', '9376'));
      await sys.out('Serving on port '.concat(String(port), '.\n'));
      sys.onSignal(signal.TERM, () => sys.exitSoon(0));
      return serveHttp(
        sys,
        port,
        () => reply(200, sys.host.hostname),
        `listen tcp :${port}: bind: address already in use`,
      );
    }
    case 'porter': {
      const served = [...sys.env].flatMap(([name, value]) =>
        /^SERVE_PORT_\d+$/.test(name) ? [{ port: Number(name.slice(11)), value }] : [],
      );
      return all(
        sys,
        served.map(({ port, value }) => ({ port, handle: () => reply(200, value) })),
      );
    }
    case 'liveness': {
      const startMs = sys.now();
      await sys.out('Started liveness server\n');
      return serveHttp(
        sys,
        8080,
        (request) => {
          const seconds = (sys.now() - startMs) / 1000;
          if (!request.path.startsWith('/healthz')) return reply(404, '404 page not found\n');
          return seconds > 10 ? reply(500, `error: ${seconds.toFixed(9)}`) : reply(200, 'ok');
        },
        'listen tcp :8080: bind: address already in use',
      );
    }
    case 'connect':
      return connect(
        sys,
        args.find((arg) => !arg.startsWith('--') && arg.includes(':')) ?? '',
        flag('timeout', '5s'),
      );
    case 'grpc-health-checking':
      return grpcHealthChecking(sys, flag);
    case 'entrypoint-tester':
      await sys.out(`${JSON.stringify([sys.args[0], command, ...args])}\n`);
      return 0;
    case 'logs-generator': {
      const total = Number(flag('log-lines-total', '10'));
      const seconds = Number(flag('run-duration', '1s').replace('s', ''));
      for (let n = 0; n < total; n++) {
        await sys.err(
          `I${new Date(sys.now()).toISOString().slice(5, 10).replace('-', '')} ${new Date(sys.now()).toISOString().slice(11, 19)}.000000       1 logs_generator.go:76] ${n} GET /api/v1/namespaces/default/pods/${sys.random.int(1000)} ${200 + sys.random.int(300)}\n`,
        );
        await sys.sleep((seconds / total) * 1000);
      }
      return 0;
    }
    case 'echo-server':
    case 'test-webserver':
      return serveHttp(sys, Number(flag('port', '80')), () => reply(200, 'ok'), 'address already in use');
    case '--version':
    case 'version':
      await sys.out('agnhost version 2.53\n');
      return 0;
    default:
      await sys.err(`Error: unknown command "${command}" for "app"\nRun 'app --help' for usage.\n`);
      return 1;
  }
}

async function all(
  sys: Syscalls,
  servers: readonly { readonly port: number; readonly handle: () => HttpResponse }[],
): Promise<number> {
  sys.onSignal(signal.TERM, () => sys.exitSoon(0));
  return Promise.race(servers.map(({ port, handle }) => listenUntilEnd(sys, port, { kind: 'http', handle })));
}

async function connect(sys: Syscalls, target: string, timeout: string): Promise<number> {
  const [host = '', port = '80'] = target.split(':');
  const outcome = await sys.block<string>((done) => {
    const abort = new AbortController();
    const finish = (text: string) => {
      cancel();
      done(text);
    };
    const cancel = sys.after(Number(timeout.replace('s', '')) * 1000, () => finish('TIMEOUT'));
    sys.net.connect(host, Number(port), abort.signal).then(
      (connection) => {
        connection.destroy();
        finish('');
      },
      (error: unknown) =>
        finish(
          error instanceof NetworkError
            ? ({ ECONNREFUSED: 'REFUSED', ETIMEDOUT: 'TIMEOUT', ENOTFOUND: 'DNS' }[error.code as string] ??
                'OTHER')
            : 'OTHER',
        ),
    );
    return () => {
      cancel();
      abort.abort();
    };
  });
  if (outcome !== '') await sys.err(`${outcome}\n`);
  return outcome === '' ? 0 : 1;
}

async function netexec(sys: Syscalls, port: number, udp: number, delaySeconds: number): Promise<number> {
  await sys.out(
    `I0115 10:00:00.000000       1 log.go:245] Started HTTP server on port ${port}\nI0115 10:00:00.000000       1 log.go:245] Started UDP server on port  ${udp}\n`,
  );
  let healthy = true;
  sys.onSignal(signal.TERM, () => {
    if (delaySeconds <= 0) sys.exitSoon(0);
    else {
      const cancel = sys.after(delaySeconds * 1000, () => sys.exitSoon(0));
      void sys.block<void>(() => cancel).catch(() => undefined);
    }
  });
  const handle = async (request: HttpRequest): Promise<HttpResponse> => {
    const url = new URL(request.path, 'http://x');
    const query = (name: string) => url.searchParams.get(name) ?? '';
    switch (url.pathname) {
      case '/hostname':
      case '/hostName':
        return reply(200, sys.host.hostname);
      case '/clientip':
        return reply(200, `${request.peerIp ?? ''}:40000`);
      case '/echo':
        return reply(Number(query('code')) || 200, query('msg'));
      case '/exit':
        void sys.after(Number(query('wait').replace(/\D/g, '')) * 1000 || 1, () =>
          sys.exitSoon(Number(query('code')) || 0),
        );
        return reply(200, 'exiting');
      case '/healthz':
        return healthy ? reply(200, '') : reply(412, '');
      case '/header':
        return reply(200, request.headers[query('key').toLowerCase()] ?? '');
      case '/redirect':
        return reply(Number(query('code')) || 302, '', { location: query('location') });
      case '/shell':
      case '/shutdown': {
        if (url.pathname === '/shutdown') {
          healthy = false;
          void sys.after(1, () => sys.exitSoon(0));
          return reply(200, '');
        }
        return reply(200, JSON.stringify(await shell(sys, query('shellCommand') || query('cmd'))));
      }
      case '/dial':
        return dial(sys, url);
      case '/':
        return reply(200, `NOW: ${new Date(sys.now()).toISOString()}`);
      default:
        return reply(404, '404 page not found\n');
    }
  };
  return serveHttp(
    sys,
    port,
    handle,
    `F0115 10:00:00.000000       1 netexec.go:250] listen tcp :${port}: bind: address already in use`,
  );
}

async function shell(sys: Syscalls, command: string): Promise<{ output?: string; error?: string }> {
  const [reader, writer] = sys.pipe();
  const child = sys.fork((forked) => execByName(forked, ['sh', '-c', command]), {
    fds: new Map([
      [1, writer],
      [2, writer],
    ]),
  });
  sys.close(writer);
  let output = '';
  for (;;) {
    const chunk = await sys.read(reader);
    if (chunk.byteLength === 0) break;
    if (output.length < 1 << 20) output += Buffer.from(chunk).toString('utf8');
  }
  sys.close(reader);
  const end = await child.wait();
  return end.status === 0 ? { output } : { output, error: `exit status ${end.status}` };
}

/** Asks others for a path, as the tests of Services do. */
async function dial(sys: Syscalls, url: URL): Promise<HttpResponse> {
  const [host, port, path] = [
    url.searchParams.get('host') ?? '',
    Number(url.searchParams.get('port') ?? 80),
    url.searchParams.get('request') ?? 'hostName',
  ];
  const responses: string[] = [];
  const errors: string[] = [];
  for (let n = 0; n < Math.min(100, Number(url.searchParams.get('tries') ?? 1)); n++) {
    await sys.net.http(host, port, { method: 'GET', path: `/${path}`, headers: { host } }).then(
      ({ body }) => responses.push(Buffer.from(body).toString('utf8')),
      (error: unknown) => errors.push(String(error)),
    );
  }
  return reply(200, JSON.stringify(errors.length > 0 ? { responses, errors } : { responses }));
}
