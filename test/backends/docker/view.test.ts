import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { CouldNotLook } from '../../../src/checks/backend.ts';
import { describeWithDocker } from '../../helpers/engine.ts';

const docker = async (...args: string[]) => (await promisify(execFile)('docker', args)).stdout.trim();
const own = ['--label', 'curso-k8s=prueba-vista'];
const name = (part: string) => `vista-${process.pid}-${part}`;

describeWithDocker('the view of a real engine', (link) => {
  beforeAll(async () => {
    await docker('run', '-d', ...own, '--name', name('vive'), 'busybox:1.37', 'sleep', '300');
    await docker('network', 'create', ...own, name('red'));
    await docker('volume', 'create', ...own, name('datos'));
  });
  afterAll(async () => {
    const ids = await docker('ps', '-aq', '--filter', `name=vista-${process.pid}-`);
    if (ids !== '') await docker('rm', '-fv', ...ids.split('\n'));
    await docker('network', 'rm', name('red'));
    await docker('volume', 'rm', name('datos'));
    await docker('image', 'rm', '-f', `${name('img')}:1`, `${name('img')}:2`).catch(() => {}); // left by a failure
  });

  test('objects come as the engine gives them, and what is not there is undefined', async () => {
    const { view } = link();
    expect(await view.container(name('vive'))).toMatchObject({
      Name: `/${name('vive')}`,
      State: { Running: true },
    });
    expect(await view.container(name('nadie'))).toBeUndefined();
    expect(await view.image('busybox:1.37')).toMatchObject({ Config: { Cmd: ['sh'] } });
    expect(await view.image('pan/nunca:7f3c')).toBeUndefined();
    expect((await view.imageHistory('busybox:1.37')).length).toBeGreaterThan(0);
    expect(await view.network(name('red'))).toMatchObject({ Driver: 'bridge' });
    expect(await view.network('ninguna')).toBeUndefined();
    expect(await view.volume(name('datos'))).toMatchObject({ Driver: 'local' });
    expect(await view.volume('ninguno')).toBeUndefined();
  });

  test('a container is not found by the beginning of its id, which could be anybody’s', async () => {
    const { view } = link();
    const id = String((await view.container(name('vive')))?.['Id']);
    expect(await view.container(id.slice(0, 4))).toBeUndefined();
    expect(await view.container(id)).toMatchObject({ Id: id });
  });

  test('lists by label and by fragment of the name, regular expressions taken literally', async () => {
    const { view } = link();
    const named = await view.containers({ name: name('vive') });
    expect(named).toHaveLength(1);
    expect(await view.containers({ name: '.*' })).toEqual([]);
    expect((await view.containers({ label: 'curso-k8s=prueba-vista' })).length).toBeGreaterThan(0);
  });

  test('near names help whoever mistyped', async () => {
    const { view } = link();
    expect(await view.near('container', name('vivo'))).toContain(name('vive'));
    expect(await view.near('image', 'busybox:1.36')).toContain('busybox:1.37');
  });

  test('logs: both streams, clean of escapes and binary', async () => {
    const { view } = link();
    const script =
      "printf 'uno\\033[31mrojo\\033[0m\\n'; sleep .2; echo dos >&2; sleep .2; printf '\\000\\001\\377tres\\n'";
    await docker('run', ...own, '--name', name('habla'), 'busybox:1.37', 'sh', '-c', script);
    expect(await view.logs(name('habla'), 50)).toBe('unorojo\ndos\n\ufffdtres\n');
    expect(await view.logs(name('habla'), 1)).toBe('\ufffdtres\n');
  });

  test('logs of a container that prints for ever, and of one with a terminal, are cut', async () => {
    const { view } = link();
    await docker('run', '-d', ...own, '--name', name('grita'), 'busybox:1.37', 'yes', 'panadería'.repeat(20));
    await docker('run', '-dt', ...own, '--name', name('tty'), 'busybox:1.37', 'echo', 'hola');
    const text = await view.logs(name('grita'), 100_000);
    expect(Buffer.byteLength(text)).toBeLessThanOrEqual(64 * 1024);
    expect(text.split('\n').at(-2)).toBe('panadería'.repeat(20));
    await vi.waitFor(async () => expect(await view.logs(name('tty'), 5)).toBe('hola\n'), { timeout: 60_000 });
    await docker('rm', '-f', name('grita'));
  });

  test('changes: added, changed and deleted', async () => {
    const { view } = link();
    const script = 'echo a > /nuevo; echo b > /etc/group; rm /etc/passwd';
    await docker('run', ...own, '--name', name('cambia'), 'busybox:1.37', 'sh', '-c', script);
    expect(await view.changes(name('cambia'))).toEqual(
      expect.arrayContaining([
        { kind: 'A', path: '/nuevo' },
        { kind: 'C', path: '/etc/group' },
        { kind: 'D', path: '/etc/passwd' },
      ]),
    );
  });

  test('a probe gives exit code and output, within bounds', async () => {
    const { view } = link();
    const id = name('vive');
    expect(await view.probe(id, ['sh', '-c', 'echo hola; exit 3'])).toEqual({
      exitCode: 3,
      output: 'hola\n',
    });
    expect((await view.probe(id, ['no-existe'])).exitCode).toBeGreaterThanOrEqual(126);
    const endless = await view.probe(id, ['sh', '-c', 'yes | head -c 1000000']);
    expect(endless.output).toHaveLength(4096);
    await expect(view.probe(name('habla'), ['true'])).rejects.toThrow(CouldNotLook);
  });

  test('a probe that does not end is left after three seconds', async () => {
    const { view } = link();
    expect(await view.probe(name('vive'), ['sleep', '9'])).toMatchObject({ exitCode: 124 });
  });

  test('files are read without running anything, through links, also of a stopped container', async () => {
    const { view } = link();
    const script = 'echo hola > /dato; ln -s dato /enlace; head -c 200000 /dev/zero | tr "\\\\0" x > /grande';
    await docker('run', ...own, '--name', name('archivo'), 'busybox:1.37', 'sh', '-c', script);
    expect(await view.readFile(name('archivo'), '/dato')).toBe('hola\n');
    expect(await view.readFile(name('archivo'), '/enlace')).toBe('hola\n');
    expect(await view.readFile(name('archivo'), '/grande')).toBe('x'.repeat(65_536));
    expect(await view.readFile(name('archivo'), '/no')).toBeUndefined();
    expect(await view.readFile(name('archivo'), '/etc')).toBeUndefined();
    expect(await view.readFile(name('nadie'), '/dato')).toBeUndefined();
  });

  test('events: what happened to one container, and a change announced within 100 ms', async () => {
    const { view, onChange } = link();
    const since = Date.now() - 500;
    await view.events(since, name('suceso')); // the watch is on from here
    const told = vi.fn();
    const stop = onChange(told);
    await docker('create', ...own, '--name', name('suceso'), 'busybox:1.37', 'sh', '-c', 'exit 7');
    told.mockClear();
    await docker('start', name('suceso'));
    const returnedAt = performance.now();
    await vi.waitFor(() => expect(told).toHaveBeenCalled(), { interval: 5, timeout: 60_000 });
    expect(performance.now() - returnedAt).toBeLessThan(100);
    await docker('wait', name('suceso'));
    stop();
    const events = await view.events(since, name('suceso'));
    expect(events.map(({ Action }) => Action)).toEqual(expect.arrayContaining(['create', 'start', 'die']));
    const die = events.find(({ Action }) => Action === 'die');
    expect(die).toMatchObject({ Actor: { Attributes: { exitCode: '7' } } });
    expect(await view.events(Date.now() + 60_000, name('suceso'))).toEqual([]);
  });

  test('looking leaves no trace among the events, or every look would provoke the next', async () => {
    const { view } = link();
    const since = Date.now();
    await view.probe(name('vive'), ['true']);
    await view.readFile(name('vive'), '/etc/passwd');
    await view.logs(name('vive'), 5);
    await view.container(name('vive'));
    expect(await view.events(since, name('vive'))).toEqual([]);
    // The engine did say something; it is the view that keeps it apart.
    const raw = await docker(
      'events',
      '--since',
      String(since / 1000),
      '--until',
      String(Date.now() / 1000),
      '--filter',
      `container=${name('vive')}`,
    );
    expect(raw).toContain('exec_start');
  });

  test('finds a text in the history, the settings and the hidden files of an image', async () => {
    const { view } = link();
    await docker(
      'run',
      ...own,
      '--name',
      name('capa'),
      'busybox:1.37',
      'sh',
      '-c',
      'echo token=QZX77 > /secreto',
    );
    await docker('commit', '-c', 'LABEL curso-k8s=prueba-vista', name('capa'), `${name('img')}:1`);
    await docker('run', ...own, '--name', name('capa2'), `${name('img')}:1`, 'rm', '/secreto');
    await docker('commit', '-c', 'ENV CLAVE=QZX78', name('capa2'), `${name('img')}:2`);
    expect(await view.searchImage(`${name('img')}:2`, 'QZX77')).toMatchObject({
      count: 2,
      where: ['historial', '/secreto'],
    });
    expect(await view.searchImage(`${name('img')}:2`, 'QZX78')).toMatchObject({
      where: ['configuración'],
      complete: true,
    });
    expect(await view.searchImage(`${name('img')}:2`, 'QZX79')).toMatchObject({
      count: 0,
      where: [],
      complete: true,
    });
    expect(await view.searchImage('nadie:1', 'x')).toBeUndefined();
    await docker('rm', name('capa'), name('capa2'));
    await docker('image', 'rm', '-f', `${name('img')}:2`, `${name('img')}:1`);
  });
});
