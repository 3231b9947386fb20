import { type HttpRequest, type HttpResponse, NetworkError } from '../../../../../network/contract.ts';
import { Errno } from '../../fs/errno.ts';
import { toBytes } from '../../process/bytes.ts';
import { signal } from '../../process/signals.ts';
import type { Child, Syscalls } from '../../process/syscalls.ts';
import { glob } from '../../shell/glob.ts';
import { answer } from './nginx-answer.ts';
import { all, ConfFailure, type Directive, find, parseConf } from './nginx-conf.ts';
import { listen } from './serve.ts';

const main = '/etc/nginx/nginx.conf';

/** `nginx [-tTvV] [-g directives] [-c file] [-s stop|quit|reload|reopen]` */
export async function nginx(sys: Syscalls): Promise<number> {
  const options = read(sys.args.slice(1));
  const version = sys.env.get('NGINX_VERSION') ?? '1.29.1';
  if (options.show !== undefined) {
    await sys.err(`nginx version: nginx/${version}\n${options.show === 'V' ? 'built by gcc\n' : ''}`);
    return 0;
  }
  if (options.signal !== undefined) return sendSignal(sys, options.signal);
  const file = options.file ?? main;
  let servers: readonly Directive[];
  try {
    servers = load(sys, file);
  } catch (error) {
    if (!(error instanceof ConfFailure)) throw error;
    await sys.err(
      `${options.test ? 'nginx: ' : `${stamp(sys)} `}[emerg] ${options.test ? '' : `${sys.pid}#${sys.pid}: `}${error.message}\n`,
    );
    if (!options.test) await sys.err(`nginx: [emerg] ${error.message}\n`);
    else await sys.err(`nginx: configuration file ${file} test failed\n`);
    return 1;
  }
  if (options.test) {
    await sys.err(
      `nginx: the configuration file ${file} syntax is ok\nnginx: configuration file ${file} test is successful\n`,
    );
    return 0;
  }
  return new Master(sys, file, version).run(servers, /daemon\s+off/.test(options.globals));
}

interface Options {
  readonly test: boolean;
  readonly show: 'v' | 'V' | undefined;
  readonly signal: string | undefined;
  readonly file: string | undefined;
  readonly globals: string;
}

function read(args: readonly string[]): Options {
  const value = (flag: string) => {
    const at = args.indexOf(flag);
    return at < 0 ? undefined : args[at + 1];
  };
  return {
    test: args.includes('-t') || args.includes('-T'),
    show: args.includes('-V') ? 'V' : args.includes('-v') ? 'v' : undefined,
    signal: value('-s'),
    file: value('-c'),
    globals: value('-g') ?? '',
  };
}

async function sendSignal(sys: Syscalls, name: string): Promise<number> {
  const number = { stop: signal.TERM, quit: signal.QUIT, reload: signal.HUP, reopen: signal.USR1 }[name];
  if (number === undefined) {
    await sys.err(`nginx: invalid option: "-s ${name}"\n`);
    return 1;
  }
  try {
    const pid = Number(sys.files.readText('/run/nginx.pid').trim());
    await sys.err(`${stamp(sys)} [notice] ${sys.pid}#${sys.pid}: signal process started\n`);
    sys.kill(pid, number);
    return 0;
  } catch (error) {
    if (!(error instanceof Errno)) throw error;
    await sys.err(`nginx: [error] open() "/run/nginx.pid" failed (2: No such file or directory)\n`);
    return 1;
  }
}

/** `2026/01/15 10:00:00` */
function stamp(sys: Syscalls): string {
  return new Date(sys.now()).toISOString().slice(0, 19).replace('T', ' ').replaceAll('-', '/');
}

