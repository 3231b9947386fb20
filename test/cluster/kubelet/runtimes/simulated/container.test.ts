import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { containerConfig, sandboxConfig, simulatedWorld } from './world.ts';

const sh = (script: string) => ({ command: ['sh', '-c', script] });
const MiB = 1024 * 1024;

describe('processes', () => {
  it('PID 1 without a handler is deaf to TERM, a child is not', async () => {
    const world = await simulatedWorld();
    const one = await world.run(
      'busybox',
      sh(
        'sh -c "sleep 100; echo no" & kill -TERM $!; wait $!; echo "child $?"; kill -TERM $$; echo still; sleep 3600',
      ),
    );
    await world.clock.advance(50);
    expect(one.text('stdout')).toBe('child 143\nstill\n');
    void world.runtime.stopContainer(one.id, 5000);
    await world.clock.advance(4900);
    expect(one.status().state).toBe('running');
    await world.clock.advance(200);
    expect(one.status()).toMatchObject({ state: 'exited', exitCode: 137, reason: 'Error' });
  });

  it('ends everything of a container with its first process', async () => {
    const world = await simulatedWorld();
    const one = await world.run('busybox', sh('(while :; do sleep 1; echo tick; done) & sleep 2.5'));
    expect((await one.end()).exitCode).toBe(0);
    await world.clock.advance(5000);
    expect(one.text()).toBe('tick\ntick\n');
  });

  it('shows the processes of the whole Pod when they are shared', async () => {
    const world = await simulatedWorld();
    const sandbox = await world.runtime.runSandbox(sandboxConfig('p', { shareProcessNamespace: true }));
    await world.runtime.pullImage('busybox');
    const ids: string[] = [];
    for (const name of ['a', 'b']) {
      const id = await world.runtime.createContainer(
        sandbox,
        containerConfig('busybox', { name, ...sh(`sleep 36${name === 'a' ? 1 : 2}`) }),
      );
      await world.runtime.startContainer(id);
      ids.push(id);
    }
    let out = '';
    await world.clock.advance(0);
    const done = world.runtime.exec(ids[1] ?? '', ['ps', '-o', 'pid,args'], {
      stdout: (bytes) => {
        out += Buffer.from(bytes).toString();
      },
      stderr: () => undefined,
      tty: false,
    });
    await world.clock.advance(10);
    await done;
    expect(out.split('\n').map((line) => line.replace(/\s+/g, ' ').trim())).toEqual([
      'PID COMMAND',
      '1 /pause',
      '7 sleep 361',
      '13 sleep 362',
      '19 ps -o pid,args',
      '',
    ]);
  });

  it.each([
    [['nosuch'], 'exec: "nosuch": executable file not found in $PATH: unknown'],
    [['/no/such'], 'exec: "/no/such": stat /no/such: no such file or directory: unknown'],
    [['/etc'], 'exec: "/etc": permission denied: unknown'],
    [['/etc/passwd'], 'exec: "/etc/passwd": permission denied: unknown'],
  ])('cannot start %j', async (command, why) => {
    const world = await simulatedWorld();
    await world.runtime.pullImage('busybox');
    const sandbox = await world.runtime.runSandbox(sandboxConfig('p'));
    const id = await world.runtime.createContainer(sandbox, containerConfig('busybox', { command }));
    const message = `failed to create containerd task: failed to create shim task: OCI runtime create failed: runc create failed: unable to start container process: ${why}`;
    await expect(world.runtime.startContainer(id)).rejects.toThrow(message);
    expect(world.runtime.sandboxes()[0]?.containers[0]).toMatchObject({
      state: 'exited',
      exitCode: 128,
      reason: 'StartError',
      startedAt: 0,
      message,
    });
  });
});

