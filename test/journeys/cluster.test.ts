import { execFileSync } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ClusterHome, openClusterHome } from '../commands/clusters.ts';
import { flat, goTo, openCourse } from '../helpers/journey.ts';
import { findKubectls, kubectlRequired } from '../helpers/kubectls.ts';
import { keys, type TestTerminal } from '../helpers/terminal.ts';

const withKubectl = findKubectls().length > 0 || kubectlRequired ? describe : describe.skip;
const longMs = 60_000;

/** Opens the live map over the page, does something and comes back to the page. */
async function overTheMap(terminal: TestTerminal, act: () => Promise<void>): Promise<void> {
  terminal.press('m');
  await terminal.waitFor('Plano de control', longMs);
  await act();
  terminal.press(keys.escape);
  await terminal.waitFor((screen) => !screen.includes('Plano de control'));
}

withKubectl('a learner on the built-in cluster, by keys and kubectl, with the live map open', () => {
  let home: ClusterHome;
  const kubectl = (...words: readonly string[]) =>
    execFileSync('kubectl', [...words], {
      encoding: 'utf8',
      env: { ...process.env, KUBECONFIG: home.file('kubeconfig') },
    });
  const open = () => openCourse(home.folder, { columns: 120, rows: 40 });

  beforeAll(() => {
    home = openClusterHome();
  });
  afterAll(() => home.close());

  it('4.2.a: a wrong number of replicas is explained; four are seen to start, and turn green', async () => {
    const terminal = open();
    await terminal.waitFor('? ayuda');
    await goTo(terminal, 'cuatro mostradores', 'Cuatro mostradores');
    // Nobody started the cluster: opening the exercise does.
    const asked = await terminal.waitFor(/panaderia-[0-9a-f]{4}/, longMs);
    const namespace = /panaderia-[0-9a-f]{4,}/.exec(asked)?.[0] ?? '';
    await terminal.waitFor((screen) => /Veo: .*no existe/.test(flat(screen)), longMs);

    kubectl('create', 'deployment', 'mostrador', '--image=nginx:1.28-alpine', '-n', namespace);
    const wrong = flat(
      await terminal.waitFor((screen) => flat(screen).includes('Si no dices cuántas'), longMs),
    );
    expect(wrong).toContain('Veo:');
    expect(wrong).toContain('Sigue por aquí:');

    await overTheMap(terminal, async () => {
      kubectl('scale', 'deployment/mostrador', '--replicas=4', '-n', namespace);
      const map = await terminal.waitFor(
        (screen) => (screen.match(/● mostrador-/g) ?? []).length === 4,
        longMs,
      );
      expect(map).toContain('nodo-3');
      expect(map).toMatch(/quórum: 3 de 3/);
    });
    expect(flat(await terminal.waitFor('Todo en verde', longMs))).toContain('evidencia: integrado');
    terminal.press(keys.ctrlC);
    await terminal.exited;
  }, 180_000);

  it('7.2.b: the leader is stopped, the map shows who comes after, and writing it down turns green', async () => {
    const terminal = open();
    await terminal.waitFor('? ayuda');
    await goTo(terminal, 'el líder se apaga', 'El líder se apaga');
    const asked = await terminal.waitFor((screen) => /Veo: .*3 de 3/.test(flat(screen)), longMs);
    const namespace = /panaderia-[0-9a-f]{4,}/.exec(asked)?.[0] ?? '';
    const leaderOf = async () => (await home.status()).masters.find(({ role }) => role === 'leader')?.name;
    const before = (await leaderOf()) ?? '';

    await overTheMap(terminal, async () => {
      await terminal.waitFor(new RegExp(`${before} +líder`), longMs);
      expect((await home.run('master', before, 'parar')).code).toBe(0);
      const map = await terminal.waitFor(
        (screen) => screen.includes('quórum: 2 de 3') && /master-\d +líder/.test(screen),
        longMs,
      );
      expect(map).toMatch(new RegExp(`${before} +parado`));
      const [, after = '', term = ''] = /(master-\d) +líder +término (\d+)/.exec(map) ?? [];
      expect(after).not.toBe(before);
      kubectl(
        'create',
        'configmap',
        'relevo',
        `--from-literal=lider=${after}`,
        `--from-literal=termino=${term}`,
        '-n',
        namespace,
      );
    });
    await terminal.waitFor('Todo en verde', longMs);
    terminal.press(keys.ctrlC);
    await terminal.exited;
  }, 180_000);
});
