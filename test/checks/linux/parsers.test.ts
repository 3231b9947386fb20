import { describe, expect, test } from 'vitest';
import { cgroupMode, directoryOf, hierarchies, parseMemberships } from '../../../src/checks/linux/cgroups.ts';
import { isStaticElf } from '../../../src/checks/linux/elf.ts';
import { interfacesFromProc, parseIpAddr } from '../../../src/checks/linux/interfaces.ts';
import { readLimits } from '../../../src/checks/linux/limits.ts';
import { mountAt, parseMountinfo } from '../../../src/checks/linux/mounts.ts';
import { parseRoutes } from '../../../src/checks/linux/routes.ts';
import { hexAddress, parseListening } from '../../../src/checks/linux/sockets.ts';
import { isPseudoTerminal, parseStat, parseStatus } from '../../../src/checks/linux/status.ts';

describe('mountinfo', () => {
  const text = [
    '22 27 0:21 / /proc rw,relatime - proc proc rw',
    '60 27 254:0 /home/ana/raiz\\040nueva /mnt/con\\040espacio rw,relatime shared:1 master:2 - ext4 /dev/vda rw',
    '61 27 0:50 / /tmp/unida rw,relatime unbindable - overlay overlay rw,lowerdir=/a:/b,upperdir=/c,workdir=/d',
    '62 61 0:51 / /tmp/unida rw - tmpfs none rw,size=64k',
    'basura',
  ].join('\n');

  test('undoes octal escapes in points and roots', () => {
    const mount = parseMountinfo(text)[1];
    expect(mount).toMatchObject({
      point: '/mnt/con espacio',
      root: '/home/ana/raiz nueva',
      source: '/dev/vda',
    });
  });

  test('names the propagation, whatever the number of tags', () => {
    expect(parseMountinfo(text).map((mount) => mount.propagation)).toEqual([
      'privada',
      'compartida',
      'no enlazable',
      'privada',
    ]);
  });

  test('keeps options with and without a value', () => {
    expect(parseMountinfo(text)[2]?.options).toEqual({
      rw: true,
      relatime: true,
      lowerdir: '/a:/b',
      upperdir: '/c',
      workdir: '/d',
    });
  });

  test('of several mounts on a point, the last one is what is seen', () => {
    expect(mountAt(parseMountinfo(text), '/tmp/unida')?.type).toBe('tmpfs');
    expect(mountAt(parseMountinfo(text), '/tmp')).toBeUndefined();
  });
});

describe('status and stat', () => {
  test('a name may contain parentheses and spaces', () => {
    const stat = parseStat(`77 (un (raro) x) S 12 77 70 34816 77 4194560 ${'0 '.repeat(12)}4242 0 0`);
    expect(stat).toMatchObject({ pid: 77, comm: 'un (raro) x', state: 'S', parent: 12, session: 70 });
    expect(stat).toMatchObject({ terminal: 34816, kernelThread: false, startTicks: 4242 });
    expect(isPseudoTerminal(34816)).toBe(true);
    expect(isPseudoTerminal(1025)).toBe(false);
  });

  test('what is not a stat line is nothing', () => {
    expect(parseStat('')).toBeUndefined();
  });

  test('kernel threads are told by their flag', () => {
    expect(parseStat(`2 (kthreadd) S 0 0 0 0 -1 2129984 ${'0 '.repeat(14)}`)?.kernelThread).toBe(true);
  });

  test('fields keep inner spacing as one value', () => {
    expect(parseStatus('Name:\tsh\nNSpid:\t18700\t1\nUid:\t0\t0\t0\t0\n').get('NSpid')).toBe('18700\t1');
  });
});

describe('sockets', () => {
  const head =
    '  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode';
  test('only listening ones, with their address', () => {
    const table = [
      head,
      '   0: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 1',
      '   1: 0200C80A:D431 0100C80A:1F90 01 00000000:00000000 00:00000000 00000000     0        0 2',
      '   2: 00000000:07E8 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 3',
    ].join('\n');
    expect(parseListening(table)).toEqual([
      { address: '127.0.0.1', port: 8080 },
      { address: '0.0.0.0', port: 2024 },
    ]);
  });

  test('IPv6 words are reversed by groups of four bytes and written short', () => {
    expect(hexAddress('00000000000000000000000001000000')).toBe('::1');
    expect(hexAddress('000000FD000000000000000002000000')).toBe('fd00::2');
    expect(hexAddress('00000000000000000000000000000000')).toBe('::');
  });
});

