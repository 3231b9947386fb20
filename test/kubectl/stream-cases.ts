import { createHash, randomBytes } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type Kubectl,
  kubectlRequired,
  type Ran,
  runKubectl,
  telltaleKubectls,
} from '../helpers/kubectls.ts';
import { inTerminal, startKubectl, waitFor } from '../helpers/runningKubectl.ts';

/** Something with a Pod `p` (one container with a shell, `cat` and `tar`). */
export interface StreamWorld {
  readonly kubeconfig: string;
  readonly folder: string;
  /** A folder inside of the container. */
  readonly inside: string;
  /** A Pod that serves HTTP, its port, and something its page says. */
  readonly web: { readonly pod: string; readonly port: number; readonly says: string };
  stop(): Promise<void>;
}

export interface Here {
  readonly kubectl: Kubectl;
  readonly world: StreamWorld;
  run(argv: readonly string[], stdin?: string): Promise<Ran>;
}

/** Runs the cases with every kubectl that makes a difference, each in a world of its own. */
export function describeWithKubectls(
  start: () => Promise<StreamWorld>,
  cases: (here: () => Here) => void,
): void {
  const all = telltaleKubectls();
  if (all.length === 0) {
    if (kubectlRequired) it('needs a kubectl', () => expect(all).not.toEqual([]));
    else it.skip('sin kubectl', () => undefined);
    return;
  }
  describe.each(all)('kubectl 1.$minor', (kubectl) => {
    let world: StreamWorld | undefined;
    beforeAll(async () => {
      world = await start();
    });
    afterAll(() => world?.stop());
    cases(() => {
      if (world === undefined) throw new Error('nothing was started');
      const { kubeconfig, folder } = world;
      const options = { kubeconfig, home: path.join(folder, 'home'), cwd: folder };
      return {
        kubectl,
        world,
        run: (argv, stdin) =>
          runKubectl(kubectl, argv, { ...options, ...(stdin === undefined ? {} : { stdin }) }),
      };
    });
  });
}

const sha = async (file: string) =>
  createHash('sha256')
    .update(await readFile(file))
    .digest('hex');

/** exec, cp and port-forward. */
export function streamCases(here: () => Here): void {
  it('exec gives output, errors and exit codes', async () => {
    const { run } = here();
    expect(await run(['exec', 'p', '--', 'true'])).toEqual({ exit: 0, stdout: '', stderr: '' });
    expect(await run(['exec', 'p', '--', 'sh', '-c', 'echo fuera; echo mal >&2; exit 1'])).toEqual({
      exit: 1,
      stdout: 'fuera\n',
      stderr: 'mal\ncommand terminated with exit code 1\n',
    });
    expect(await run(['exec', 'p', '--', 'sh', '-c', 'kill -9 $$'])).toEqual({
      exit: 137,
      stdout: '',
      stderr: 'command terminated with exit code 137\n',
    });
  });

  it('exec says what cannot be run, and where', async () => {
    const { run, kubectl } = here();
    const nothing = await run(['exec', 'p', '--', 'nosuch']);
    expect(nothing.exit).toBe(1);
    const once = 'Internal error occurred: ';
    const start = `error: ${once}${kubectl.minor >= 30 ? once : ''}error executing command in container: `;
    expect(nothing.stderr.startsWith(start), nothing.stderr).toBe(true);
    expect(nothing.stderr).toContain('"nosuch": executable file not found in $PATH');
    expect((await run(['exec', 'p', '-c', 'nada', '--', 'id'])).stderr).toContain(
      'container nada is not valid for pod p',
    );
  });

  it('exec -i gives the whole of stdin, and not without -i', async () => {
    const { run } = here();
    const cat = await run(['exec', '-i', 'p', '--', 'cat'], 'uno\ndos\n');
    expect(cat).toEqual({ exit: 0, stdout: 'uno\ndos\n', stderr: '' });
    expect((await run(['exec', 'p', '--', 'cat'], 'nada\n')).stdout).toBe('');
  });

  it('exec -it is a terminal: keys, exit code', async () => {
    const { kubectl, world } = here();
    const ran = await inTerminal(
      kubectl,
      world,
      ['exec', '-it', 'p', '--', 'sh', '-c', 'read x; echo eco $x; exit 5'],
      ['hola\n'],
    );
    expect(ran.text).toContain('eco hola');
    expect(ran.text).toContain('command terminated with exit code 5');
    expect(ran.exit).toBe(5);
  });

  it('cp brings ten megabytes there and back', async () => {
    const { run, world } = here();
    const [there, back] = [path.join(world.folder, 'ida.bin'), path.join(world.folder, 'vuelta.bin')];
    await writeFile(there, randomBytes(10 * 1024 * 1024));
    const inside = `${world.inside}/copia.bin`;
    const sent = await run(['cp', there, `p:${inside}`]);
    expect(sent).toMatchObject({ exit: 0, stdout: '' });
    const got = await run(['cp', `p:${inside}`, back]);
    expect(got.exit, got.stderr).toBe(0);
    expect(await sha(back)).toBe(await sha(there));
  });

  it('port-forward carries fifty requests at once', async () => {
    const { kubectl, world } = here();
    const { pod, port: remote, says } = world.web;
    const forward = startKubectl(kubectl, world, ['port-forward', pod, `0:${remote}`]);
    try {
      const port = await waitFor(() => /127\.0\.0\.1:(\d+) ->/.exec(forward.stdout())?.[1], forward);
      const answers = await Promise.all(
        Array.from({ length: 50 }, async () => (await fetch(`http://127.0.0.1:${port}/`)).text()),
      );
      expect(answers.filter((text) => text.includes(says))).toHaveLength(50);
      expect(forward.stderr()).toBe('');
    } finally {
      await forward.stop();
    }
  });

  it('port-forward tells that nobody listens', async () => {
    const { kubectl, world } = here();
    const forward = startKubectl(kubectl, world, ['port-forward', world.web.pod, '0:9999']);
    try {
      const port = await waitFor(() => /127\.0\.0\.1:(\d+) ->/.exec(forward.stdout())?.[1], forward);
      await expect(fetch(`http://127.0.0.1:${port}/`)).rejects.toThrow();
      await waitFor(() => /connection refused/.exec(forward.stderr())?.[0], forward);
      expect(forward.stderr()).toMatch(
        /an error occurred forwarding \d+ -> 9999: error forwarding port 9999 to pod /,
      );
    } finally {
      await forward.stop();
    }
  });
}
