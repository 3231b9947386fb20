import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';

import { endMarkedProcesses } from '../../../src/backends/world/processes.ts';
import { systemClock } from '../../../src/base/clock.ts';
import { isRootOnLinux, openScene, type Scene } from './scene.ts';

/** A child of the shell is called `sh` until it becomes what it was asked to be. */
const started = 'until grep -q sleep /proc/$!/comm; do :; done';

const isAlive = (pid: number) => {
  try {
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
};

describe.skipIf(process.platform !== 'linux')('processes of an attempt', () => {
  test('only those with its token end, even if they do not want to', async () => {
    const env = { PATH: process.env['PATH'] ?? '' };
    const start = (token: string, script: string) =>
      spawn('sh', ['-c', script], {
        env: { ...env, CURSO_INTENTO: token },
        stdio: ['ignore', 'pipe', 'ignore'],
      });
    const stubborn = start('aa11bb22', 'trap "" TERM; echo listo; while :; do sleep 0.05; done');
    const other = start('aa11bb23', 'echo listo; exec sleep 60');
    await Promise.all([once(stubborn.stdout, 'data'), once(other.stdout, 'data')]);
    try {
      const report = await endMarkedProcesses('aa11bb22', systemClock);
      expect(report.left).toEqual([]);
      expect(report.removed.join('\n')).toContain(`el proceso ${stubborn.pid} `);
      expect(isAlive(stubborn.pid ?? 0)).toBe(false);
      expect(isAlive(other.pid ?? 0)).toBe(true);
      expect(await endMarkedProcesses('aa11bb22', systemClock)).toEqual({ removed: [], left: [] });
    } finally {
      stubborn.kill('SIGKILL');
      other.kill('SIGKILL');
    }
  });

  test('a token that is not one touches nothing', async () => {
    expect(await endMarkedProcesses('', systemClock)).toEqual({ removed: [], left: [] });
    expect(await endMarkedProcesses('.*', systemClock)).toEqual({ removed: [], left: [] });
  });

  test.skipIf(!existsSync('/usr/bin/script'))(
    'a terminal that the learner has open is left, and said',
    async () => {
      const terminal = spawn('script', ['-qc', 'sh', '/dev/null'], {
        env: { PATH: process.env['PATH'] ?? '', CURSO_INTENTO_X: '' },
        stdio: ['pipe', 'pipe', 'ignore'],
      });
      terminal.stdin.write('CURSO_INTENTO=cc11dd22 exec sh -i\n');
      terminal.stdin.write(`sleep 60 & ${started}; echo vi$((6*7))\n`);
      let seen = '';
      for await (const chunk of terminal.stdout) {
        seen += String(chunk);
        if (seen.includes('vi42')) break;
      }
      try {
        const report = await endMarkedProcesses('cc11dd22', systemClock);
        expect(report.left).toEqual([
          expect.stringMatching(/^tu terminal \d+ \(sh -i\); ciérrala con `exit`$/),
        ]);
        expect(report.removed).toEqual([expect.stringContaining('(sleep 60)')]);
      } finally {
        terminal.kill('SIGKILL');
      }
    },
  );
});

describe.skipIf(!isRootOnLinux)('what a proof leaves (needs root)', () => {
  let scene: Scene;
  let name: string;
  beforeEach(async () => {
    scene = await openScene({});
    name = String(scene.attempt.parameters['nombre']);
  });
  afterEach(async () => {
    await scene.close();
  });

  test('processes, mounts, cgroups, interfaces and folders with its names go, innermost first', async () => {
    const end = name.slice(-6);
    const group = existsSync('/sys/fs/cgroup/pids')
      ? `/sys/fs/cgroup/pids/${name}`
      : `/sys/fs/cgroup/${name}`;
    await scene.run(
      `mkdir ${group} ${group}/hijo; sleep 60 & ${started}; echo $! > ${group}/hijo/cgroup.procs`,
    );
    await scene.run(
      `mkdir -p m /tmp/${name} && mount -t tmpfs none m && mkdir m/n && mount -t tmpfs none m/n`,
    );
    await scene.run(`mount -t tmpfs none /tmp/${name} && touch /tmp/${name}/x`);
    await scene.run(`ip link add a-${end} type veth peer name b-${end}`);
    const { removed, left } = await scene.world.cleanProof(scene.attempt);
    expect(left).toEqual([]);
    const all = removed.join('\n');
    expect(all).toMatch(/el proceso \d+ \(sleep 60\)/);
    for (const what of [
      `el montaje ${scene.folder}/m/n`,
      `el montaje ${scene.folder}/m`,
      `el montaje /tmp/${name}`,
      `el cgroup ${group}`,
      `la carpeta /tmp/${name}`,
      `la interfaz a-${end}`,
    ])
      expect(all).toContain(what);
    expect(existsSync(group)).toBe(false);
    expect(existsSync(`/sys/class/net/b-${end}`)).toBe(false);
    expect(readFileSync('/proc/self/mountinfo', 'utf8')).not.toContain(scene.folder);
    expect((await scene.world.cleanProof(scene.attempt)).removed).toEqual([]);
  });

  test('`clean` ends processes but leaves what the learner made', async () => {
    await scene.run(`mkdir /tmp/${name}; sleep 60 & ${started}`);
    const { removed } = await scene.world.clean(scene.attempt.token);
    expect(removed.join('\n')).toContain('sleep 60');
    expect(existsSync(`/tmp/${name}`)).toBe(true);
  });
});