test('routes read as `ip route` writes them', () => {
  const table = [
    'Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT',
    'eth0\t00000000\t010200C0\t0003\t0\t0\t0\t00000000\t0\t0\t0',
    've0\t0003C80A\t00000000\t0001\t0\t0\t0\t00FFFFFF\t0\t0\t0',
    've1\t0004C80A\t00000000\t0000\t0\t0\t0\t00FFFFFF\t0\t0\t0',
  ].join('\n');
  expect(parseRoutes(table)).toEqual(['default via 192.0.2.1 dev eth0', '10.200.3.0/24 dev ve0']);
});

describe('interfaces', () => {
  const iproute2 = `1: lo: <LOOPBACK> mtu 65536 qdisc noop state DOWN group default qlen 1000
    link/loopback 00:00:00:00:00:00 brd 00:00:00:00:00:00 promiscuity 0
6: ve-in@if7: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1500 qdisc noqueue state UP group default qlen 1000
    link/ether 1a:2b:3c:4d:5e:6f brd ff:ff:ff:ff:ff:ff link-netnsid 0 promiscuity 0
    veth numtxqueues 2 numrxqueues 2
    inet 10.200.3.2/24 scope global ve-in
       valid_lft forever preferred_lft forever
8: a@b: <BROADCAST,MULTICAST> mtu 1500 qdisc noop state DOWN
    veth numtxqueues 2
9: b@a: <BROADCAST,MULTICAST,UP> mtu 1500 qdisc noop state DOWN
    veth numtxqueues 2
    inet 10.9.9.1 peer 10.9.9.2/32 scope global b
5: docker0: <NO-CARRIER,BROADCAST,MULTICAST,UP> mtu 1500 state DOWN
    bridge forward_delay 1500
`;

  test('the other end of a veth, in another namespace or in this one', () => {
    const [lo, inside, a, b, bridge] = parseIpAddr(iproute2);
    expect(lo).toMatchObject({ name: 'lo', index: 1, peer: 1, up: false, type: 'loopback', addresses: [] });
    expect(inside).toMatchObject({ name: 've-in', index: 6, peer: 7, up: true, type: 'veth' });
    expect(inside?.addresses).toEqual(['10.200.3.2/24']);
    expect([a?.peer, b?.peer]).toEqual([9, 8]);
    expect(b?.addresses).toEqual(['10.9.9.1/32']);
    expect(bridge).toMatchObject({ name: 'docker0', peer: 5, type: 'bridge', up: true });
  });

  test("busybox's `ip addr` says no type: a linked one is a veth", () => {
    const busybox = `2: eth0@if12: <BROADCAST,MULTICAST,UP,LOWER_UP,M-DOWN> mtu 1500 qdisc noqueue
    link/ether 02:42:ac:11:00:02 brd ff:ff:ff:ff:ff:ff
    inet 172.17.0.2/16 brd 172.17.255.255 scope global eth0`;
    expect(parseIpAddr(busybox)).toEqual([
      { name: 'eth0', index: 2, peer: 12, up: true, type: 'veth', addresses: ['172.17.0.2/16'] },
    ]);
  });

  test('without `ip`, from /proc: addresses go to the interface whose route covers them', () => {
    const dev = 'Inter-|   Receive\n face |bytes\n    lo: 1 2\n  eth0: 3 4\n  down: 0 0\n';
    const trie = [
      'Main:',
      '     |-- 127.0.0.1',
      '        /32 host LOCAL',
      '     |-- 10.200.3.2',
      '        /32 host LOCAL',
      '     |-- 10.200.3.255',
      '        /32 link BROADCAST',
    ].join('\n');
    const found = interfacesFromProc(dev, trie, [
      'default via 10.200.3.1 dev eth0',
      '10.200.3.0/24 dev eth0',
    ]);
    expect(found.map((one) => [one.name, one.up, one.addresses])).toEqual([
      ['lo', true, ['127.0.0.1/8']],
      ['eth0', true, ['10.200.3.2/24']],
      ['down', false, []],
    ]);
  });
});