describe('limits', () => {
  it('kills the one that takes too much memory, and says so even when the first process goes on', async () => {
    const world = await simulatedWorld();
    const whole = await world.run('busybox', {
      command: ['dd', 'if=/dev/zero', 'of=/dev/null', 'bs=200M', 'count=1'],
      memoryLimitBytes: 32 * MiB,
    });
    expect(await whole.end()).toMatchObject({ exitCode: 137, reason: 'OOMKilled' });
    const child = await world.run('busybox', {
      ...sh('dd if=/dev/zero of=/dev/null bs=200M count=1; echo child gave $?; exit 0'),
      memoryLimitBytes: 32 * MiB,
    });
    expect(await child.end()).toMatchObject({ exitCode: 0, reason: 'OOMKilled' });
    expect(child.text()).toBe('Killed\nchild gave 137\n');
  });

  it.each([
    ['tail /dev/zero', 137],
    ['x=$(cat /dev/zero)', 137],
    ['x=a; while :; do x=$x$x; done', 137],
    ['sort /dev/zero', 137],
  ])('%s ends by memory', async (script, code) => {
    const world = await simulatedWorld();
    const one = await world.run('busybox', { ...sh(`exec sh -c '${script}'`), memoryLimitBytes: 16 * MiB });
    expect(await one.end(600_000)).toMatchObject({ exitCode: code, reason: 'OOMKilled' });
  });

  it('counts an endless loop as a cpu, and less under a limit', async () => {
    const world = await simulatedWorld();
    const free = await world.run('busybox', sh('while :; do :; done'));
    const limited = await world.run('busybox', { ...sh('while :; do :; done'), cpuLimitMilli: 200 });
    await world.clock.advance(20_000);
    expect(world.runtime.stats(free.id)?.cpuMilli).toBeGreaterThan(900);
    expect(world.runtime.stats(free.id)?.cpuMilli).toBeLessThanOrEqual(1050);
    expect(world.runtime.stats(limited.id)?.cpuMilli).toBeGreaterThan(150);
    expect(world.runtime.stats(limited.id)?.cpuMilli).toBeLessThan(250);
    await world.runtime.stop();
  });

  it('survives a fork storm and an endless recursion', async () => {
    const world = await simulatedWorld();
    const storm = await world.run('busybox', sh('f() { f | f & }; f; sleep 5; echo alive'));
    const deep = await world.run('busybox', sh('f() { f; }; f'));
    expect((await deep.end()).exitCode).toBe(139);
    await world.clock.advance(3000);
    expect(world.runtime.sandboxes().length).toBe(2);
    const other = await world.run('busybox', sh('echo responsive'));
    await other.end();
    expect(other.text()).toBe('responsive\n');
    void storm;
    await world.runtime.stop();
  });

  it('keeps 10 MiB of a log without end, and cuts lines of more than 16 KiB', async () => {
    const world = await simulatedWorld();
    const long = await world.run('busybox', sh('head -c 40000 /dev/zero | tr "\\0" x; echo'));
    await long.end();
    const sizes = (world.runtime.log(long.id)?.lines() ?? []).map(({ text }) => text.length);
    expect(sizes).toEqual([16_384, 16_384, 7233]);
    const endless = await world.run('busybox', { command: ['yes'] });
    await world.clock.advance(60_000);
    const lines = world.runtime.log(endless.id)?.lines() ?? [];
    expect(lines.reduce((sum, { text }) => sum + text.length + 45, 0)).toBeLessThanOrEqual(10 * MiB);
    await world.runtime.stop();
  });
});

it('holds no more than its share of this machine however much is written', async () => {
  const world = await simulatedWorld();
  const one = await world.run(
    'busybox',
    sh(
      'cat /dev/urandom > /f; echo $?; rm /f; dd if=/dev/zero of=/z bs=1M count=300 2>/dev/null; ls -l /z | cut -c30-45',
    ),
  );
  await one.end(600_000);
  expect(one.text()).toMatch(/^cat: write error: No space left on device\n1\n +314572800/);
});

it('kills all of a container together when the node does', async () => {
  const world = await simulatedWorld({ oomGroupKill: true });
  const one = await world.run('busybox', {
    ...sh('dd if=/dev/zero of=/dev/null bs=200M count=1; echo no'),
    memoryLimitBytes: 32 * MiB,
  });
  expect(await one.end()).toMatchObject({ exitCode: 137, reason: 'OOMKilled' });
  expect(one.text()).toBe('');
});

