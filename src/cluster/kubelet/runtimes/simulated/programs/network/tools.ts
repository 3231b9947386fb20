import type { Duplex } from 'node:stream';
import { type DnsReply, type DnsType, NetworkError } from '../../../../../network/contract.ts';
import { concat } from '../../process/bytes.ts';
import type { Syscalls } from '../../process/syscalls.ts';
import { fail, nameOf, type ProgramTable, parseOptions, usage } from '../kit.ts';
import { hostsEntry } from './wget.ts';

/** Programs about addresses, names and bare connections. */
export const networkTools: ProgramTable = {
  ip,
  ifconfig: async (sys) => {
    const address = sys.net.ip;
    await sys.out(
      `eth0      Link encap:Ethernet  HWaddr ${mac(address)}  \n          inet addr:${address}  Bcast:${broadcast(address)}  Mask:255.255.255.0\n          UP BROADCAST RUNNING MULTICAST  MTU:1500  Metric:1\n\n`,
    );
    await sys.out(
      'lo        Link encap:Local Loopback  \n          inet addr:127.0.0.1  Mask:255.0.0.0\n          UP LOOPBACK RUNNING  MTU:65536  Metric:1\n\n',
    );
    return 0;
  },
  route: async (sys) => {
    await sys.out(
      `Kernel IP routing table\nDestination     Gateway         Genmask         Flags Metric Ref    Use Iface\n${'default'.padEnd(16)}${gateway(sys.net.ip).padEnd(16)}0.0.0.0         UG    0      0        0 eth0\n${network(sys.net.ip).padEnd(16)}*               255.255.255.0   U     0      0        0 eth0\n`,
    );
    return 0;
  },
  netstat,
  ss: netstat,
  nslookup,
  host: dig,
  dig,
  getent: async (sys) => {
    const [, kind, name = ''] = sys.args;
    if (kind !== 'hosts') return 2;
    const found =
      hostsEntry(sys, name) ??
      (await sys.net.resolve(name).then(
        ({ values }) => values[0],
        () => undefined,
      ));
    if (found === undefined) return 2;
    await sys.out(`${found.padEnd(15)} ${name}\n`);
    return 0;
  },
  ping,
  ping6: ping,
  nc,
  traceroute: async (sys) => {
    const [host = ''] = sys.args.slice(1).filter((arg) => !arg.startsWith('-'));
    const address = await addressOf(sys, host);
    if (address === undefined) return fail(sys, `bad address '${host}'`);
    await sys.out(
      `traceroute to ${host} (${address}), 30 hops max, 46 byte packets\n 1  ${gateway(sys.net.ip)} (${gateway(sys.net.ip)})  0.004 ms  0.003 ms  0.002 ms\n 2  ${address} (${address})  0.050 ms  0.041 ms  0.039 ms\n`,
    );
    return 0;
  },
};

async function addressOf(sys: Syscalls, host: string): Promise<string | undefined> {
  if (/^\d+\.\d+\.\d+\.\d+$/.test(host)) return host;
  if (host === 'localhost') return '127.0.0.1';
  return (
    hostsEntry(sys, host) ??
    sys.net.resolve(host).then(
      ({ values }) => values[0],
      () => undefined,
    )
  );
}

function mac(ip: string): string {
  return `0a:58:${ip
    .split('.')
    .map((part) => Number(part).toString(16).padStart(2, '0'))
    .join(':')}`;
}

function gateway(ip: string): string {
  return ip.replace(/\d+$/, '1');
}

function network(ip: string): string {
  return ip.replace(/\d+$/, '0');
}

function broadcast(ip: string): string {
  return ip.replace(/\d+$/, '255');
}

