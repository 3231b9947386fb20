import { joinWords, nearestNames } from '../base/text.ts';
import { type CommandDefinition, UsageError } from './command.ts';

const actions = ['parar', 'arrancar'] as const;

export const componente: CommandDefinition = {
  name: 'componente',
  summary: 'para o arranca el planificador o un controlador del clúster integrado',
  details:
    'Con `scheduler` parado, los Pods nuevos se quedan en Pending; con `deployment-controller`\nparado, un Deployment nuevo no crea nada. Sin argumentos enseña los componentes.',
  arguments: [
    { name: 'componente', required: false, doc: '`scheduler` o un controlador: `replicaset-controller`' },
    { name: 'acción', required: false, doc: joinWords([...actions], 'o'), values: actions },
  ],
  async run(input, session) {
    const { withControl } = await import('./services/cluster-control.ts');
    const words = input.arguments.filter((word) => word !== undefined);
    const next = 'Míralos con `curso componente`.';
    if (words.length > 0) {
      const action = actions.find((name) => words.includes(name));
      const which = words.find((word) => word !== action);
      if (action === undefined) {
        const near = nearestNames(words[1] ?? '', actions, 1)[0];
        throw new UsageError(
          words.length === 1
            ? `Falta decir qué hacer con \`${words[0]}\`.`
            : `Con un componente no se puede \`${words[1]}\`.`,
          `${near === undefined ? '' : `¿Querías decir \`${near}\`? `}Se puede ${joinWords([...actions], 'o')}.`,
        );
      }
      if (which === undefined) throw new UsageError('Falta decir qué componente.', next);
      await withControl(session, next, (control) => control.component(which, action));
    }
    const { components, stopped } = await withControl(session, next, (control) => control.status());
    const width = Math.max(...components.map((name) => name.length));
    for (const name of components)
      session.output.print(`${name.padEnd(width)}  ${stopped.includes(name) ? 'parado' : 'en marcha'}`);
    return 0;
  },
};
