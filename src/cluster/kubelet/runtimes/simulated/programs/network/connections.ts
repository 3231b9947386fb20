import type { Duplex } from 'node:stream';
import { NetworkError } from '../../../../../network/contract.ts';
import { concat } from '../../process/bytes.ts';
import type { Syscalls } from '../../process/syscalls.ts';
import { fail, parseOptions, usage } from '../kit.ts';
import { addressOf, hostsEntry } from './addresses.ts';

/** Reaches what answers: a machine of the network that refuses a connection is there. */
async function reachable(sys: Syscalls, address: string, timeoutMs: number): Promise<boolean> {
  const abort = new AbortController();
  return sys.block<boolean>((done) => {
    const cancel = sys.after(timeoutMs, () => {
      abort.abort();
      done(false);
    });
    const answer = (there: boolean) => {
      cancel();
      done(there);
    };
    sys.net.connect(address, 7, abort.signal).then(
      (connection) => {
        connection.destroy();
        answer(true);
      },
      (error: unknown) => {
        if (!abort.signal.aborted)
          answer(
            error instanceof NetworkError && (error.code === 'ECONNREFUSED' || error.code === 'ECONNRESET'),
          );
      },
    );
    return () => {
      cancel();
      abort.abort();
    };
  });
}

export async function ping(sys: Syscalls): Promise<number> {
  const { flags, rest } = parseOptions(sys.args.slice(1), '46qc:s:w:W:i:I:t:A');
  const [host = ''] = rest;
  if (host === '') return usage(sys, '', 'ping [OPTIONS] HOST');
  const address = await addressOf(sys, host);
  if (address === undefined) return fail(sys, `bad address '${host}'`);
  const size = Number(flags.get('s') ?? 56);
  const count = Number(flags.get('c') ?? Number.POSITIVE_INFINITY);
  const wait = Number(flags.get('W') ?? 1) * 1000;
  const untilMs = flags.has('w') ? sys.now() + Number(flags.get('w')) * 1000 : Number.POSITIVE_INFINITY;
  await sys.out(`PING ${host} (${address}): ${size} data bytes\n`);
  let [sent, received, stopped] = [0, 0, false];
  const times: number[] = [];
  sys.onSignal(2, () => {
    stopped = true;
  });
  while (sent < count && !stopped && sys.now() < untilMs) {
    const startMs = sys.now();
    if (await reachable(sys, address, wait)) {
      const ms = sys.now() - startMs + 0.04 + sys.random.int(60) / 1000;
      times.push(ms);
      received++;
      if (!flags.has('q'))
        await sys.out(
          `${size + 8} bytes from ${address}: seq=${sent} ttl=${address === sys.net.ip || address === '127.0.0.1' ? 64 : 63} time=${ms.toFixed(3)} ms\n`,
        );
    }
    sent++;
    const left = Number(flags.get('i') ?? 1) * 1000 - (sys.now() - startMs);
    if (sent < count && left > 0) await sys.sleep(left);
  }
  await sys.out(
    `\n--- ${host} ping statistics ---\n${sent} packets transmitted, ${received} packets received, ${sent === 0 ? 0 : Math.round(((sent - received) / sent) * 100)}% packet loss\n`,
  );
  if (times.length > 0) {
    const average = times.reduce((sum, one) => sum + one, 0) / times.length;
    await sys.out(
      `round-trip min/avg/max = ${Math.min(...times).toFixed(3)}/${average.toFixed(3)}/${Math.max(...times).toFixed(3)} ms\n`,
    );
  }
  return received > 0 ? 0 : 1;
}

export async function nc(sys: Syscalls): Promise<number> {
  const { flags, rest } = parseOptions(sys.args.slice(1), 'lp:zvnuw:s:e:k4i:');
  const timeoutMs = flags.has('w') ? Number(flags.get('w')) * 1000 : undefined;
  if (flags.has('l')) {
    const port = Number(flags.get('p') ?? rest.at(-1) ?? 0);
    for (;;) {
      const accepted = await sys
        .block<Duplex>((done, failed) => {
          let close = () => {};
          try {
            const stop = sys.net.listen(port, {
              kind: 'bytes',
              accept: (connection) => {
                stop('drain');
                done(connection);
              },
            });
            close = () => stop();
          } catch (error) {
            failed(error);
          }
          return close;
        })
        .catch((error: unknown) => {
          if (error instanceof NetworkError) return undefined;
          throw error;
        });
      if (accepted === undefined) return fail(sys, 'bind: Address in use');
      await relay(sys, accepted);
      if (!flags.has('k')) return 0;
    }
  }
  const [host = '', port = ''] = rest;
  if (port === '')
    return usage(
      sys,
      '',
      'nc [OPTIONS] HOST PORT  - connect\nnc [OPTIONS] -l -p PORT [HOST] [PORT]  - listen',
    );
  const abort = new AbortController();
  const result = await sys.block<Duplex | string>((done, failed) => {
    const cancel =
      timeoutMs === undefined
        ? () => {}
        : sys.after(timeoutMs, () => {
            abort.abort();
            done('Connection timed out');
          });
    sys.net.connect(hostsEntry(sys, host) ?? host, Number(port), abort.signal).then(
      (connection) => {
        cancel();
        done(connection);
      },
      (error: unknown) => {
        cancel();
        if (error instanceof NetworkError)
          done(
            error.code === 'ENOTFOUND' || error.code === 'EAI_AGAIN'
              ? `bad address '${host}'`
              : ({
                  ECONNREFUSED: 'Connection refused',
                  ETIMEDOUT: 'Operation timed out',
                  EHOSTUNREACH: 'Host is unreachable',
                }[error.code as string] ?? error.code),
          );
        else if (!abort.signal.aborted) failed(error);
      },
    );
    return () => {
      cancel();
      abort.abort();
    };
  });
  if (typeof result === 'string') {
    if (result.startsWith('bad')) return fail(sys, result);
    if (flags.has('z') && !flags.has('v')) return 1;
    return fail(sys, `${host} (${host}:${port}): ${result}`);
  }
  if (flags.has('v')) await sys.err(`${host} (${host}:${port}) open\n`);
  if (flags.has('z')) {
    result.destroy();
    return 0;
  }
  await relay(sys, result);
  return 0;
}

/** Standard input to the connection and back, until the other side ends. */
async function relay(sys: Syscalls, connection: Duplex): Promise<void> {
  const incoming: Uint8Array[] = [];
  let [ended, wake] = [false, () => {}];
  connection.on('data', (chunk: Uint8Array) => {
    incoming.push(chunk);
    if (incoming.length > 64) connection.pause();
    wake();
  });
  const end = () => {
    ended = true;
    wake();
  };
  connection.on('end', end).on('close', end).on('error', end);
  const sending = sys.fork(async (child) => {
    for (;;) {
      const chunk = await child.read(0);
      if (chunk.byteLength === 0) break;
      if (!connection.destroyed) connection.write(chunk.slice());
    }
    connection.end();
    return 0;
  });
  for (;;) {
    if (incoming.length > 0) {
      await sys.out(concat(incoming.splice(0)));
      connection.resume();
      continue;
    }
    if (ended) break;
    await sys.block<void>((done) => {
      wake = done;
      return () => connection.destroy();
    });
  }
  if (sending.end === undefined) sys.kill(sending.pid, 9);
  await sending.wait();
  connection.destroy();
}