/** The `server` blocks, includes read. Throws `ConfFailure`. */
function load(sys: Syscalls, file: string): readonly Directive[] {
  const readFile = (path: string): readonly Directive[] => {
    let text: string;
    try {
      text = sys.files.readText(path);
    } catch (error) {
      if (!(error instanceof Errno)) throw error;
      throw new ConfFailure(
        `open() "${path}" failed (${error.code === 'EACCES' ? 13 : 2}: ${error.message})`,
      );
    }
    return parseConf(text, path);
  };
  const http = find(readFile(file), 'http')?.block ?? [];
  const included = all(http, 'include').flatMap(({ args: [pattern = ''] }) => {
    const paths = glob(sys.files, [
      { text: pattern.startsWith('/') ? pattern : `/etc/nginx/${pattern}`, quoted: false },
    ]);
    return paths
      .filter((path) => sys.files.exists(path) && !path.endsWith('mime.types'))
      .map((path) => ({ path, directives: readFile(path) }));
  });
  for (const { path, directives } of included) {
    const known = new Set([
      'server',
      'upstream',
      'map',
      'log_format',
      'access_log',
      'error_log',
      'gzip',
      'client_max_body_size',
    ]);
    const wrong = directives.find(
      (one) => !known.has(one.name) && /^(?:location|events|http|worker_processes)$/.test(one.name),
    );
    if (wrong !== undefined)
      throw new ConfFailure(`"${wrong.name}" directive is not allowed here in ${path}:${wrong.line}`);
  }
  return [...included.flatMap(({ directives }) => directives), ...http].filter(
    (one) => one.name === 'server' || one.name === 'upstream',
  );
}

class Master {
  readonly #sys: Syscalls;
  readonly #file: string;
  readonly #version: string;
  #open: { readonly close: () => void }[] = [];
  #workers: Child[] = [];
  #servers: readonly Directive[] = [];
  #active = 0;
  #quitting: (() => void) | undefined;

  constructor(sys: Syscalls, file: string, version: string) {
    this.#sys = sys;
    this.#file = file;
    this.#version = version;
  }

  async run(servers: readonly Directive[], foreground: boolean): Promise<number> {
    const sys = this.#sys;
    if (!this.#listenTo(servers)) {
      const ports = this.#portsOf(servers);
      for (let attempt = 0; attempt < 5; attempt++) {
        await sys.err(
          `${stamp(sys)} [emerg] ${sys.pid}#${sys.pid}: bind() to 0.0.0.0:${ports[0]} failed (98: Address in use)\nnginx: [emerg] bind() to 0.0.0.0:${ports[0]} failed (98: Address in use)\n`,
        );
        await sys.sleep(500);
      }
      await sys.err(
        `${stamp(sys)} [emerg] ${sys.pid}#${sys.pid}: still could not bind()\nnginx: [emerg] still could not bind()\n`,
      );
      return 1;
    }
    sys.setTitle(['nginx: master process nginx -g daemon off;']);
    try {
      sys.files.writeBytes('/run/nginx.pid', toBytes(`${sys.pid}\n`));
    } catch (error) {
      if (!(error instanceof Errno)) throw error;
      const text = `open() "/run/nginx.pid" failed (${error.code === 'EROFS' ? 30 : 13}: ${error.message})`;
      await sys.err(`${stamp(sys)} [emerg] ${sys.pid}#${sys.pid}: ${text}\nnginx: [emerg] ${text}\n`);
      return 1;
    }
    await this.#notice('using the "epoll" event method');
    await this.#notice(`nginx/${this.#version}`);
    await this.#notice(`OS: Linux ${sys.host.kernel}`);
    await this.#notice('start worker processes');
    await this.#startWorkers();
    void foreground;
    return this.#work();
  }

  #work(): Promise<number> {
    const sys = this.#sys;
    return sys.block<number>((done) => {
      const stop = (name: string, number: number) => {
        void Promise.resolve(
          this.#notice(
            `signal ${number} (${name}) received, ${number === signal.QUIT ? 'shutting down' : 'exiting'}`,
          ),
        )
          .then(() => this.#end(number === signal.QUIT))
          .then(() => done(0))
          .catch(() => done(0));
      };
      sys.onSignal(signal.QUIT, () => stop('SIGQUIT', signal.QUIT));
      sys.onSignal(signal.TERM, () => stop('SIGTERM', signal.TERM));
      sys.onSignal(signal.INT, () => stop('SIGINT', signal.INT));
      sys.onSignal(signal.HUP, () => void this.#reload().catch(() => undefined));
      sys.onSignal(signal.USR1, () => undefined);
      return undefined;
    });
  }

