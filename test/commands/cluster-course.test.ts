import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { findKubectls, kubectlRequired } from '../helpers/kubectls.ts';
import { type ClusterHome, openClusterHome } from './clusters.ts';
import { newHome, root, start } from './curso.ts';

const course = path.join(root, 'test', 'fixtures', 'cursos', 'cluster');
const hasKubectl = findKubectls().length > 0;
const withKubectl = hasKubectl || kubectlRequired ? describe : describe.skip;

withKubectl('an exercise on the built-in cluster', () => {
  let home: ClusterHome;
  const run = (...words: readonly string[]) => home.run('--curso', course, ...words);
  /** In the exercise's own terminal, as if the learner typed it. */
  const type = async (input: string, exercise = 'c.1.a') =>
    home.runWith(
      { input: `${input}\nexit\n`, env: { SHELL: '/bin/sh' } },
      '--curso',
      course,
      'shell',
      exercise,
    );
  const folder = () => {
    const work = path.join(home.folder, 'trabajo');
    const [name = ''] = readdirSync(work).filter((one) => one.startsWith('c.1.a-'));
    return path.join(work, name);
  };
  const namespace = () => {
    const { contexts } = JSON.parse(readFileSync(path.join(folder(), 'kubeconfig'), 'utf8'));
    return String(contexts[0].context.namespace);
  };

  beforeAll(() => {
    home = openClusterHome();
  });
  afterAll(() => home.close());

  it('is not started by reading', async () => {
    expect((await run('leccion', 'c.1')).code).toBe(0);
    const { code, stdout } = await run('verificar', 'c.1', '--json');
    expect(code).toBe(3);
    const [first] = JSON.parse(stdout).exercises;
    expect(first.checks[0]).toMatchObject({ verdict: 'unknown', reason: 'cluster-stopped' });
    expect(home.pid()).toBeUndefined();
  });

  it('starts the cluster and sets its scene in a namespace of its own', async () => {
    const { code, stdout, stderr } = await run('preparar', 'c.1.a');
    expect(stderr).toContain('Arranco el clúster integrado, que no estaba en marcha.');
    expect(stderr).toContain('kubectl create configmap pan');
    expect(stdout).toContain('Trabajas con el clúster integrado');
    expect(code).toBe(0);
    expect(home.pid()).toBeGreaterThan(0);
    expect(namespace()).toMatch(/^panaderia-[0-9a-f]{4}$/);
    expect((await run('preparar', 'c.1.a')).stderr).toBe('');
  }, 90_000);

  it('hands a terminal in which kubectl and curso are the attempt’s', async () => {
    const { stdout, stderr } = await type(
      'kubectl get configmap pan -o name; kubectl config view --minify -o jsonpath={..namespace}; echo; command -v curso',
    );
    expect(stderr).not.toMatch(/error/i);
    expect(stdout).toContain('configmap/pan');
    expect(stdout).toContain(namespace());
    expect(stdout).toContain(path.join(home.folder, 'bin', 'curso'));
  });

  it('tells what is wrong, and when it is right', async () => {
    expect((await run('verificar', 'c.1.a')).stdout).toContain('no existe');
    await type('kubectl create deployment mostrador --image=nginx:1.29-alpine');
    expect((await run('verificar', 'c.1.a')).stdout).toContain('Sin decir cuántas, es una.');
    await type(
      'kubectl scale deployment mostrador --replicas=3; kubectl rollout status deployment mostrador --timeout=60s',
    );
    const { code, stdout } = await run('verificar', 'c.1.a');
    expect(stdout).toContain('2 de 2');
    expect(code).toBe(0);
  }, 120_000);

  it('gives the namespace back when somebody deleted it', async () => {
    await type(`kubectl delete namespace ${namespace()} --wait=true`);
    const { stderr } = await run('verificar', 'c.1.a');
    expect(stderr).toContain('preparo la escena');
    expect((await type('kubectl get configmap pan -o name')).stdout).toContain('configmap/pan');
  }, 120_000);

  it('has the whole cluster for itself when it touches it, and puts it back', async () => {
    expect((await run('preparar', 'c.1.b')).code).toBe(0);
    for (const line of ['nodo 2 apagar', 'master 1 parar', 'componente scheduler parar', 'reloj velocidad 5'])
      expect((await home.run(...line.split(' '))).code).toBe(0);
    expect((await run('verificar', 'c.1.b')).code).toBe(0);
    expect((await run('reiniciar', 'c.1.b')).code).toBe(0);
    const { masters } = await home.status();
    expect(masters.map(({ role }) => role)).not.toContain('stopped');
    expect((await home.run('componente')).stdout).not.toContain('parado');
    expect((await home.run('nodo')).stdout).not.toContain('apagado');
    expect((await home.run('reloj')).stdout).toContain('a su paso');
  }, 180_000);

  it('removes its namespace when it is begun anew, and nothing of others', async () => {
    const old = namespace();
    const { code, stdout } = await run('reiniciar', 'c.1.a');
    expect(stdout).toContain(`Quité el namespace ${old}.`);
    expect(code).toBe(0);
    const left = await home.run('kubectl', 'get', 'namespaces', '-o', 'name');
    expect(left.stdout).toContain('namespace/default');
  });

  it('is cleaned with everything of the course', async () => {
    const { code, stdout } = await run('limpiar', '--si');
    expect(stdout).toContain('Quité el clúster integrado');
    expect(code === 0 || code === 3).toBe(true);
    expect(home.pid()).toBeUndefined();
  });
});

