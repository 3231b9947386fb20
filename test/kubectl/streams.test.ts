import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { systemClock } from '../../src/base/clock.ts';
import { startTestCluster } from '../helpers/cluster.ts';
import { findKubectls, runKubectl } from '../helpers/kubectls.ts';
import { inTerminal, startKubectl, waitFor } from '../helpers/runningKubectl.ts';
import { describeWithKubectls, type Here, type StreamWorld, streamCases } from './stream-cases.ts';

const shell = 'docker.io/library/busybox:1.37';

const pod = (name: string, container: object, spec: object = {}) => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name, labels: { app: name } },
  spec: {
    terminationGracePeriodSeconds: 1,
    containers: [{ name: 'c', image: shell, ...container }],
    ...spec,
  },
});

const forever = 'while true; do sleep 1; done';

const objects = [
  pod('p', { command: ['sh', '-c', forever] }),
  pod('web', { image: 'nginx:1.29-alpine', ports: [{ containerPort: 80 }] }),
  pod('once', {
    command: ['sh', '-c', 'read x; echo "leo $x"; cat; echo fin'],
    stdin: true,
    stdinOnce: true,
  }),
  pod('dice', {
    command: ['sh', '-c', `i=0; while [ $i -lt 5 ]; do echo linea $i; i=$((i+1)); done; ${forever}`],
  }),
  pod('cae', { command: ['sh', '-c', 'echo antes de caer; exit 1'] }),
  pod(
    'dos',
    { command: ['sh', '-c', `echo soy c; ${forever}`] },
    {
      containers: [
        { name: 'c', image: shell, command: ['sh', '-c', `echo soy c; ${forever}`] },
        { name: 'd', image: shell, command: ['sh', '-c', `echo soy d; ${forever}`] },
      ],
      initContainers: [{ name: 'antes', image: shell, command: ['sh', '-c', 'echo soy antes'] }],
    },
  ),
];

/** A cluster of its own with one node. */
async function cluster(): Promise<StreamWorld> {
  const here = await startTestCluster({ nodes: 1 });
  const [kubectl] = findKubectls().slice(-1);
  if (kubectl === undefined) throw new Error('no kubectl');
  const file = path.join(here.folder, 'objetos.json');
  await writeFile(file, JSON.stringify({ apiVersion: 'v1', kind: 'List', items: objects }));
  const run = async (...argv: string[]) => {
    const ran = await runKubectl(kubectl, argv, {
      kubeconfig: here.kubeconfig,
      home: path.join(here.folder, 'home'),
      cwd: here.folder,
    });
    if (ran.exit !== 0) throw new Error(`${argv.join(' ')}: ${ran.stdout}${ran.stderr}`);
  };
  const ready = async () => {
    await run('wait', 'serviceaccount/default', '--for=create', '--timeout=75s');
    await run('create', '-f', file);
    await run(
      'wait',
      ...['p', 'web', 'once', 'dice', 'dos'].map((name) => `pod/${name}`),
      '--for=condition=Ready',
      '--timeout=75s',
    );
  };
  try {
    await ready();
  } catch (error) {
    await here.stop();
    throw error;
  }
  return {
    kubeconfig: here.kubeconfig,
    folder: here.folder,
    inside: '/tmp',
    web: { pod: 'web', port: 80, says: 'Welcome to nginx' },
    stop: () => here.stop(),
  };
}

describe('streams of a cluster', () => {
  describeWithKubectls(cluster, (here) => {
    streamCases(here);
    logCases(here);
    podCases(here);
    readCases(here);
  });
});

