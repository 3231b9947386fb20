import { describe, expect, test } from 'vitest';
import { advise, type Machine, type Problem } from '../../../src/backends/docker/advice.ts';

const linux: Machine = {
  platform: 'linux',
  wsl: false,
  systemd: true,
  desktop: false,
  client: true,
  root: false,
};
const machines = {
  'linux con systemd': linux,
  'linux sin systemd': { ...linux, systemd: false },
  'linux siendo root': { ...linux, root: true },
  'linux con Docker Desktop': { ...linux, desktop: true },
  'WSL con Docker Desktop': { ...linux, wsl: true, systemd: false, desktop: true },
  macOS: { ...linux, platform: 'darwin', systemd: false, desktop: true },
  Windows: { ...linux, platform: 'win32', systemd: false, desktop: true },
} as const satisfies { readonly [name: string]: Machine };
const address = 'unix:///var/run/docker.sock';
const stopped: Problem = { kind: 'stopped', address, context: '' };

describe('what is wrong with Docker, and what mends it here', () => {
  test.each([
    ['linux con systemd', '`sudo systemctl start docker`'],
    ['linux sin systemd', '`sudo service docker start`'],
    ['linux siendo root', '`systemctl start docker`'],
    ['linux con Docker Desktop', '`systemctl --user start docker-desktop`'],
    ['WSL con Docker Desktop', 'WSL integration'],
    ['macOS', '`open -a Docker`'],
    ['Windows', 'Start-Process'],
  ] as const)('stopped, on %s', (name, command) => {
    const { reason, why, next } = advise(stopped, machines[name]);
    expect(reason).toBe('docker-stopped');
    expect(why).toContain('Tienes el cliente `docker`, pero nadie responde');
    expect(next).toContain(command);
  });

  test('stopped: the context says which engine it was', () => {
    expect(advise({ ...stopped, context: 'rootless' }, linux).next).toContain(
      'systemctl --user start docker`',
    );
    expect(advise({ ...stopped, context: 'desktop-linux' }, linux).next).toContain('docker-desktop');
    expect(advise(stopped, { ...linux, client: false }).why).not.toContain('Tienes el cliente');
  });

  test.each([
    ['linux con systemd', 'apt-get install docker.io'],
    ['macOS', 'brew install'],
    ['Windows', 'winget install'],
    ['WSL con Docker Desktop', 'WSL integration'],
  ] as const)('missing, on %s', (name, command) => {
    expect(advise({ kind: 'missing' }, machines[name])).toMatchObject({
      reason: 'docker-missing',
      next: expect.stringContaining(command),
    });
  });

  test('permission: the group, and what being in it means', () => {
    const { reason, next } = advise({ kind: 'permission', address }, linux);
    expect(reason).toBe('docker-permission');
    expect(next).toContain('usermod -aG docker $USER');
    expect(next).toContain('equivale a ser root');
  });

  test('elsewhere: back to the engine that does answer', () => {
    const elsewhere = (chosenBy: string) =>
      advise({ kind: 'elsewhere', chosenBy, address: 'tcp://1.2.3.4:2375' }, linux);
    expect(elsewhere('DOCKER_HOST')).toMatchObject({
      reason: 'docker-context',
      next: expect.stringContaining('`unset DOCKER_HOST`'),
    });
    expect(elsewhere('El contexto «otro»').next).toContain('`docker context use default`');
    expect(elsewhere('El contexto «otro»').why).toContain('tcp://1.2.3.4:2375');
  });

  test('every problem has a reason of its own, one sentence and a remedy on every machine', () => {
    const problems: readonly Problem[] = [
      { kind: 'missing' },
      stopped,
      { kind: 'silent', address },
      { kind: 'permission', address },
      { kind: 'elsewhere', chosenBy: 'DOCKER_HOST', address },
      { kind: 'no-such-context', context: 'x' },
      { kind: 'unsupported-address', chosenBy: 'DOCKER_HOST', address: 'ssh://yo@alli' },
      { kind: 'strange', address, detail: 'HTTP 200' },
      { kind: 'old', apiVersion: '1.39', oldestUsable: '1.40' },
    ];
    const reasons = problems.map((problem) => {
      for (const machine of Object.values(machines)) {
        const { why, next } = advise(problem, machine);
        expect(why).toMatch(/^[A-ZÁÉÍÓÚ].*\.$/s);
        expect(next).toMatch(/^[`A-ZÁÉÍÓÚ].*\.$/s);
      }
      return advise(problem, linux).reason;
    });
    expect(reasons).toEqual([
      'docker-missing',
      'docker-stopped',
      'docker-stopped',
      'docker-permission',
      'docker-context',
      'docker-context',
      'docker-context',
      'docker-context',
      'docker-api-old',
    ]);
  });
});
