import { plural } from '../../base/text.ts';
import type { SchedulingReport } from '../../cluster/control/contract.ts';
import type { Output } from '../output.ts';
import type { Explanation, Writer } from './explanation.ts';

const shownRequests = 12;
const shownFields = 6;

/** The causal chain, from the oldest to now, in plain Spanish. */
export function printExplanation(output: Output, told: Explanation): void {
  const where = told.namespace === '' ? '' : `, en el namespace ${told.namespace}`;
  output.print(output.paint('strong', `${told.kind} ${told.name}${where}`));
  output.print(`  nació ${told.createdAt} · UID ${told.uid}`);
  const store =
    told.raft === undefined
      ? ''
      : ` · Raft: término ${told.raft.term}, líder ${told.raft.leader}, índice comprometido ${told.raft.commitIndex}`;
  output.print(`  última escritura: revisión ${told.resourceVersion}${store}`);
  if (told.deletingSince !== undefined)
    output.print(`  se está borrando: le queda hasta ${told.deletingSince}`);
  section(output, 'De quién es', ownerLines(told));
  section(output, 'Quién escribió cada campo', told.writers.map(writerLine));
  section(
    output,
    'Qué se le pidió a la API',
    (told.requests ?? [])
      .slice(-shownRequests)
      .map(
        ({ receivedAt, user, verb, subresource, code, kubectlCommand }) =>
          `${clock(receivedAt)} ${user}: ${verb}${subresource === '' ? '' : ` ${subresource}`} → ${code}${kubectlCommand === undefined ? '' : ` (${kubectlCommand})`}`,
      ),
  );
  section(
    output,
    'Qué contaron los componentes',
    told.events.map(
      ({ time, from, reason, message, count }) =>
        `${clock(time)} ${from}: ${reason}${count > 1 ? ` (×${count})` : ''}: ${message}`,
    ),
  );
  if (told.scheduling === undefined) return;
  const title = told.scheduling.node === undefined ? 'Por qué en ningún nodo' : 'Por qué en ese nodo';
  const room =
    told.nominatedNode === undefined
      ? []
      : [
          `Se le guardó ${told.nominatedNode}: allí se desalojó a Pods de menos prioridad para hacerle sitio.`,
        ];
  section(output, title, [...schedulingLines(told.scheduling), ...room]);
}

function section(output: Output, title: string, lines: readonly string[]): void {
  if (lines.length === 0) return;
  output.print();
  output.print(output.paint('accent', title));
  for (const line of lines) output.print(`  ${line}`);
}

function ownerLines({ kind, name, owners }: Explanation): readonly string[] {
  if (owners.length === 0) return [`${kind} ${name} no tiene dueño: si se borra, nadie lo recrea.`];
  let below = `${kind} ${name}`;
  return owners.map((owner) => {
    const line = `${below} ← ${owner.kind} ${owner.name}${owner.missing ? ' (ya no existe)' : ''}`;
    below = `${owner.kind} ${owner.name}`;
    return line;
  });
}

function writerLine({ manager, operation, subresource, time, fields }: Writer): string {
  const shown = fields.slice(0, shownFields).join(', ');
  const rest = fields.length > shownFields ? ` y ${plural(fields.length - shownFields, 'campo')} más` : '';
  return `${clock(time)} ${manager} (${operation}${subresource === '' ? '' : ` de ${subresource}`}): ${shown}${rest}`;
}

function schedulingLines(report: SchedulingReport): readonly string[] {
  const width = Math.max(4, ...report.nodes.map(({ name }) => name.length));
  const lines = [...report.nodes]
    .sort((a, b) => Number(a.refused !== undefined) - Number(b.refused !== undefined) || b.total - a.total)
    .slice(0, 20)
    .map(({ name, refused, scores, total }) => {
      const start = name.padEnd(width);
      if (refused !== undefined) return `${start}  ✗ ${refused.plugin}: ${refused.reason}`;
      const parts = scores.map(
        ({ plugin, score, weight }) => `${plugin} ${score}${weight === 1 ? '' : `×${weight}`}`,
      );
      // With one node left there is nothing to compare.
      return parts.length === 0
        ? `${start}  ✓ el único que sirve: no hace falta puntuar`
        : `${start}  ✓ ${total} puntos: ${parts.join(', ')}`;
    });
  const end =
    report.node === undefined
      ? [`Ningún nodo: ${report.message}`]
      : [
          `Elegido: ${report.node}${report.nominated === undefined ? '' : ` (se le había guardado ${report.nominated})`}`,
        ];
  return [...lines, ...end];
}

/** The time of day of an RFC 3339 time. Some writers note none, as `kubectl scale` does. */
const clock = (time: string) => time.slice(11, 19) || 'sin hora';