async function ip(sys: Syscalls): Promise<number> {
  const args = sys.args.slice(1);
  const oneLine = args.includes('-o') || args.includes('-oneline');
  const brief = args.includes('-br') || args.includes('-brief');
  const [object = ''] = args.filter((arg) => !arg.startsWith('-'));
  const device = args[args.indexOf('dev') + 1];
  const wanted = (name: string) => !args.includes('dev') || device === name;
  const address = sys.net.ip;
  if ('address'.startsWith(object) && object !== '') {
    if (brief) {
      await sys.out(
        `lo               UNKNOWN        127.0.0.1/8 ::1/128 \neth0@if12        UP             ${address}/24 \n`,
      );
    } else if (oneLine) {
      await sys.out(
        `1: lo    inet 127.0.0.1/8 scope host lo\\       valid_lft forever preferred_lft forever\n2: eth0    inet ${address}/24 brd ${broadcast(address)} scope global eth0\\       valid_lft forever preferred_lft forever\n`,
      );
    } else {
      if (wanted('lo') && !args.includes('eth0'))
        await sys.out(
          '1: lo: <LOOPBACK,UP,LOWER_UP> mtu 65536 qdisc noqueue qlen 1000\n    link/loopback 00:00:00:00:00:00 brd 00:00:00:00:00:00\n    inet 127.0.0.1/8 scope host lo\n       valid_lft forever preferred_lft forever\n    inet6 ::1/128 scope host \n       valid_lft forever preferred_lft forever\n',
        );
      if (wanted('eth0'))
        await sys.out(
          `2: eth0@if12: <BROADCAST,MULTICAST,UP,LOWER_UP,M-DOWN> mtu 1500 qdisc noqueue \n    link/ether ${mac(address)} brd ff:ff:ff:ff:ff:ff\n    inet ${address}/24 brd ${broadcast(address)} scope global eth0\n       valid_lft forever preferred_lft forever\n`,
        );
    }
    return 0;
  }
  if ('link'.startsWith(object) && object !== '') {
    await sys.out(
      `1: lo: <LOOPBACK,UP,LOWER_UP> mtu 65536 qdisc noqueue qlen 1000\n    link/loopback 00:00:00:00:00:00 brd 00:00:00:00:00:00\n2: eth0@if12: <BROADCAST,MULTICAST,UP,LOWER_UP,M-DOWN> mtu 1500 qdisc noqueue \n    link/ether ${mac(address)} brd ff:ff:ff:ff:ff:ff\n`,
    );
    return 0;
  }
  if ('route'.startsWith(object) && object !== '') {
    await sys.out(
      `default via ${gateway(address)} dev eth0 \n${network(address)}/24 dev eth0 scope link  src ${address} \n`,
    );
    return 0;
  }
  if ('neighbour'.startsWith(object) && object !== '') return 0;
  return usage(sys, '', 'ip [OPTIONS] address|route|link|neigh|rule [ARGS]');
}

async function netstat(sys: Syscalls): Promise<number> {
  const { flags } = parseOptions(sys.args.slice(1), 'altnupWeras');
  const short = nameOf(sys) === 'ss';
  await sys.out(
    short
      ? 'Netid State  Recv-Q Send-Q Local Address:Port Peer Address:PortProcess\n'
      : `Active Internet connections (${flags.has('l') ? 'only servers' : flags.has('a') ? 'servers and established' : 'w/o servers'})\nProto Recv-Q Send-Q Local Address           Foreign Address         State       ${flags.has('p') ? 'PID/Program name    ' : ''}\n`,
  );
  if (!flags.has('l') && !flags.has('a') && !short) return 0;
  for (const { port, protocol, loopback } of sys.net.listening()) {
    const [name, local] = [protocol.toLowerCase(), `${loopback ? '127.0.0.1' : '0.0.0.0'}:${port}`];
    if ((flags.has('t') && name === 'udp') || (flags.has('u') && name === 'tcp' && !flags.has('t'))) continue;
    await sys.out(
      short
        ? `${name.padEnd(5)} LISTEN 0      511    ${local.padEnd(18)} 0.0.0.0:*    \n`
        : `${name.padEnd(5)}      0      0 ${local.padEnd(23)} 0.0.0.0:*               ${name === 'tcp' ? 'LISTEN      ' : '            '}${flags.has('p') ? '-' : ''}\n`,
    );
  }
  return 0;
}

async function ask(
  sys: Syscalls,
  name: string,
  type: DnsType,
  server: string | undefined,
): Promise<DnsReply | undefined> {
  return sys.net.query(name, type, server).catch((error: unknown) => {
    if (error instanceof NetworkError) return undefined;
    throw error;
  });
}