describe('without kubectl', () => {
  it('an exercise on a cluster says how to get it, and starts nothing', async () => {
    const home = newHome();
    const other = openClusterHome();
    const { code, stderr } = await other.runWith(
      { home, env: { PATH: path.join(home, 'nada') } },
      '--curso',
      course,
      'preparar',
      'c.1.a',
    );
    other.close();
    expect(stderr).toContain('No encuentro `kubectl` en este equipo');
    expect(stderr).toContain('https://kubernetes.io/es/docs/tasks/tools/');
    expect(code).toBe(3);
    expect(readdirSync(home)).not.toContain('cluster');
  });
});

describe('with a kubeconfig of one’s own', () => {
  it.each([
    ['una-cosa', 'No hay ningún kubeconfig', {}],
    ['otro', 'no tiene ningún contexto llamado «otro»', { KUBECONFIG: 'kubeconfig' }],
    ['mudo', 'no está en marcha', { KUBECONFIG: 'kubeconfig' }],
  ])('--contexto %s: %s', async (context, message, env) => {
    const home = openClusterHome();
    const file = path.join(home.folder, 'kubeconfig');
    const config = {
      contexts: [{ name: 'mudo', context: { cluster: 'c', user: 'u' } }],
      clusters: [{ name: 'c', cluster: { server: 'https://127.0.0.1:9' } }],
    };
    writeFileSync(file, JSON.stringify(config));
    const variables = { ...env, HOME: home.folder, ...('KUBECONFIG' in env ? { KUBECONFIG: file } : {}) };
    const args = ['--curso', course, 'verificar', 'c.1', '--contexto', context];
    const { code, stdout } = await home.runWith({ env: variables }, ...args);
    home.close();
    expect(stdout).toContain(message);
    expect(code).toBe(3);
  });
});

withKubectl('the proof of exercises on a cluster', () => {
  it('plays them on a cluster of its own, and leaves nothing', async () => {
    const home = openClusterHome();
    const temporary = path.join(home.folder, 'tmp');
    mkdirSync(temporary);
    const { code, stdout } = await home.runWith(
      { env: { TMPDIR: temporary } },
      'autor',
      'revisar',
      course,
      '--mutaciones',
      '--json',
    );
    const left = readdirSync(temporary).filter((name) => name.startsWith('curso-prueba-'));
    const running = home.pid();
    home.close();
    const document = JSON.parse(stdout);
    expect(document.problems.filter(({ file }: { file: string }) => file.includes('01-cluster'))).toEqual([]);
    for (const exercise of document.exercises) {
      expect(exercise).toMatchObject({ world: 'cluster', outcome: 'right' });
      expect(exercise.mutants.length).toBeGreaterThan(0);
    }
    expect(document.exercises).toHaveLength(2);
    expect(code).toBe(0);
    expect(left).toEqual([]);
    expect(running).toBeUndefined();
  }, 180_000);

  it('ends its cluster also when it is killed', async () => {
    const home = openClusterHome();
    const temporary = path.join(home.folder, 'tmp');
    mkdirSync(temporary);
    const proof = start(['autor', 'revisar', course], { home: home.folder, env: { TMPDIR: temporary } });
    const pidFile = () =>
      readdirSync(temporary)
        .filter((name) => name.startsWith('curso-prueba-'))
        .map((name) => path.join(temporary, name, 'cluster', 'en-marcha.json'))
        .find((file) => existsSync(file));
    const file = await vi.waitFor(() => pidFile() ?? Promise.reject(new Error('not yet')), {
      timeout: 60_000,
    });
    const { pid } = JSON.parse(readFileSync(file, 'utf8')).process;
    proof.kill('SIGKILL');
    await vi.waitFor(() => expect(() => process.kill(pid, 0)).toThrow(), { timeout: 30_000, interval: 200 });
    home.close();
  }, 120_000);
});
