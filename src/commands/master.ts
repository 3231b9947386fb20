import { joinWords, nearestNames } from '../base/text.ts';
import { type CommandDefinition, UsageError } from './command.ts';

const actions = ['parar', 'arrancar', 'aislar', 'reconectar'] as const;

export const master: CommandDefinition = {
  name: 'master',
  summary: 'para, arranca, aísla o reconecta un master del clúster integrado',
  details:
    'parar       como si se apagara la máquina: ni contesta ni vota\narrancar    vuelve con lo que tenía en disco\naislar      sigue en marcha y no oye a los demás masters\nreconectar  termina el aislamiento\nSin argumentos enseña los masters.',
  arguments: [
    { name: 'master', required: false, doc: '1, 2, 3… o master-1', values: ['1', '2', '3'] },
    { name: 'acción', required: false, doc: joinWords([...actions], 'o'), values: actions },
  ],
  async run(input, session) {
    const { clusterReport, noCluster, printReport } = await import('./services/cluster-report.ts');
    const words = input.arguments.filter((word) => word !== undefined);
    if (words.length === 0) {
      const report = await clusterReport(session);
      if (!report.running) throw noCluster();
      await printReport(session, report);
      return 0;
    }
    const action = actions.find((name) => words.includes(name));
    const which = words.find((word) => word !== action);
    if (action === undefined) {
      const written = words.find((word) => !/^(master-?)?\d+$/.test(word)) ?? '';
      const near = nearestNames(written, actions, 1)[0];
      throw new UsageError(
        written === ''
          ? 'Falta decir qué hacer con ese master.'
          : `Con un master no se puede \`${written}\`.`,
        `${near === undefined ? '' : `¿Querías decir \`${near}\`? `}Se puede ${joinWords([...actions], 'o')}: \`curso master 1 parar\`.`,
      );
    }
    const number = /^(?:master-?)?(\d{1,9})$/.exec(which ?? '')?.[1];
    if (number === undefined) {
      throw new UsageError(
        which === undefined ? 'Falta decir qué master.' : `\`${which}\` no es un master.`,
        `Se nombran por su número: \`curso master 1 ${action}\`.`,
      );
    }
    const { withControl } = await import('./services/cluster-control.ts');
    await withControl(session, 'Mira cómo están con `curso master`.', (control) =>
      control.fault(Number(number), action),
    );
    await printReport(session, await clusterReport(session));
    return 0;
  },
};
