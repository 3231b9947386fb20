import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { type Channel, openChannel } from '../../../src/backends/docker/channel.ts';
import { CouldNotLook } from '../../../src/checks/backend.ts';
import { describeWithDocker } from '../../helpers/engine.ts';

const docker = async (...args: string[]) => (await promisify(execFile)('docker', args)).stdout.trim();
const container = `canal-${process.pid}`;

describeWithDocker('a shell that stays alive in a container', (link) => {
  let channel: Channel;
  const open = async () => {
    channel = await openChannel(link().engine, container, { env: ['CURSO_INTENTO=a1b2c3d4'] });
  };
  const output = async (script: string, timeoutMs = 5_000) =>
    (await channel.run(script, timeoutMs)).output.toString('utf8');

  beforeAll(async () => {
    await docker(
      'run',
      '-d',
      '--label',
      'curso-k8s=prueba-canal',
      '--name',
      container,
      'busybox:1.37',
      'sleep',
      '300',
    );
  });
  afterEach(() => channel.close());
  afterAll(async () => {
    await docker('rm', '-fv', container);
  });

  test('runs scripts in order, with exit code, both outputs and what earlier ones left', async () => {
    await open();
    const [first, second] = await Promise.all([
      channel.run('cd /tmp; x=pan; echo uno; echo dos >&2; false', 5_000),
      channel.run('pwd; echo $x $CURSO_INTENTO', 5_000),
    ]);
    expect(first).toEqual({ exitCode: 1, output: Buffer.from('uno\ndos\n') });
    expect(second).toEqual({ exitCode: 0, output: Buffer.from('/tmp\npan a1b2c3d4\n') });
  });

  test('quotes, here-documents, missing last line breaks and syntax errors are the script’s own', async () => {
    await open();
    expect(await output(`printf '%s' "it's )\\" \\\\n" ; cat <<EOF\n$((1+1)) 'x\nEOF`)).toBe(
      `it's )" \\n2 'x\n`,
    );
    expect(await channel.run('if then', 5_000)).toMatchObject({ exitCode: 2 });
    expect(await output('printf sin-salto')).toBe('sin-salto');
    expect(await output('cat')).toBe(''); // its stdin is empty, or it would swallow the channel
    expect(await output('echo "-->"; exit_code=3; (exit $exit_code)')).toBe('-->\n');
  });

  test('a background process outlives its script and does not hold it', async () => {
    await open();
    await channel.run('sleep 100 & echo $! > /tmp/pid', 5_000);
    expect((await channel.run('kill -0 $(cat /tmp/pid)', 5_000)).exitCode).toBe(0);
  });

  test('keeps the beginning of an output that is too long', async () => {
    await open();
    const { output: data, exitCode } = await channel.run(
      'yes 0123456789 | head -c 3000000; exit_with() { return 4; }; exit_with',
      20_000,
    );
    expect(data).toHaveLength(65_536);
    expect(data.subarray(0, 11).toString()).toBe('0123456789\n');
    expect(exitCode).toBe(4);
  });

  test('binary output arrives whole', async () => {
    await open();
    const { output: data } = await channel.run("printf '\\000\\001\\377\\n\\n'", 5_000);
    expect([...data]).toEqual([0, 1, 255, 10, 10]);
  });

  test('what takes too long is killed and the shell goes on', async () => {
    await open();
    await channel.run('cd /tmp', 5_000);
    expect(await channel.run('echo antes; sleep 60; echo no', 300)).toMatchObject({ exitCode: 124 });
    expect(await output('pwd')).toBe('/tmp\n');
  });

  test('a shell that cannot be interrupted, or that ends itself, is reported as gone', async () => {
    await open();
    await expect(channel.run('while :; do :; done', 200)).rejects.toThrow(CouldNotLook);
    await expect(channel.run('true', 200)).rejects.toThrow(CouldNotLook);
    await open();
    await expect(channel.run('exit 0', 2_000)).rejects.toThrow(/se cerró/);
  });
});