describe('cgroups', () => {
  const v2 = '30 25 0:26 / /sys/fs/cgroup rw,nosuid - cgroup2 cgroup2 rw,nsdelegate';
  const v1 =
    '31 23 0:28 / /sys/fs/cgroup rw - tmpfs tmpfs rw\n39 31 0:36 / /sys/fs/cgroup/pids rw - cgroup cgroup rw,pids';
  const cpu = '40 31 0:37 / /sys/fs/cgroup/cpu,cpuacct rw,relatime - cgroup cgroup rw,cpu,cpuacct';

  test('v1, v2 and hybrid', () => {
    expect(cgroupMode(parseMountinfo(v2))).toBe('v2');
    expect(cgroupMode(parseMountinfo(v1))).toBe('v1');
    const unified = '41 31 0:38 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw';
    expect(cgroupMode(parseMountinfo(`${v1}\n${unified}`))).toBe('hibrido');
    expect(cgroupMode(parseMountinfo(`${v1}\n41 31 0:38 / /tmp/prueba rw - cgroup2 none rw`))).toBe('v1');
    expect(cgroupMode([])).toBe('desconocido');
  });

  test('a v1 mount names its controllers, options apart', () => {
    expect(hierarchies(parseMountinfo(cpu))[0]?.controllers).toEqual(['cpu', 'cpuacct']);
    const systemd = '40 31 0:37 / /sys/fs/cgroup/systemd rw - cgroup cgroup rw,xattr,name=systemd';
    expect(hierarchies(parseMountinfo(systemd))[0]?.controllers).toEqual(['name=systemd']);
  });

  test('the directory of a process, also when a container only sees its own part', () => {
    const memberships = parseMemberships('4:pids:/docker/abc/pan\n0::/user.slice/pan:raro\n');
    const pids = { version: 'v1', point: '/sys/fs/cgroup/pids', controllers: ['pids'] } as const;
    expect(directoryOf({ ...pids, root: '/' }, memberships)).toBe('/sys/fs/cgroup/pids/docker/abc/pan');
    expect(directoryOf({ ...pids, root: '/docker/abc' }, memberships)).toBe('/sys/fs/cgroup/pids/pan');
    expect(directoryOf({ ...pids, root: '/docker/otro' }, memberships)).toBeUndefined();
    const unified = { version: 'v2', point: '/sys/fs/cgroup', root: '/', controllers: [] } as const;
    expect(directoryOf(unified, memberships)).toBe('/sys/fs/cgroup/user.slice/pan:raro');
  });

  test('limits mean the same in both versions', () => {
    const two = {
      'pids.max': '20',
      'memory.max': '67108864',
      'cpu.max': '50000 100000',
      'pids.events': 'max 3',
    };
    const one = {
      'pids.max': '20',
      'memory.limit_in_bytes': '67108864',
      'cpu.cfs_quota_us': '50000',
      'cpu.cfs_period_us': '100000',
      'pids.events': 'max 3',
    };
    const expected = { pidsMax: 20, memoriaBytes: 67108864, cpuPorcentaje: 50, rechazos: 3 };
    expect(readLimits(two)).toEqual(expected);
    expect(readLimits(one)).toEqual(expected);
  });

  test('no limit is no field, in both versions', () => {
    expect(readLimits({ 'pids.max': 'max', 'memory.max': 'max', 'cpu.max': 'max 100000' })).toEqual({});
    expect(
      readLimits({
        'memory.limit_in_bytes': '9223372036854771712',
        'cpu.cfs_quota_us': '-1',
        'cpu.cfs_period_us': '100000',
      }),
    ).toEqual({});
  });

  test('counters', () => {
    const stat = 'usage_usec 1\nnr_periods 9\nnr_throttled 4\nthrottled_usec 7';
    expect(readLimits({ 'cpu.stat': stat, 'memory.events': 'low 0\noom 2\noom_kill 1' })).toEqual({
      frenadas: 4,
      oomKills: 1,
    });
    expect(readLimits({ 'memory.oom_control': 'oom_kill_disable 0\nunder_oom 0\noom_kill 2' })).toEqual({
      oomKills: 2,
    });
  });
});

describe('ELF', () => {
  /** A header with program headers of these types. */
  function elf(wide: boolean, types: readonly number[]): string {
    const bytes = Buffer.alloc(64 + 56 * types.length);
    bytes.write('\x7fELF', 'latin1');
    bytes[4] = wide ? 2 : 1;
    bytes[5] = 1;
    const size = wide ? 56 : 32;
    if (wide) bytes.writeUInt32LE(64, 32);
    else bytes.writeUInt32LE(64, 28);
    bytes.writeUInt16LE(size, wide ? 54 : 42);
    bytes.writeUInt16LE(types.length, wide ? 56 : 44);
    types.forEach((type, index) => {
      bytes.writeUInt32LE(type, 64 + size * index);
    });
    return bytes.toString('latin1');
  }

  test('dynamic means that it names an interpreter', () => {
    expect(isStaticElf(elf(true, [6, 3, 1]))).toBe(false);
    expect(isStaticElf(elf(false, [1, 3]))).toBe(false);
    expect(isStaticElf(elf(true, [1, 1, 4]))).toBe(true);
  });

  test('a script or a cut header is not judged wrongly', () => {
    expect(isStaticElf('#!/bin/sh\n')).toBeUndefined();
    expect(isStaticElf('')).toBeUndefined();
  });
});
