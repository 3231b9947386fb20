import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ClusterHome, openClusterHome } from '../commands/clusters.ts';
import { goTo, openCourse } from '../helpers/journey.ts';
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
  predict,
  reads,
  tallScreen,
  turnTo,
} from '../helpers/lessonJourney.ts';
import { keys } from '../helpers/terminal.ts';

const withKubectl = findKubectls().length > 0 || kubectlRequired ? describe : describe.skip;

const canary = `
apiVersion: apps/v1
kind: Deployment
metadata: { name: mostrador-canario }
spec:
  replicas: 1
  selector: { matchLabels: { app: mostrador, canal: canario } }
  template:
    metadata: { labels: { app: mostrador, canal: canario } }
    spec: { containers: [{ name: nginx, image: "nginx:1.29-alpine" }] }
`;

withKubectl('a learner takes lesson 4.2 from its first page to its last', () => {
  let home: ClusterHome;
  beforeAll(() => {
    home = openClusterHome();
  });
  afterAll(() => home.close());

  it('by keys and kubectl, with the live map; each exercise wrong first', async () => {
    const kubectl = kubectlOn(home.file('kubeconfig'));
    const terminal = openCourse(home.folder, tallScreen);
    const begin = async (id: string) => namespaceOf(kubectl, await beginExercise(terminal, id));
    await terminal.waitFor('? ayuda');
    await goTo(terminal, 'tres pisos', '4.2');
    await reads(terminal, 'Un Deployment no crea Pods.');
    terminal.press(keys.left);
    await predict(terminal, 'Les cambia la imagen sin crearlos de nuevo');
    await turnTo(terminal, 'Un Deployment no crea Pods.');
    await turnTo(terminal, '«Completo» significa cuatro cosas');

    // Nobody started the cluster: opening the exercise does, and says so.
    let namespace = await begin('4.2.a');
    await reads(terminal, 'Trabajas con el clúster integrado');
    kubectl(namespace, 'create deployment mostrador --image=nginx:1.28-alpine');
    const wrong = await reads(terminal, 'Si no dices cuántas réplicas quieres, es una.');
    expect(wrong).toMatch(/Veo: .*spec\.replicas: 1 .*Esperaba: 4 .*Sigue por aquí:/);
    await askHint(terminal, '¿Qué sabe crear kubectl create?');
    await overTheMap(terminal, async () => {
      kubectl(namespace, 'scale deployment/mostrador --replicas=4');
      const map = await terminal.waitFor(
        (screen) => (screen.match(/● mostrador-/g) ?? []).length === 4,
        longMs,
      );
      expect(map).toMatch(/quórum: 3 de 3/);
      expect(map).toMatch(/el Pod mostrador-\S+: arrancó el contenedor nginx/);
    });
    expect(await passes(terminal)).toContain('evidencia: integrado');

    await turnTo(terminal, 'Diagrama:');
    terminal.press(keys.right);
    await predict(terminal, 'Dos: el nuevo con 4 y el viejo con 0');
    namespace = await begin('4.2.b');
    kubectl(namespace, 'set image deployment/mostrador nginx=nginx:1.29-alpin');
    await reads(terminal, 'La plantilla del Deployment no lleva esa imagen.');
    await overTheMap(terminal, async () => {
      await terminal.waitFor(/✗ mos\S+ (ErrImagePull|ImagePullBackOff)/, longMs);
      kubectl(namespace, 'set image deployment/mostrador nginx=nginx:1.29-alpine');
      await terminal.waitFor((screen) => !/✗ mos/.test(screen) && /\/mostrador +→ 4\/4/.test(screen), longMs);
    });
    await passes(terminal);

    await turnTo(terminal, 'La marcha atrás la pides tú');
    namespace = await begin('4.2.c');
    const asked = await reads(terminal, /Publica la imagen \S+, que no existe/);
    const broken = /Publica la imagen (\S+),/.exec(asked)?.[1] ?? '';
    kubectl(namespace, `set image deployment/mostrador nginx=${broken}`);
    await reads(terminal, 'El despliegue no se revierte solo');
    await askHint(terminal, 'Cada plantilla deja un ReplicaSet');
    kubectl(namespace, 'rollout undo deployment/mostrador --to-revision=2');
    await passes(terminal);

    await turnTo(terminal, 'Un canario es una versión nueva');
    namespace = await begin('4.2.d');
    kubectl(namespace, 'apply -f -', canary);
    await reads(terminal, 'El selector pide también canal');
    kubectl(namespace, 'set selector service/mostrador app=mostrador');
    await overTheMap(terminal, async () => {
      await terminal.waitFor(/\/mostrador +→ 10\/10/, longMs);
    });
    await passes(terminal);

    await turnTo(terminal, 'En producción.');
    await turnTo(terminal, 'Los apuntes decían');
    await turnTo(terminal, 'Predijiste: Les cambia la imagen sin crearlos de nuevo');
    terminal.press(keys.right);
    await answer(
      terminal,
      '¿Qué cambios de un Deployment crean una revisión nueva?',
      [
        'Cambiar la imagen de la plantilla',
        'Añadir una variable de entorno a la plantilla',
        'Listo: comprobar',
      ],
      '✓ Sí',
    );
    await answer(
      terminal,
      'Publicas una imagen que no existe y te vas a comer.',
      ['La versión anterior, restaurada por Kubernetes'],
      '✗ No es eso',
    );
    await reads(terminal, 'Con 10 réplicas y los valores por defecto');
    terminal.press('8');
    await reads(terminal, '8_');
    terminal.press(keys.enter);
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
    await answer(terminal, '¿Qué identifica una imagen de forma inmutable?', ['Su digest'], '✓ Sí');
    await reads(terminal, '2 de 2 a la primera.');
    terminal.press(keys.escape);
    await terminal.waitFor(/✓ 4\.2 .*4\/4 ejercicios/);
    terminal.press(keys.ctrlC);
    await terminal.exited;
  }, 240_000);
});