describe('files', () => {
  it('replaces a volume at once and leaves a mounted subPath as it was', async () => {
    const world = await simulatedWorld();
    const volume = world.runtime.createVolume({
      kind: 'configMap',
      memory: false,
      sizeLimitBytes: 0,
      survives: false,
    });
    const files = (text: string) => new Map([['v', { bytes: Buffer.from(text), mode: 0o644 }]]);
    volume.replace(files('one\n'));
    const mounts = [
      { containerPath: '/c', volume, subPath: '', readOnly: true },
      { containerPath: '/s', volume, subPath: 'v', readOnly: true },
    ];
    const one = await world.run('busybox', {
      ...sh('while :; do echo $(cat /c/v) $(cat /s); sleep 5; done'),
      mounts,
    });
    await world.clock.advance(1000);
    volume.replace(files('two\n'));
    await world.clock.advance(5000);
    expect(one.text()).toBe('one one\ntwo one\n');
    expect(await one.exec(['sh', '-c', 'readlink /c/v; echo x > /c/v; ls /'])).toMatchObject({
      err: "sh: can't create /c/v: Read-only file system\n",
      out: expect.stringMatching(/^\.\.data\/v\nbin\nc\ndev\n/),
    });
  });

  it('keeps to users, groups and a root that is read-only', async () => {
    const world = await simulatedWorld();
    const volume = world.runtime.createVolume({
      kind: 'emptyDir',
      memory: false,
      sizeLimitBytes: 0,
      survives: false,
    });
    volume.chgrp(2000);
    const one = await world.run('busybox', {
      ...sh('id; touch /d/x; ls -l /d/x | cut -c1-40; touch /x; whoami; echo $HOME'),
      mounts: [{ containerPath: '/d', volume, subPath: '', readOnly: false }],
      ...{ runAsUser: 1234, runAsGroup: 3000, fsGroup: 2000, supplementalGroups: [4000] },
    });
    await one.end();
    expect(one.text('stdout')).toBe(
      'uid=1234 gid=3000 groups=2000,3000,4000\n-rw-r--r--    1 1234     2000           \n/\n',
    );
    expect(one.text('stderr')).toBe('touch: /x: Permission denied\nwhoami: unknown uid 1234\n');
    const still = await world.run('busybox', {
      ...sh('echo a > /tmp/a; echo b > /dev/shm/b && cat /dev/shm/b'),
      readOnlyRootFilesystem: true,
    });
    await still.end();
    expect(still.text()).toBe("sh: can't create /tmp/a: Read-only file system\nb\n");
  });

  it('carries 10 MB through tar both ways without changing a byte', async () => {
    const world = await simulatedWorld();
    const one = await world.run('busybox', sh('sleep 3600'));
    const made = await one.exec([
      'sh',
      '-c',
      'mkdir /a; head -c 10000000 /dev/urandom > /a/f; cd /; tar cf - a | (mkdir /b; cd /b; tar xf -); sha256sum < /a/f; sha256sum < /b/a/f',
    ]);
    const [left, right] = made.out.split('\n');
    expect(left).toMatch(/^[0-9a-f]{64}/);
    expect(right).toBe(left);
  });

  it('never changes an image that another container uses', async () => {
    const world = await simulatedWorld();
    const one = await world.run('nginx:1.29-alpine');
    const two = await world.run('nginx:1.29-alpine');
    await one.exec([
      'sh',
      '-c',
      'echo mine > /usr/share/nginx/html/index.html; rm /bin/ls; echo x >> /etc/passwd',
    ]);
    expect(
      (
        await two.exec([
          'sh',
          '-c',
          'head -1 /usr/share/nginx/html/index.html; ls /bin/ls; grep -c ^x$ /etc/passwd',
        ])
      ).out,
    ).toBe('<!DOCTYPE html>\n/bin/ls\n0\n');
  });
});

describe('images', () => {
  it.each([
    [
      'nginx:oops',
      'rpc error: code = NotFound desc = failed to pull and unpack image "docker.io/library/nginx:oops": failed to resolve reference "docker.io/library/nginx:oops": docker.io/library/nginx:oops: not found',
    ],
    [
      'no-such-user/no-such-app:1.0',
      'failed to pull and unpack image "docker.io/no-such-user/no-such-app:1.0": failed to resolve reference "docker.io/no-such-user/no-such-app:1.0": pull access denied, repository does not exist or may require authorization: server message: insufficient_scope: authorization failed',
    ],
    ['registry.down.example/app:1.0', 'dial tcp: lookup registry.down.example: no such host'],
    ['Nginx:UPPER/x', 'invalid reference format'],
  ])('pulling %s fails as containerd says', async (image, message) => {
    const world = await simulatedWorld();
    await expect(world.runtime.pullImage(image)).rejects.toThrow(message);
    expect(world.runtime.image(image)).toBeUndefined();
  });

  it('knows an image by all its names', async () => {
    const world = await simulatedWorld();
    const pulled = await world.runtime.pullImage('nginx');
    for (const name of [
      'nginx',
      'nginx:latest',
      'docker.io/library/nginx',
      'docker.io/library/nginx:latest',
      `nginx@${pulled.digest}`,
      pulled.id,
    ]) {
      expect(world.runtime.image(name)?.id, name).toBe(pulled.id);
    }
  });

  it("serves the learner's own image as its file says", async () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'imagenes-'));
    writeFileSync(
      path.join(folder, 'horno.json'),
      JSON.stringify({
        imagenes: [
          {
            repositorio: 'docker.io/panaderia/horno',
            etiquetas: ['1.{0,1}'],
            base: 'scratch',
            bytes: 1,
            orden: ['/servidor'],
            programas: { '/servidor': 'servidor' },
            comportamiento: { puerto: 8080, respuesta: 'pan de {nombre}\n', arranque: 5, falla: 60 },
          },
        ],
      }),
    );
    const world = await simulatedWorld({}, [folder]);
    const oven = await world.run('panaderia/horno:1.1');
    const client = await world.run(
      'busybox',
      sh('wget -qO- p1:8080; sleep 6; wget -qO- p1:8080; sleep 60; wget -qO- p1:8080'),
    );
    await client.end(120_000);
    expect(client.text()).toBe(
      "wget: can't connect to remote host (10.244.0.2): Connection refused\npan de p1\nwget: server returned error: HTTP/1.1 500 Internal Server Error\n",
    );
    expect(oven.status().state).toBe('running');
  });
});