  #portsOf(servers: readonly Directive[]): readonly number[] {
    const ports = all(servers, 'server').flatMap((server) => {
      const listens = all(server.block, 'listen').map(({ args: [text = '80'] }) =>
        Number(/(\d+)$/.exec(text)?.[1] ?? 80),
      );
      return listens.length === 0 ? [80] : listens;
    });
    return [...new Set(ports)];
  }

  /** False: a port is taken. */
  #listenTo(servers: readonly Directive[]): boolean {
    const before = this.#open;
    this.#servers = servers;
    for (const one of before) one.close();
    this.#open = [];
    try {
      for (const port of this.#portsOf(servers)) {
        this.#open.push(listen(this.#sys, port, (request, aborted) => this.#handle(port, request, aborted)));
      }
      return true;
    } catch (error) {
      if (!(error instanceof NetworkError)) throw error;
      for (const one of this.#open) one.close();
      return false;
    }
  }

  async #handle(port: number, request: HttpRequest, aborted: AbortSignal): Promise<HttpResponse> {
    this.#active++;
    try {
      const response = await answer(this.#sys, this.#servers, port, request, this.#version, aborted);
      const { headers } = request;
      const size = request.method === 'HEAD' ? 0 : response.body.byteLength;
      const line = `${request.peerIp ?? '127.0.0.1'} - - [${clf(this.#sys.now())}] "${request.method} ${request.path} HTTP/1.1" ${response.status} ${size} "${headers['referer'] ?? '-'}" "${headers['user-agent'] ?? '-'}" "${headers['x-forwarded-for'] ?? '-'}"\n`;
      await this.#sys.out(line);
      return response;
    } finally {
      this.#active--;
      if (this.#active === 0) this.#quitting?.();
    }
  }

  async #startWorkers(): Promise<void> {
    const sys = this.#sys;
    for (let n = 0; n < sys.host.cpus; n++) {
      const worker = sys.fork(async (child) => {
        child.setTitle(['nginx: worker process']);
        for (const number of [signal.QUIT, signal.HUP, signal.USR1]) child.onSignal(number, 'ignore');
        return child.block<number>(() => undefined);
      });
      this.#workers.push(worker);
      await this.#notice(`start worker process ${worker.pid}`);
    }
  }

  async #reload(): Promise<void> {
    const sys = this.#sys;
    await this.#notice('signal 1 (SIGHUP) received, reconfiguring');
    await this.#notice('reconfiguring');
    try {
      this.#listenTo(load(sys, this.#file));
    } catch (error) {
      if (!(error instanceof ConfFailure)) throw error;
      await sys.err(`${stamp(sys)} [emerg] ${sys.pid}#${sys.pid}: ${error.message}\n`);
      return;
    }
    const old = this.#workers.splice(0);
    await this.#notice('start worker processes');
    await this.#startWorkers();
    for (const worker of old) {
      sys.kill(worker.pid, signal.KILL);
      await worker.wait();
    }
  }

  async #end(gracefully: boolean): Promise<void> {
    const sys = this.#sys;
    for (const one of this.#open) one.close();
    if (gracefully && this.#active > 0) {
      await sys.block<void>((done) => {
        this.#quitting = done;
        return undefined;
      });
    }
    for (const worker of this.#workers) {
      if (worker.end === undefined) sys.kill(worker.pid, signal.KILL);
      await worker.wait();
      await this.#notice(`worker process ${worker.pid} exited with code 0`);
    }
    await this.#notice('exit');
  }

  #notice(text: string): void | Promise<void> {
    const { pid } = this.#sys;
    return this.#sys.err(`${stamp(this.#sys)} [notice] ${pid}#${pid}: ${text}\n`);
  }
}

/** `15/Jan/2026:10:00:00 +0000` */
export function clf(ms: number): string {
  const [, day, month, year, time] = /^\w+, (\d+) (\w+) (\d+) (\S+)/.exec(new Date(ms).toUTCString()) ?? [];
  return `${day}/${month}/${year}:${time} +0000`;
}