function logCases(here: () => Here): void {
  const lines = 'linea 0\nlinea 1\nlinea 2\nlinea 3\nlinea 4\n';

  it('logs: all, the last ones, recent ones, with their times, up to so many bytes', async () => {
    const { run } = here();
    const logs = async (...argv: string[]) => {
      const { exit, stdout, stderr } = await run(['logs', 'dice', ...argv]);
      expect([exit, stderr]).toEqual([0, '']);
      return stdout;
    };
    expect(await logs()).toBe(lines);
    expect(await logs('--tail=2')).toBe('linea 3\nlinea 4\n');
    expect(await logs('--since=1h')).toBe(lines);
    expect(await logs('--since-time=2100-01-01T00:00:00Z')).toBe('');
    expect(await logs('--limit-bytes=10')).toBe('linea 0\nli');
    expect(await logs('--timestamps', '--tail=1')).toMatch(
      /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z linea 4\n$/,
    );
  });

  it('logs of all containers, by label, and of a name that is needed', async () => {
    const { run } = here();
    const all = await run(['logs', 'dos', '--all-containers']);
    // kubectl asks for them in any order.
    const said = all.stdout.split('\n').filter((line) => line !== '');
    expect(said.sort()).toEqual(['soy antes', 'soy c', 'soy d']);
    const labelled = await run(['logs', '-l', 'app=dos', '--all-containers', '--prefix']);
    expect(labelled.stdout).toContain('[pod/dos/d] soy d\n');
    expect((await run(['logs', 'dos', '-c', 'd'])).stdout).toBe('soy d\n');
    expect((await run(['logs', 'dos', '-c', 'nada'])).stderr).toContain(
      'container nada is not valid for pod dos',
    );
  });

  it('logs -f shows what is written from then on, at once', async () => {
    const { kubectl, world, run } = here();
    const logs = startKubectl(kubectl, world, ['logs', '-f', 'p']);
    const written = await run(['exec', 'p', '--', 'sh', '-c', 'echo vivo > /proc/1/fd/1']);
    expect(written.exit, written.stderr).toBe(0);
    expect(await waitFor(() => /vivo\n/.exec(logs.stdout())?.[0], logs)).toBe('vivo\n');
    expect(logs.ended()).toBe(false);
    await logs.stop();
  });

  it('logs --previous tells what the container said before it fell', async () => {
    const { run } = here();
    // For some seconds after each fall the status still names the one before, whose log is gone: upstream's says so too.
    const notYet =
      /^unable to retrieve container logs for containerd:\/\/|previous terminated container "c" in pod "cae" not found/;
    const text = async () => {
      const { stdout, stderr } = await run(['logs', 'cae', '--previous']);
      return `${stdout}${stderr}`;
    };
    let said = await text();
    for (let turn = 0; turn < 120 && notYet.test(said); turn++) {
      await systemClock.sleep(200);
      said = await text();
    }
    expect(said).toBe('antes de caer\n');
    expect((await run(['logs', 'p', '--previous'])).stderr).toContain(
      'previous terminated container "c" in pod "p" not found',
    );
  });
}

