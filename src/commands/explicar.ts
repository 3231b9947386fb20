import { nearestNames } from '../base/text.ts';
import { type CommandDefinition, textOption, Unable, UsageError } from './command.ts';

const writes = ['create', 'update', 'patch', 'delete', 'deletecollection'];

export const explicar: CommandDefinition = {
  name: 'explicar',
  summary: 'por qué un objeto está como está: de quién es, quién lo escribió y qué decidió el planificador',
  details:
    '`curso explicar pod/mostrador-7d4-x2k -n panaderia`. De un Pod enseña también qué filtró y qué\npuntuó el planificador en cada nodo.',
  arguments: [
    { name: 'objeto', required: true, doc: '`pod/nombre`, o el tipo' },
    { name: 'nombre', required: false, doc: 'si el tipo va aparte: `deploy mostrador`' },
  ],
  options: [
    { flags: '-n, --namespace <ns>', doc: 'por defecto `default`' },
    { flags: '--contexto <c>', doc: 'un clúster de tu kubeconfig, en vez del integrado' },
    { flags: '--json', doc: 'un documento JSON, y nada más' },
  ],
  async run(input, session) {
    const [first = '', second] = input.arguments;
    const [kind = '', name = second ?? ''] = first.split('/');
    if (kind === '' || name === '') {
      throw new UsageError(
        `No sé qué explicar con \`${[first, second].filter(Boolean).join(' ')}\`.`,
        'Di el tipo y el nombre: `curso explicar pod/mostrador`.',
      );
    }
    const namespace = textOption(input, 'namespace') ?? 'default';
    const context = textOption(input, 'contexto');
    const [{ openClusterClient }, { discover, findResource }, { explain }] = await Promise.all([
      import('./services/cluster-client.ts'),
      import('../backends/kubernetes/resources.ts'),
      import('./services/explanation.ts'),
    ]);
    const { client, control, close } = await openClusterClient(session, context);
    try {
      const resources = await discover(client);
      const resource = findResource(resources, kind);
      if (resource === undefined) {
        const near = nearestNames(
          kind,
          resources.map(({ singular }) => singular),
          1,
        )[0];
        throw new UsageError(
          `El clúster no conoce ningún tipo de objeto \`${kind}\`.`,
          `${near === undefined ? '' : `¿Querías decir \`${near}\`? `}Los enseña \`kubectl api-resources\`.`,
        );
      }
      const about = { resource: resource.plural, namespace: resource.namespaced ? namespace : '', name };
      const told = await explain(client, resources, resource, namespace, name, {
        ...(control === undefined
          ? {}
          : {
              // Whoever only looked changed nothing, and the checks of the course look all the time.
              audit: await control.audit({ ...about, verbs: writes, components: true, limit: 200 }),
              scheduling: resource.plural === 'pods' ? await control.decision(namespace, name) : undefined,
              status: await control.status(),
            }),
      });
      if (told === undefined)
        throw new UsageError(
          `No hay ningún ${resource.kind} «${name}»${resource.namespaced ? ` en el namespace ${namespace}` : ''}.`,
          `Míralos con \`kubectl get ${resource.plural}${resource.namespaced ? ' -A' : ''}\`.`,
        );
      if (input.options['json'] === true) session.output.json(told);
      else (await import('./services/explanation-text.ts')).printExplanation(session.output, told);
      return 0;
    } catch (error) {
      if (error instanceof UsageError || error instanceof Unable) throw error;
      const { couldNotLook } = await import('../backends/kubernetes/advice.ts');
      const { unavailable } = couldNotLook(error, 'Mira si vive con `curso cluster estado`.');
      throw new Unable(unavailable.why, unavailable.next);
    } finally {
      close();
    }
  },
};
