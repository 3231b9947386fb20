import type { Duplex } from 'node:stream';
import { NetworkError } from '../../../../../network/contract.ts';
import { Errno } from '../../fs/errno.ts';
import { concat, toBytes, toText } from '../../process/bytes.ts';
import { signal } from '../../process/signals.ts';
import type { Syscalls } from '../../process/syscalls.ts';
import { fail, linesOf } from '../kit.ts';
import { listenUntilEnd } from './serve.ts';

/** Enough of redis: strings, counters, lists, expiry not. `SAVE` and the end write /data/dump.rdb, which the start reads. */
export async function redisServer(sys: Syscalls): Promise<number> {
  const at = sys.args.indexOf('--port');
  const port = at < 0 ? 6379 : Number(sys.args[at + 1]);
  const appends =
    sys.args.includes('--appendonly') && sys.args[sys.args.indexOf('--appendonly') + 1] === 'yes';
  const store = new Store(sys, appends);
  const stamp = () =>
    `${sys.pid}:M ${new Date(sys.now()).toUTCString().slice(5, 16)} ${new Date(sys.now()).toISOString().slice(11, 23)}`;
  await sys.out(
    `${stamp()} * Redis version=${sys.env.get('REDIS_VERSION') ?? '8.2.1'}, bits=64, pid=${sys.pid}, just started\n`,
  );
  store.load();
  for (const number of [signal.TERM, signal.INT]) {
    sys.onSignal(number, () => {
      store.save();
      void Promise.resolve(
        sys.out(
          `${stamp()} # User requested shutdown...\n${stamp()} * DB saved on disk\n${stamp()} # Redis is now ready to exit, bye bye...\n`,
        ),
      ).catch(() => undefined);
      sys.exitSoon(0);
    });
  }
  const serving = (async () => {
    try {
      return await listenUntilEnd(sys, port, {
        kind: 'bytes',
        accept: (connection) => talk(connection, store),
      });
    } catch (error) {
      if (!(error instanceof NetworkError)) throw error;
      await sys.out(
        `${stamp()} # Warning: Could not create server TCP listening socket *:${port}: bind: Address in use\n`,
      );
      return 1;
    }
  })();
  await sys.out(`${stamp()} * Ready to accept connections tcp\n`);
  return serving;
}

class Store {
  readonly #sys: Syscalls;
  readonly #appends: boolean;
  readonly #values = new Map<string, string | string[]>();

  constructor(sys: Syscalls, appends: boolean) {
    this.#sys = sys;
    this.#appends = appends;
  }

  load(): void {
    try {
      for (const [key, value] of JSON.parse(this.#sys.files.readText('/data/dump.rdb').slice(9)) as [
        string,
        string | string[],
      ][])
        this.#values.set(key, value);
    } catch {
      // Nothing was saved.
    }
  }

  save(): boolean {
    try {
      this.#sys.files.writeBytes('/data/dump.rdb', toBytes(`REDIS0012${JSON.stringify([...this.#values])}`));
      return true;
    } catch (error) {
      if (error instanceof Errno) return false;
      throw error;
    }
  }