describe('streams', () => {
  it('is a terminal: prompt, echo, Ctrl-C, exit code', async () => {
    const world = await simulatedWorld();
    const one = await world.run('busybox', sh('sleep 3600'));
    let out = '';
    const typed = ['echo $((40+2)); tty\r', 'sleep 100\r', '\x03', 'exit 5\r'];
    const stdin = (async function* () {
      await world.clock.sleep(100);
      for (const line of typed) {
        yield Buffer.from(line);
        await world.clock.sleep(1000);
      }
    })();
    const end = world.runtime.exec(one.id, ['sh'], {
      stdin,
      stdout: (bytes) => {
        out += Buffer.from(bytes).toString();
      },
      stderr: () => undefined,
      tty: true,
    });
    await world.clock.advance(5000);
    expect((await end).exitCode).toBe(5);
    expect(out.replaceAll('\x1b[6n', '')).toBe(
      '/ # echo $((40+2)); tty\r\n42\r\n/dev/pts/0\r\n/ # sleep 100\r\n^C\r\n/ # exit 5\r\n',
    );
  });

  it('ends standard input of a container after the first client when it asked for that', async () => {
    const world = await simulatedWorld();
    const one = await world.run('busybox', {
      ...sh('while read l; do echo "got $l"; done; echo end'),
      stdin: true,
      stdinOnce: true,
    });
    let out = '';
    const end = world.runtime.attach(one.id, {
      stdin: (async function* () {
        yield Buffer.from('one\n');
      })(),
      stdout: (bytes) => {
        out += Buffer.from(bytes).toString();
      },
      stderr: () => undefined,
      tty: false,
    });
    await world.clock.advance(100);
    expect((await end).exitCode).toBe(0);
    expect(out).toBe('got one\nend\n');
    expect(one.text()).toBe(out);
  });
});

it('loses power at once, and keeps what containerd would know afterwards', async () => {
  const world = await simulatedWorld();
  const one = await world.run('nginx');
  world.runtime.powerOff();
  expect(one.status()).toMatchObject({ state: 'exited', exitCode: 255, reason: 'Unknown' });
  expect(world.runtime.sandboxes()[0]?.state).toBe('notready');
  expect(world.runtime.image('nginx')).toBeDefined();
});

it('does the same for the same seed', async () => {
  const play = async () => {
    const world = await simulatedWorld();
    const one = await world.run(
      'busybox',
      sh('for i in 1 2 3; do (sleep 0.$i; echo $i $(mktemp)) & done; wait; date; yes | head -2000 | md5sum'),
    );
    await one.end();
    return [one.id, one.text(), one.status().finishedAt];
  };
  expect(await play()).toEqual(await play());
});

it('shows another container its files, and a node its own to whoever may change root', async () => {
  const world = await simulatedWorld();
  const volume = world.runtime.createVolume({
    kind: 'emptyDir',
    memory: false,
    sizeLimitBytes: 0,
    survives: false,
  });
  const target = await world.run('nginx', {
    mounts: [{ containerPath: '/d', volume, subPath: '', readOnly: false }],
  });
  await target.exec(['touch', '/d/seen']);
  const id = await world.runtime.createContainer(
    target.sandbox,
    containerConfig('nginx', { name: 'dbg', ...sh('sleep 3600'), processNamespaceOf: target.id }),
  );
  await world.runtime.startContainer(id);
  let out = '';
  const end = world.runtime.exec(
    id,
    [
      'sh',
      '-c',
      'ls /proc/1/root/d; head -1 /proc/1/root/usr/share/nginx/html/index.html; find /proc -name seen | wc -l',
    ],
    {
      stdout: (bytes) => {
        out += Buffer.from(bytes).toString();
      },
      stderr: () => undefined,
      tty: false,
    },
  );
  await world.clock.advance(1000);
  await end;
  expect(out).toBe('seen\n<!DOCTYPE html>\n0\n');
  const debug = await world.run('busybox', {
    ...sh('sleep 3600'),
    mounts: [{ containerPath: '/host', volume: world.runtime.hostFiles(), subPath: '', readOnly: false }],
  });
  expect(
    await debug.exec(['chroot', '/host', 'sh', '-c', 'cat /etc/hostname; ls -d /var/lib/kubelet; ls /host']),
  ).toEqual({ out: 'nodo-1\n/var/lib/kubelet\n', err: 'ls: /host: No such file or directory\n', code: 1 });
});
