import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { linuxFacts, usernsAdvice } from '../../../src/backends/linux/facts.ts';
import { createHostLinux, runTool } from '../../../src/backends/linux/host.ts';

/** Machines we do not have: their switches in a folder, and what `unshare` would answer there. */
describe('what a Linux lets us do', () => {
  let root = '';
  beforeEach(() => {
    root = mkdtempSync(path.join(tmpdir(), 'curso-hechos-'));
    machine({ '/proc/sys/kernel/osrelease': '6.8.0-45-generic\n' });
  });
  afterEach(() => rmSync(root, { recursive: true, force: true }));

  function machine(files: { readonly [name: string]: string }): void {
    for (const [name, text] of Object.entries(files)) {
      mkdirSync(path.dirname(root + name), { recursive: true });
      writeFileSync(root + name, text);
    }
  }
  const unified = '30 25 0:26 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw\n';
  const status = (uid: number, capabilities: string) =>
    `Name:\tnode\nUid:\t${uid}\t${uid}\t${uid}\t${uid}\nCapEff:\t${capabilities}\n`;
  const look = (unshareExits: number) =>
    linuxFacts(createHostLinux({ rung: 'userns', root }), async () => ({
      ok: true,
      value: { exitCode: unshareExits, output: '' },
    }));

  test('root with every capability, and root of an ordinary container, which is not the same', async () => {
    machine({ '/proc/self/status': status(0, '000001ffffffffff') });
    expect(await look(0)).toMatchObject({ uid: 0, fullRoot: true, userns: { works: true } });
    machine({ '/proc/self/status': status(0, '00000000a80425fb') });
    expect(await look(1)).toMatchObject({
      uid: 0,
      fullRoot: false,
      userns: { works: false, blockedBy: 'other' },
    });
  });

  test('who forbids user namespaces: Ubuntu, old Debian, a limit', async () => {
    machine({ '/proc/self/status': status(1000, '0000000000000000') });
    machine({ '/proc/sys/kernel/apparmor_restrict_unprivileged_userns': '1\n' });
    expect((await look(1)).userns).toEqual({ works: false, blockedBy: 'apparmor' });
    // A profile may make an exception: what counts is that it works.
    expect((await look(0)).userns).toEqual({ works: true });
    machine({ '/proc/sys/kernel/apparmor_restrict_unprivileged_userns': '0\n' });
    machine({ '/proc/sys/kernel/unprivileged_userns_clone': '0\n' });
    expect((await look(1)).userns.blockedBy).toBe('debian');
    machine({
      '/proc/sys/kernel/unprivileged_userns_clone': '1\n',
      '/proc/sys/user/max_user_namespaces': '0\n',
    });
    expect((await look(1)).userns.blockedBy).toBe('limit');
  });

  test('each has its reason, and no advice is to lower the defences', () => {
    const reasons = (['apparmor', 'debian', 'limit', 'other'] as const).map((by) => usernsAdvice(by));
    expect(new Set(reasons.map(({ why }) => why)).size).toBe(4);
    for (const { reason, next } of reasons) {
      expect(reason).toBe('linux-userns-restricted');
      expect(next).toContain('sudo -E curso');
      expect(next).not.toContain('sysctl');
    }
  });

  test('WSL and the tools at hand', async () => {
    machine({
      '/proc/sys/kernel/osrelease': '5.15.153.1-microsoft-standard-WSL2\n',
      '/proc/self/mountinfo': unified,
      '/usr/sbin/ip': '',
    });
    const facts = await look(0);
    expect(facts).toMatchObject({ wsl: true, delegatedControllers: [], cgroup: 'v2' });
    expect(facts.tools).toMatchObject({ ip: true, unshare: false });
  });

  describe('the cgroup that systemd delegates', () => {
    const uid = process.getuid?.() ?? 0;
    const group = (owner: number) =>
      `/sys/fs/cgroup/user.slice/user-${owner}.slice/user@${owner}.service/cgroup.controllers`;
    const here = (scope: string) => ({
      '/proc/self/status': status(uid, '0000000000000000'),
      '/proc/self/cgroup': `0::/user.slice/user-${uid}.slice/${scope}\n`,
    });

    test('is there from a terminal of the desktop, and over ssh', async () => {
      machine({ '/proc/self/mountinfo': unified, [group(uid)]: 'cpu memory pids\n' });
      for (const scope of [`user@${uid}.service/app.slice/vte-spawn-1.scope`, 'session-9.scope']) {
        machine(here(scope));
        expect((await look(0)).delegatedControllers).toEqual(['cpu', 'memory', 'pids']);
      }
    });

    test('does not count in v1, where its controllers stay root’s', async () => {
      machine({
        ...here(`user@${uid}.service/x.scope`),
        '/proc/self/mountinfo': '39 31 0:36 / /sys/fs/cgroup/pids rw - cgroup cgroup rw,pids\n',
        [group(uid)]: 'cpu memory pids\n',
      });
      expect((await look(0)).delegatedControllers).toEqual([]);
    });

    test('does not count when it is somebody else’s', async () => {
      machine({
        '/proc/self/status': status(uid + 1, '0000000000000000'),
        '/proc/self/mountinfo': unified,
        [group(uid + 1)]: 'cpu memory pids\n',
      });
      expect((await look(0)).delegatedControllers).toEqual([]);
    });
  });
});

describe.skipIf(process.platform === 'win32')('short tools', () => {
  test('exit code and output', async () => {
    expect(await runTool(['sh', '-c', 'echo uno; echo dos >&2; exit 4'])).toEqual({
      ok: true,
      value: { exitCode: 4, output: 'uno\ndos\n' },
    });
  });

  test('one that is not installed, one that never ends, one that never shuts up', async () => {
    expect(await runTool(['no-existe-esta-orden'])).toEqual({ ok: false, error: 'ENOENT' });
    expect(await runTool(['sleep', '60'], 50)).toEqual({ ok: true, value: { exitCode: 124, output: '' } });
    const flood = await runTool(['sh', '-c', 'head -c 1000000 /dev/zero | tr "\\0" x']);
    expect(flood.ok && flood.value.output.length).toBe(64 * 1024);
  });
});
