import type { Syscalls } from '../../process/syscalls.ts';
import { fail, nameOf, type ProgramTable, parseOptions, usage } from '../kit.ts';
import { addressOf, hostsEntry } from './addresses.ts';
import { nc, ping } from './connections.ts';
import { dig, nslookup } from './dns.ts';

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