  run(words: readonly string[]): string {
    const [name = '', key = '', ...rest] = words;
    const value = this.#values.get(key);
    const text = typeof value === 'string' ? value : undefined;
    const list = Array.isArray(value) ? value : [];
    const put = (next: string | string[]) => {
      this.#values.set(key, next);
      if (this.#appends) this.save();
    };
    const add = (amount: number) => {
      if (text !== undefined && !/^-?\d+$/.test(text))
        return '-ERR value is not an integer or out of range\r\n';
      const next = Number(text ?? 0) + amount;
      put(String(next));
      return `:${next}\r\n`;
    };
    switch (name.toUpperCase()) {
      case 'PING':
        return key === '' ? '+PONG\r\n' : bulk(key);
      case 'ECHO':
        return bulk(key);
      case 'SET':
        put(rest[0] ?? '');
        return '+OK\r\n';
      case 'GET':
        return text === undefined ? '$-1\r\n' : bulk(text);
      case 'DEL':
        return `:${[key, ...rest].filter((one) => this.#values.delete(one)).length}\r\n`;
      case 'EXISTS':
        return `:${[key, ...rest].filter((one) => this.#values.has(one)).length}\r\n`;
      case 'INCR':
        return add(1);
      case 'DECR':
        return add(-1);
      case 'INCRBY':
        return add(Number(rest[0] ?? 0));
      case 'APPEND':
        put((text ?? '') + (rest[0] ?? ''));
        return `:${(text ?? '').length + (rest[0] ?? '').length}\r\n`;
      case 'RPUSH':
        put([...list, ...rest]);
        return `:${list.length + rest.length}\r\n`;
      case 'LPUSH':
        put([...rest.toReversed(), ...list]);
        return `:${list.length + rest.length}\r\n`;
      case 'LPOP':
      case 'RPOP': {
        const left = [...list];
        const taken = name.toUpperCase() === 'LPOP' ? left.shift() : left.pop();
        put(left);
        return taken === undefined ? '$-1\r\n' : bulk(taken);
      }
      case 'LLEN':
        return `:${list.length}\r\n`;
      case 'LRANGE':
        return array(
          list.slice(
            Number(rest[0] ?? 0),
            Number(rest[1] ?? -1) < 0 ? list.length + Number(rest[1] ?? -1) + 1 : Number(rest[1]) + 1,
          ),
        );
      case 'KEYS':
        return array([...this.#values.keys()]);
      case 'DBSIZE':
        return `:${this.#values.size}\r\n`;
      case 'FLUSHALL':
      case 'FLUSHDB':
        this.#values.clear();
        return '+OK\r\n';
      case 'SAVE':
      case 'BGSAVE':
        return this.save() ? '+OK\r\n' : '-ERR\r\n';
      case 'INFO':
        return bulk(
          `# Server\r\nredis_version:${this.#sys.env.get('REDIS_VERSION') ?? '8.2.1'}\r\nrole:master\r\n`,
        );
      case 'COMMAND':
      case 'CLIENT':
      case 'AUTH':
      case 'SELECT':
      case 'CONFIG':
        return '+OK\r\n';
      default:
        return `-ERR unknown command '${name}', with args beginning with: ${[key, ...rest]
          .filter((one) => one !== '')
          .map((one) => `'${one}' `)
          .join('')}\r\n`;
    }
  }
}

function bulk(text: string): string {
  return `$${toBytes(text).byteLength}\r\n${text}\r\n`;
}

function array(items: readonly string[]): string {
  return `*${items.length}\r\n${items.map(bulk).join('')}`;
}

function talk(connection: Duplex, store: Store): void {
  let pending = new Uint8Array(0);
  connection.on('error', () => connection.destroy());
  connection.on('data', (chunk: Uint8Array) => {
    pending = Uint8Array.from(concat([pending, chunk]));
    if (pending.byteLength > 1 << 20) {
      connection.destroy();
      return;
    }
    for (let words = take(); words !== undefined; words = take()) {
      if (words.length === 0) continue;
      connection.write(toBytes(store.run(words)));
      if (words[0]?.toUpperCase() === 'QUIT') connection.end();
    }
  });
  connection.on('end', () => connection.end());
  /** One command: RESP or a line. */
  const take = (): string[] | undefined => {
    const text = toText(pending);
    const end = text.indexOf('\n');
    if (end < 0) return undefined;
    if (!text.startsWith('*')) {
      pending = pending.slice(toBytes(text.slice(0, end + 1)).byteLength);
      return text
        .slice(0, end)
        .trim()
        .split(/\s+/)
        .filter((word) => word !== '');
    }
    let at = end + 1;
    const words: string[] = [];
    for (let n = 0; n < Math.min(1000, Number(text.slice(1, end))); n++) {
      const line = text.indexOf('\n', at);
      if (line < 0) return undefined;
      const size = Number(text.slice(at + 1, line));
      const bytes = toBytes(text.slice(line + 1));
      if (bytes.byteLength < size + 2) return undefined;
      const word = toText(bytes.slice(0, size));
      words.push(word);
      at = line + 1 + word.length + 2;
    }
    pending = pending.slice(toBytes(text.slice(0, at)).byteLength);
    return words;
  };
}

/** `redis-cli [-h host] [-p port] [command]` */
export async function redisCli(sys: Syscalls): Promise<number> {
  const args = [...sys.args.slice(1)];
  let [host, port] = ['127.0.0.1', 6379];
  while (args[0]?.startsWith('-') === true) {
    const flag = args.shift();
    if (flag === '-h') host = args.shift() ?? host;
    else if (flag === '-p') port = Number(args.shift());
    else if (flag === '-a' || flag === '-n') args.shift();
  }
  let connection: Duplex;
  try {
    connection = await sys.net.connect(host, port, sys.abortSignal());
  } catch (error) {
    if (!(error instanceof NetworkError)) throw error;
    const why = error.code === 'ENOTFOUND' ? 'Name does not resolve' : 'Connection refused';
    await sys.err(`Could not connect to Redis at ${host}:${port}: ${why}\n`);
    return 1;
  }
  const ask = (words: readonly string[]) =>
    sys.block<string>((done) => {
      let text = '';
      const more = (chunk: Uint8Array) => {
        text += toText(chunk);
        if (!complete(text)) return;
        connection.off('data', more);
        done(text);
      };
      connection
        .on('data', more)
        .once('close', () => done(text))
        .once('error', () => done(text));
      connection.write(toBytes(array(words)));
      return () => connection.destroy();
    });
  try {
    if (args.length > 0) {
      await sys.out(`${shown(await ask(args), sys.tty(1) !== undefined)}\n`);
      return 0;
    }
    if (sys.tty(1) !== undefined) await sys.out(`${host}:${port}> `);
    for await (const line of linesOf(sys, 0)) {
      const words = line
        .trim()
        .split(/\s+/)
        .filter((word) => word !== '');
      if (words[0] === 'exit' || words[0] === 'quit') return 0;
      if (words.length > 0) await sys.out(`${shown(await ask(words), sys.tty(1) !== undefined)}\n`);
      if (sys.tty(1) !== undefined) await sys.out(`${host}:${port}> `);
    }
    return 0;
  } catch (error) {
    if (sys.ended) throw error;
    return await fail(sys, 'Server closed the connection');
  } finally {
    connection.destroy();
  }
}

function complete(text: string): boolean {
  const end = text.indexOf('\r\n');
  if (end < 0) return false;
  if (text.startsWith('$'))
    return (
      text.startsWith('$-1') ||
      text.length >= end + 2 + Number(text.slice(1, end)) + 2 ||
      text.endsWith('\r\n')
    );
  if (text.startsWith('*')) return text.split('\r\n').length - 2 >= Number(text.slice(1, end)) * 2;
  return true;
}

function shown(text: string, terminal: boolean): string {
  const [first = '', ...rest] = text.split('\r\n');
  if (first.startsWith('+')) return first.slice(1);
  if (first.startsWith('-')) return terminal ? `(error) ${first.slice(1)}` : first.slice(1);
  if (first.startsWith(':')) return terminal ? `(integer) ${first.slice(1)}` : first.slice(1);
  if (first === '$-1') return terminal ? '(nil)' : '';
  if (first.startsWith('*')) {
    const items = rest.filter((_, index) => index % 2 === 1).slice(0, Number(first.slice(1)));
    return items.length === 0
      ? '(empty array)'
      : items.map((item, index) => (terminal ? `${index + 1}) "${item}"` : item)).join('\n');
  }
  const value = rest.slice(0, -1).join('\r\n');
  return terminal ? `"${value}"` : value;
}
