import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ClusterHome, openClusterHome } from '../commands/clusters.ts';
import { flat, goTo, openCourse } from '../helpers/journey.ts';
import { findKubectls, kubectlRequired } from '../helpers/kubectls.ts';
import {
  answer,
  askHint,
  beginExercise,
  kubectlOn,
  longMs,
  namespaceOf,
  overTheMap,
  passes,
  pick,
  predict,
  reads,
  tallScreen,
  turnTo,
} from '../helpers/lessonJourney.ts';
import { keys, type TestTerminal } from '../helpers/terminal.ts';

const withKubectl = findKubectls().length > 0 || kubectlRequired ? describe : describe.skip;

/** Pushes the paused clock from the map, half a second at a time, until the map says so. */
async function stepUntil(terminal: TestTerminal, seen: RegExp): Promise<string> {
  for (let steps = 0; steps < 8; steps++) {
    const before = /reloj en pausa, (\S+)/.exec(flat(terminal.screen().join('\n')))?.[1] ?? '';
    terminal.press('a');
    await terminal.waitFor((screen) => !flat(screen).includes(`reloj en pausa, ${before}`), longMs);
    const looked = await terminal.waitFor(seen, 1_500).catch(() => undefined);
    if (looked !== undefined) return flat(looked);
  }
  return flat(await terminal.waitFor(seen, longMs));
}

