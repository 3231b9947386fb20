import type { HttpRequest } from '../../../../../network/contract.ts';
import type { Syscalls } from '../../process/syscalls.ts';
import type { ProgramTable } from '../kit.ts';
import { agnhost } from './agnhost.ts';
import { database, filled, generic, portOf, stress } from './generic.ts';
import { apache, busyboxHttpd } from './httpd.ts';
import { nginx } from './nginx.ts';
import { redisCli, redisServer } from './redis.ts';
import { endAsGo, listenUntilEnd, reply, serveHttp } from './serve.ts';

/** Of kubeadm's Corefile, as its log shows it. */
const corednsConfiguration =
  '591cf328cccc12bc490481273e738df59329c62c0b729d94e8b61db9961c2fa5f046dd37f1cf888b953814040d180f52594972691cd6ff41be96639138a43908';

/** Servers that images run. */
export const serverPrograms: ProgramTable = {
  nginx,
  httpd: busyboxHttpd,
  apache,
  agnhost,
  stress,
  servidor: (sys) => generic(sys),
  'redis-server': redisServer,
  'redis-cli': redisCli,
  'hello-app': async (sys) => {
    endAsGo(sys);
    const port = portOf(sys, 8080);
    const stamp = () => new Date(sys.now()).toISOString().slice(0, 19).replace('T', ' ').replaceAll('-', '/');
    await sys.err(`${stamp()} Server listening on port ${port}\n`);
    return serveHttp(
      sys,
      port,
      async (request) => {
        await sys.err(`${stamp()} Serving request: ${request.path.split('?')[0]}\n`);
        return reply(
          200,
          filled(sys, 'Hello, world!\nVersion: {HELLO_VERSION}\nHostname: {nombre}\n', request),
        );
      },
      `${stamp()} listen tcp :${port}: bind: address already in use`,
    );
  },
  'http-echo': async (sys) => {
    const value = (name: string) =>
      sys.args.find((arg) => arg.replace(/^-+/, '').startsWith(`${name}=`))?.replace(/^-+\w+=/, '');
    const port = Number((value('listen') ?? ':5678').split(':').at(-1));
    const text = value('text') ?? sys.env.get('ECHO_TEXT');
    if (text === undefined) {
      await sys.err('Missing -text option!\n');
      return 127;
    }
    sys.onSignal(15, () => sys.exitSoon(0));
    const stamp = () => new Date(sys.now()).toISOString().slice(0, 19).replace('T', ' ').replaceAll('-', '/');
    await sys.out(`${stamp()} [INFO] server is listening on :${port}\n`);
    return serveHttp(
      sys,
      port,
      () => reply(200, `${text}\n`, { 'x-app-name': 'http-echo' }),
      'bind: address already in use',
    );
  },
  'whoami-server': (sys) => {
    const at = sys.args.indexOf('--port');
    const port = Number(at >= 0 ? sys.args[at + 1] : (sys.env.get('WHOAMI_PORT_NUMBER') ?? 80));
    return serveHttp(
      sys,
      port,
      (request) =>
        request.path.startsWith('/health') ? reply(200, '') : reply(200, requestText(sys, request)),
      'bind: address already in use',
    );
  },
  echoserver: (sys) => {
    sys.onSignal(15, () => sys.exitSoon(0));
    return serveHttp(
      sys,
      portOf(sys, 8080),
      (request) =>
        reply(
          200,
          `\n\nHostname: ${sys.host.hostname}\n\nRequest Information:\n\tclient_address=${request.peerIp ?? ''}\n\tmethod=${request.method}\n\treal path=${request.path}\n\nRequest Headers:\n${headerRows(request, (name, value) => `\t${name}=${value}\n`)}\nRequest Body:\n\t-no body in request-\n\n`,
        ),
      'bind: address already in use',
    );
  },
  'php-apache': (sys) =>
    generic(sys, {
      puerto: 80,
      respuesta: 'OK!',
      cpu: 200,
      tipo: 'text/html; charset=UTF-8',
      registra: false,
    }),
  bootcamp: async (sys) => {
    await sys.out(
      'Kubernetes Bootcamp App Started At: '.concat(
        new Date(sys.now()).toISOString(),
        ' | Running On:  ',
        sys.host.hostname,
        '\n\n',
      ),
    );
    return serveHttp(
      sys,
      8080,
      async (request) => {
        await sys.out(
          `Running On: ${sys.host.hostname} | Total Requests: 1 | App Uptime: 0 seconds | Log Time: ${new Date(sys.now()).toISOString()}\n`,
        );
        return reply(
          200,
          filled(sys, 'Hello Kubernetes bootcamp! | Running on: {nombre} | v={BOOTCAMP_VERSION}\n', request),
        );
      },
      'listen EADDRINUSE :::8080',
    );
  },
  coredns: async (sys) => {
    await sys.out(
      `.:53\n[INFO] plugin/reload: Running configuration SHA512 = ${corednsConfiguration}\nCoreDNS-1.11.3\nlinux/amd64, go1.21.11, a6338e9\n`,
    );
    sys.onSignal(15, () => {
      void sys.out(
        '[INFO] SIGTERM: Shutting down servers then terminating\n[INFO] plugin/health: Going into lameduck mode for 5s\n',
      );
      const cancel = sys.after(5000, () => sys.exitSoon(0));
      void sys.block<void>(() => cancel).catch(() => undefined);
    });
    const healthy = () => reply(200, 'OK');
    return Promise.race([
      listenUntilEnd(sys, 53, { kind: 'dns' }, { protocol: 'UDP' }),
      listenUntilEnd(sys, 53, { kind: 'dns' }, { protocol: 'TCP' }),
      listenUntilEnd(sys, 8080, { kind: 'http', handle: healthy }),
      listenUntilEnd(sys, 8181, { kind: 'http', handle: healthy }),
      listenUntilEnd(sys, 9153, {
        kind: 'http',
        handle: () => reply(200, '# HELP coredns_build_info\ncoredns_build_info{version="1.11.3"} 1\n'),
      }),
    ]);
  },
  postgres: database(
    5432,
    (sys) => {
      const at = `${new Date(sys.now()).toISOString().slice(0, 23).replace('T', ' ')} UTC [${sys.pid}] LOG: `;
      return [
        `${at} listening on IPv4 address "0.0.0.0", port 5432`,
        `${at} database system is ready to accept connections`,
      ];
    },
    '',
    (sys) => {
      const settings = ['POSTGRES_PASSWORD', 'POSTGRES_HOST_AUTH_METHOD', 'POSTGRES_PASSWORD_FILE'];
      return settings.some((name) => (sys.env.get(name) ?? '') !== '')
        ? undefined
        : 'Error: Database is uninitialized and superuser password is not specified.\n       You must specify POSTGRES_PASSWORD to a non-empty value for the\n       superuser. For example, "-e POSTGRES_PASSWORD=password" on "docker run".\n';
    },
  ),
  pg_isready: async (sys) => {
    const at = sys.args.indexOf('-h');
    const host = at < 0 ? '127.0.0.1' : (sys.args[at + 1] ?? '127.0.0.1');
    const there = await sys.net.connect(host, 5432, sys.abortSignal()).then(
      (one) => one.destroy() !== undefined,
      () => false,
    );
    await sys.out(
      `${at < 0 ? '/var/run/postgresql' : host}:5432 - ${there ? 'accepting connections' : 'no response'}\n`,
    );
    return there ? 0 : 2;
  },
  mysqld: database(
    3306,
    (sys) => [
      `${new Date(sys.now()).toISOString()} 0 [System] [MY-010931] [Server] /usr/sbin/mysqld: ready for connections. Version: '8.4.6'  socket: '/var/run/mysqld/mysqld.sock'  port: 3306  MySQL Community Server - GPL.`,
    ],
    'J\0\0\0\n8.4.6\0',
    (sys) => {
      const settings = [
        'MYSQL_ROOT_PASSWORD',
        'MYSQL_ALLOW_EMPTY_PASSWORD',
        'MYSQL_RANDOM_ROOT_PASSWORD',
        'MARIADB_ROOT_PASSWORD',
      ];
      return settings.some((name) => (sys.env.get(name) ?? '') !== '')
        ? undefined
        : `${new Date(sys.now()).toISOString().slice(0, 19).replace('T', ' ')}+00:00 [ERROR] [Entrypoint]: Database is uninitialized and password option is not specified\n    You need to specify one of the following as an environment variable:\n    - MYSQL_ROOT_PASSWORD\n    - MYSQL_ALLOW_EMPTY_PASSWORD\n    - MYSQL_RANDOM_ROOT_PASSWORD\n`;
    },
  ),
  mongod: database(
    27_017,
    () => [
      '{"s":"I","c":"NETWORK","id":23016,"ctx":"listener","msg":"Waiting for connections","attr":{"port":27017,"ssl":"off"}}',
    ],
    '',
  ),
};

function headerRows(request: HttpRequest, row: (name: string, value: string) => string): string {
  return Object.entries(request.headers)
    .map(([name, value]) => row(name, value))
    .join('');
}

function requestText(sys: Syscalls, request: HttpRequest): string {
  const name = sys.env.get('WHOAMI_NAME');
  const titled = (text: string) => text.replace(/(^|-)[a-z]/g, (letter) => letter.toUpperCase());
  const headers = headerRows(request, (key, value) => (key === 'host' ? '' : `${titled(key)}: ${value}\n`));
  return `${name === undefined ? '' : `Name: ${name}\n`}Hostname: ${sys.host.hostname}\nIP: 127.0.0.1\nIP: ${sys.net.ip}\nRemoteAddr: ${request.peerIp ?? ''}:40000\n${request.method} ${request.path} HTTP/1.1\nHost: ${request.headers['host'] ?? ''}\n${headers}\n`;
}