function podCases(here: () => Here): void {
  const prompt =
    /^(All commands and output from this session .*\n)?If you don't see a command prompt, try pressing enter\.\n/;

  it('attach gives the only input there will be', async () => {
    const { run } = here();
    const ran = await run(['attach', '-i', 'once'], 'uno\ndos\n');
    expect([ran.exit, ran.stdout]).toEqual([0, 'leo uno\ndos\nfin\n']);
  });

  it('exec into what does not run says so', async () => {
    const { run, kubectl } = here();
    const made = await run(['run', 'nunca', '--image=registro.ejemplo/no-existe']);
    expect(made.exit).toBe(0);
    const ran = await run(['exec', 'nunca', '--', 'id']);
    expect(ran.exit).toBe(1);
    expect(ran.stderr).toMatch(
      kubectl.minor >= 30
        ? /^error: Internal error occurred: unable to upgrade connection: container not found \("nunca"\)\n$/
        : /^error: unable to upgrade connection: container not found \("nunca"\)\n$/,
    );
    expect((await run(['logs', 'nunca'])).stderr).toContain(
      'container "nunca" in pod "nunca" is waiting to start: ',
    );
  });

  it('run --rm -i brings the exit code home and leaves nothing', async () => {
    const { run } = here();
    // Long enough to be joined: what has ended before is read from its log, with a warning.
    const argv = ['run', 'paso', '--rm', '-i', '--restart=Never', `--image=${shell}`, '--'];
    const ran = await run([...argv, 'sh', '-c', 'sleep 3; echo en el pod; exit 3']);
    expect(ran.exit).toBe(3);
    expect(ran.stdout).toMatch(/^en el pod\npod "paso" deleted( from default namespace)?\n$/);
    expect(ran.stderr).toMatch(new RegExp(`${prompt.source}pod default/paso terminated \\(Error\\)\\n$`));
    expect((await run(['get', 'pod', 'paso'])).stderr).toContain('(NotFound)');
    const cat = await run(['run', 'copia', '--rm', '-i', `--image=${shell}`, '--', 'cat'], 'hola\n');
    expect(cat.stdout).toMatch(/^hola\npod "copia" deleted/);
  });

  it('run --rm -it is a terminal', async () => {
    const { kubectl, world } = here();
    const argv = ['run', 'consola', '--rm', '-it', '--restart=Never', `--image=${shell}`, '--', 'sh'];
    const ran = await inTerminal(kubectl, world, argv, ['echo $((40+2))\r', 'exit 4\r'], 'prompt');
    expect(ran.text).toMatch(/\n42\r\n/);
    expect(ran.exit).toBe(4);
  });

  it('debug adds a container to a Pod, and a Pod to a node', async () => {
    const { run } = here();
    const image = `--image=${shell}`;
    const added = await run(['debug', 'p', image, '-c', 'lupa', '--', 'sh', '-c', 'echo miro; hostname']);
    expect(added.exit, added.stderr).toBe(0);
    const logs = await waitForText(() => run(['logs', 'p', '-c', 'lupa']), 'p\n');
    expect(logs).toBe('miro\np\n');
    const made = await run(['debug', 'node/nodo-1', image, '--', 'sh', '-c', 'ls -d /host/etc; hostname']);
    const name = /node-debugger-nodo-1-\w+/.exec(made.stdout)?.[0] ?? '';
    expect(await waitForText(() => run(['logs', name]), 'nodo-1\n')).toBe('/host/etc\nnodo-1\n');
  });
}

async function waitForText(
  read: () => Promise<{ readonly stdout: string }>,
  wanted: string,
): Promise<string> {
  let stdout = '';
  for (let turn = 0; turn < 60 && !stdout.includes(wanted); turn++) ({ stdout } = await read());
  return stdout;
}

function readCases(here: () => Here): void {
  it('top tells what nodes, Pods and containers use', async () => {
    const { run } = here();
    const nodes = await waitForText(() => run(['top', 'nodes']), 'nodo-1');
    expect(nodes).toMatch(
      /^NAME +CPU\(cores\) +CPU\(?%\)? +MEMORY\(bytes\) +MEMORY\(?%\)? *\nnodo-1 +\d+m +\d+% +\d+Mi +\d+% *\n$/,
    );
    expect(await waitForText(() => run(['top', 'pods', '--containers']), 'web')).toMatch(
      /\nweb +c +\d+m +\d+Mi *\n/,
    );
    expect((await run(['top', 'pods', '-l', 'app=p'])).stdout).toMatch(/^NAME .*\np +\d+m +\d+Mi *\n$/);
  });

  it('proxy reaches Pods, Services and nodes', async () => {
    const { run, world, kubectl } = here();
    const { pod, port, says } = world.web;
    const raw = (url: string) => run(['get', '--raw', url]);
    expect((await raw(`/api/v1/namespaces/default/pods/${pod}:${port}/proxy/`)).stdout).toContain(says);
    const refused = await raw(`/api/v1/namespaces/default/pods/${pod}:81/proxy/`);
    expect(refused.stderr).toMatch(
      /error trying to reach service: dial tcp 10\.244\.\d+\.\d+:81: connect: connection refused/,
    );
    expect((await run(['expose', 'pod', pod, `--port=${port}`])).exit).toBe(0);
    const service = `/api/v1/namespaces/default/services/${pod}:${port}/proxy/`;
    expect(await waitForText(() => raw(service), says)).toContain(says);
    expect((await raw('/api/v1/nodes/nodo-1/proxy/healthz')).stdout).toBe('ok');
    const proxy = startKubectl(kubectl, world, ['proxy', '--port=0']);
    const own = await waitFor(() => /127\.0\.0\.1:(\d+)/.exec(proxy.stdout())?.[1], proxy);
    expect(await (await fetch(`http://127.0.0.1:${own}${service}`)).text()).toContain(says);
    await proxy.stop();
  });
}