withKubectl('a learner takes lesson 7.2 from its first page to its last', () => {
  let home: ClusterHome;
  beforeAll(() => {
    home = openClusterHome();
  });
  afterAll(() => home.close());

  it('by keys and kubectl, on the paused clock, step by step on the live map; each exercise wrong first', async () => {
    const kubectl = kubectlOn(home.file('kubeconfig'));
    const curso = async (...words: readonly string[]) => {
      const { code, stdout, stderr } = await home.run(...words);
      expect(`${code} ${stderr}`).toMatch(/^0 /);
      return stdout;
    };
    const leader = async () =>
      (await home.status()).masters.find(({ role }) => role === 'leader')?.name ?? '';
    const terminal = openCourse(home.folder, tallScreen);
    const begin = async (id: string) => namespaceOf(kubectl, await beginExercise(terminal, id));
    await terminal.waitFor('? ayuda');
    await goTo(terminal, 'que guarda etcd', '7.2');
    await reads(terminal, 'Si se pierden esos datos');
    terminal.press(keys.left);
    await predict(terminal, 'Los Pods se paran hasta que vuelva');
    await turnTo(terminal, 'Con cuatro no se tolera más que con tres');
    await turnTo(terminal, 'Cada master vota una sola vez por término');
    await turnTo(terminal, 'Ninguna depende de la otra.');

    await beginExercise(terminal, '7.2.a');
    const holder = () =>
      kubectl('kube-system', 'get lease kube-scheduler -o jsonpath={.spec.holderIdentity}').split('_')[0] ??
      '';
    const respond = async (first: string, second: string) => {
      terminal.press('e');
      await reads(terminal, 'Líder de Raft');
      for (const text of [first, second]) {
        terminal.press('\u0015');
        terminal.press(text);
        await reads(terminal, `${text}_`);
        terminal.press(keys.enter);
      }
    };
    await respond(holder(), holder());
    await reads(terminal, 'Ese es el planificador activo; a etcd lo lidera otro master.');
    await askHint(terminal, '¿Quién reparte las escrituras');
    await respond(await leader(), holder());
    await passes(terminal);

    await turnTo(terminal, 'se detiene el tiempo de los masters');
    let namespace = await begin('7.2.b');
    const first = await leader();
    const follower = (await home.status()).masters.find(({ role }) => role === 'follower')?.name ?? '';
    await curso('master', follower, 'parar');
    await reads(terminal, 'Ese no mandaba: el término no cambió.');
    await curso('master', follower, 'arrancar');
    await curso('master', first, 'parar');
    await reads(terminal, 'Para los que quedan no ha pasado el tiempo');
    await overTheMap(terminal, async () => {
      await terminal.waitFor(new RegExp(`${first} +parado`), longMs);
      const map = await stepUntil(terminal, /master-\d +líder/);
      expect(map).toMatch(/quórum: 2 de 3/);
      const [, after = '', term = ''] = /(master-\d) líder término (\d+)/.exec(map) ?? [];
      expect(after).not.toBe(first);
      expect(map).toContain(`${after} ganó la votación: es el líder en el término ${term}`);
      kubectl(
        namespace,
        `create configmap relevo --from-literal=lider=${after} --from-literal=termino=${term}`,
      );
    });
    await passes(terminal);

    await turnTo(terminal, 'Es prudencia, no pérdida.');
    namespace = await begin('7.2.c');
    const second = await leader();
    const others = (await home.status()).masters.map(({ name }) => name).filter((name) => name !== second);
    await curso('master', others[0] ?? '', 'parar');
    await reads(terminal, 'Con dos de tres sigue habiendo mayoría');
    await curso('master', others[1] ?? '', 'parar');
    await reads(terminal, 'Todavía no consta ningún intento de escribir sin mayoría.');
    expect(() => kubectl(namespace, 'create configmap prueba --from-literal=a=1')).toThrow(
      /etcdserver: request timed out/,
    );
    await overTheMap(terminal, async () => {
      // Nobody told it: on its clock no time has gone by since it last heard the others.
      await terminal.waitFor(new RegExp(`${second} +líder`), longMs);
      await terminal.waitFor(/sin quórum: 1 de 3/, longMs);
      await stepUntil(terminal, new RegExp(`${second} +candidato`));
    });
    terminal.press('e');
    await reads(terminal, '¿Qué ha sido de lo que estaba guardado?');
    await pick(terminal, 'Se borró al perder la mayoría');
    await reads(terminal, 'Nada se borró: sin mayoría nadie puede confirmar cambios.');
    terminal.press('e');
    await reads(terminal, '¿Qué ha sido de lo que estaba guardado?');
    await pick(terminal, 'Sigue guardado, pero nadie puede confirmar cambios');
    await passes(terminal);

    // Nobody answers where it is until there is a majority.
    const token = await beginExercise(terminal, '7.2.d');
    await curso('master', '1', 'arrancar');
    await reads(terminal, 'Con dos ya se puede escribir, pero sin margen');
    await curso('master', '2', 'arrancar');
    await reads(terminal, 'Los tres están en marcha, y para ellos no pasa el tiempo');
    await overTheMap(terminal, async () => {
      await stepUntil(terminal, /master-\d +líder/);
      terminal.press('p');
      await terminal.waitFor((screen) => !screen.includes('reloj en pausa'), longMs);
    });
    await reads(terminal, 'falta demostrar que se puede escribir');
    kubectl(namespaceOf(kubectl, token), 'create configmap despues --from-literal=a=1');
    await passes(terminal);

    await turnTo(terminal, 'En producción.');
    await turnTo(terminal, 'Los apuntes decían');
    await turnTo(terminal, 'Predijiste: Los Pods se paran hasta que vuelva');
    terminal.press(keys.right);
    await answer(terminal, '¿Cuántas caídas toleran 4 masters?', ['Dos'], '✗ No es eso');
    await answer(terminal, 'La red se parte', ['El lado de dos'], '✓ Sí');
    await reads(terminal, '¿Qué va con «El líder de etcd»?');
    await pick(terminal, 'Raft, por términos y votos');
    await reads(terminal, '¿Qué va con «El planificador activo»?');
    await pick(terminal, 'un objeto Lease que se renueva');
    await reads(terminal, '✓ Sí');
    terminal.press(keys.enter);
    await reads(terminal, '2 de 3 a la primera.');
    terminal.press(keys.right);
    await answer(
      terminal,
      '¿Qué envía docker stop al proceso principal?',
      ['SIGTERM y, si no termina a tiempo, SIGKILL'],
      '✓ Sí',
    );
    await answer(
      terminal,
      '¿Qué llamada al sistema crea un contenedor?',
      ['Ninguna: son varias combinadas'],
      '✓ Sí',
    );
    await reads(terminal, '2 de 2 a la primera.');
    terminal.press(keys.escape);
    await terminal.waitFor(/✓ 7\.2 .*4\/4 ejercicios/);
    terminal.press(keys.ctrlC);
    await terminal.exited;
  }, 240_000);
});
