import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { describeWithDocker } from '../helpers/engine.ts';
import { curso, newHome } from './curso.ts';

const docker = (...args: readonly string[]) =>
  execFileSync('docker', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] }).trim();

function attemptOf(home: string, id: string) {
  return JSON.parse(readFileSync(path.join(home, 'intentos', `${id}.json`), 'utf8')) as {
    readonly token: string;
    readonly parameters: { readonly nombre: string };
  };
}

/** Starts a container that is removed when the test ends, whoever's it is by then. */
function startContainer(name: string, ...options: readonly string[]): string {
  onTestFinished(() => {
    try {
      docker('rm', '-fv', name);
    } catch {
      // Removed by what was tested.
    }
  });
  return docker('run', '-d', '--name', name, ...options, 'busybox:1.37', 'sleep', '600');
}

describeWithDocker('commands on a real engine', () => {
  it('follow a learner through an exercise', async () => {
    const home = newHome();
    await curso(['preparar', '1.1.a'], { home });
    const { nombre } = attemptOf(home, '1.1.a').parameters;
    startContainer(nombre);
    await curso(['responder', '1.1.a', '1'], { home });
    const slip = await curso(['verificar', '1.1.a'], { home });
    expect(slip.code).toBe(1);
    expect(slip.stdout).toContain('1 es el PID visto desde dentro');
    await curso(['responder', '1.1.a', docker('inspect', '-f', '{{.State.Pid}}', nombre)], { home });
    const right = await curso(['verificar', '1.1.a', '--json'], { home });
    expect(JSON.parse(right.stdout).exercises[0]).toMatchObject({
      status: 'passed',
      evidenceLevel: 'docker',
    });
    expect(right.code).toBe(0);

    // The learner's container carries no label: it is named and left alone.
    const reset = await curso(['reiniciar', '1.1.a'], { home });
    expect(reset.stdout).toContain(`docker rm -fv ${nombre}`);
    expect(docker('inspect', '-f', '{{.State.Running}}', nombre)).toBe('true');
  });

  it('could not look when the engine is not the one that answers', async () => {
    const { code, stdout } = await curso(['verificar', '1.1.a'], {
      env: { DOCKER_HOST: 'unix:///no/hay.sock' },
    });
    expect(code).toBe(3);
    expect(stdout).toContain('no se pudo mirar');
    expect(stdout).toContain('unset DOCKER_HOST');
  });
});

describeWithDocker('curso limpiar on a machine with other people’s things', () => {
  it('removes what carries the label of its own attempts and nothing else', async () => {
    const home = newHome();
    await curso(['preparar', '1.1.a'], { home });
    const { token, parameters } = attemptOf(home, '1.1.a');
    const ours = `curso-prueba-${token}`;
    const foreign = `curso-ajeno-${token}`;
    startContainer(ours, '--label', `curso-k8s=${token}`);
    startContainer(foreign, '--label', 'curso-k8s=00000000');
    startContainer(parameters.nombre);
    for (const kind of ['network', 'volume']) {
      docker(kind, 'create', foreign);
      onTestFinished(() => void docker(kind, 'rm', foreign));
    }

    const shown = await curso(['limpiar'], { home });
    expect(shown.code).toBe(2);
    expect(shown.stdout).toContain(`el contenedor ${ours}`);
    expect(shown.stdout).not.toContain(foreign);
    expect(shown.stdout).toContain('curso limpiar --todo');
    expect(docker('inspect', '-f', '{{.State.Running}}', ours)).toBe('true');

    const cleaned = await curso(['limpiar', '--si'], { home });
    expect(cleaned.code).toBe(0);
    expect(cleaned.stdout).toContain(ours);
    expect(() => docker('inspect', ours)).toThrow();
    for (const name of [foreign, parameters.nombre])
      expect(docker('inspect', '-f', '{{.State.Running}}', name)).toBe('true');
    for (const kind of ['network', 'volume']) expect(docker(kind, 'inspect', foreign)).toContain(foreign);
  });
});