/** busybox's: one question per search domain is the resolver's; this one asks the name as it is, then with the searches. */
async function nslookup(sys: Syscalls): Promise<number> {
  const { flags, rest } = parseOptions(
    sys.args.slice(1).map((arg) => arg.replace(/^-(?:type|query|q)=/, '-t')),
    't:d',
  );
  const [name = '', server] = rest;
  if (name === '') return usage(sys, '', 'nslookup [-type=QUERY_TYPE] [-debug] HOST [DNS_SERVER]');
  const type = (flags.get('t') ?? '').toUpperCase();
  const reverse = /^\d+\.\d+\.\d+\.\d+$/.test(name);
  const types: readonly DnsType[] = reverse
    ? ['PTR']
    : ['A', 'AAAA', 'SRV', 'PTR', 'CNAME'].includes(type)
      ? [type as DnsType]
      : ['A', 'AAAA'];
  const { searches, ndots } = resolver(sys);
  const dots = name.split('.').length - 1;
  const candidates =
    reverse || name.endsWith('.')
      ? [name]
      : dots >= ndots
        ? [name]
        : [...searches.map((search) => `${name}.${search}`), name];
  let reply: DnsReply | undefined;
  let asked = name;
  const answers: DnsReply[] = [];
  for (const candidate of candidates) {
    const question = reverse ? `${name.split('.').reverse().join('.')}.in-addr.arpa` : candidate;
    reply = await ask(sys, question, types[0] ?? 'A', server);
    asked = candidate;
    if (reply === undefined) {
      await sys.out(';; connection timed out; no servers could be reached\n\n');
      return 1;
    }
    if (reply.rcode === 'NOERROR') {
      answers.push(reply);
      for (const other of types.slice(1)) {
        const more = await ask(sys, candidate, other, server);
        if (more !== undefined) answers.push(more);
      }
      break;
    }
  }
  if (reply === undefined) return 1;
  await sys.out(`Server:\t\t${reply.server}\nAddress:\t${reply.server}:53\n\n`);
  if (reply.rcode !== 'NOERROR') {
    await sys.out(
      `** server can't find ${candidates.length > 1 ? (candidates[0] ?? name) : asked}: NXDOMAIN\n\n`,
    );
    return 1;
  }
  for (const answer of answers) {
    for (const record of answer.records) {
      if (record.type === 'A' || record.type === 'AAAA')
        await sys.out(`Name:\t${record.name}\nAddress: ${record.value}\n`);
      else if (record.type === 'CNAME') await sys.out(`${record.name}\tcanonical name = ${record.value}\n`);
      else if (record.type === 'PTR') await sys.out(`${record.name}\tname = ${record.value}\n`);
      else await sys.out(`${record.name}\tservice = ${record.value}\n`);
    }
    await sys.out('\n');
  }
  return 0;
}

function resolver(sys: Syscalls): { readonly searches: readonly string[]; readonly ndots: number } {
  try {
    const text = sys.files.readText('/etc/resolv.conf');
    const searches = /^search (.*)$/m.exec(text)?.[1]?.trim().split(/\s+/) ?? [];
    return { searches, ndots: Number(/ndots:(\d+)/.exec(text)?.[1] ?? 1) };
  } catch {
    return { searches: [], ndots: 1 };
  }
}

async function dig(sys: Syscalls): Promise<number> {
  const args = sys.args.slice(1);
  const server = args.find((arg) => arg.startsWith('@'))?.slice(1);
  const short = args.includes('+short');
  const withSearch = args.includes('+search') || nameOf(sys) === 'host';
  const words = args.filter((arg) => !/^[-+@]/.test(arg));
  const type = (
    words.find((word) => ['A', 'AAAA', 'SRV', 'PTR', 'CNAME'].includes(word.toUpperCase())) ?? 'A'
  ).toUpperCase() as DnsType;
  const name = words.find((word) => word.toUpperCase() !== type) ?? '';
  const candidates = withSearch
    ? [...resolver(sys).searches.map((search) => `${name}.${search}`), name]
    : [name];
  let reply: DnsReply | undefined;
  for (const candidate of candidates) {
    reply = await ask(sys, candidate, type, server);
    if (reply?.rcode === 'NOERROR') break;
  }
  if (reply === undefined) {
    await sys.out(';; communications error: timed out\n;; no servers could be reached\n');
    return 9;
  }
  if (nameOf(sys) === 'host') {
    if (reply.rcode !== 'NOERROR') await sys.out(`Host ${name} not found: 3(NXDOMAIN)\n`);
    for (const { name: owner, value } of reply.records) await sys.out(`${owner} has address ${value}\n`);
    return reply.rcode === 'NOERROR' ? 0 : 1;
  }
  if (short) {
    for (const { value } of reply.records) await sys.out(`${value}${/[a-z]$/.test(value) ? '.' : ''}\n`);
    return 0;
  }
  const rows = reply.records
    .map(
      (one) =>
        `${one.name}.\t${one.ttl}\tIN\t${one.type}\t${one.value}${/[a-z]$/.test(one.value) ? '.' : ''}\n`,
    )
    .join('');
  await sys.out(
    `\n; <<>> DiG 9.18 <<>> ${args.join(' ')}\n;; global options: +cmd\n;; Got answer:\n;; ->>HEADER<<- opcode: QUERY, status: ${reply.rcode}, id: ${sys.random.int(65_536)}\n;; flags: qr aa rd; QUERY: 1, ANSWER: ${reply.records.length}, AUTHORITY: 0, ADDITIONAL: 1\n\n;; QUESTION SECTION:\n;${name}.\t\tIN\t${type}\n\n${rows === '' ? '' : `;; ANSWER SECTION:\n${rows}\n`};; Query time: 1 msec\n;; SERVER: ${reply.server}#53(${reply.server}) (UDP)\n\n`,
  );
  return 0;
}

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

async function ping(sys: Syscalls): Promise<number> {
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

async function nc(sys: Syscalls): Promise<number> {
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
