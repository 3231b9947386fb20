import { wrapText } from '../base/width.ts';
import type { Failure } from '../checks/verdict.ts';
import type { CheckReport, OpenAttempt, Report } from '../course/services.ts';
import type { Output } from './output.ts';
import { inlineText, plainMarkdown } from './plain.ts';

/** One verified exercise, as lines: its checks, the message of each one that needs it, and what it meant. */
export function reportLines(report: Report, title: string, output: Output): readonly string[] {
  const passed = report.checks.filter(({ verdict }) => verdict.verdict === 'passed').length;
  const evidence = report.evidenceLevel === undefined ? '' : ` · evidencia: ${report.evidenceLevel}`;
  const count = `${passed} de ${report.checks.length}${evidence}`;
  return [
    `${output.paint('strong', `${report.exerciseId} ${title}`)}  ${output.paint('muted', count)}`,
    ...report.checks.flatMap((check) => checkLines(check, output, pending(report) === 1)),
    ...(report.afterword === undefined ? [] : ['', ...indented(report.afterword, output)]),
  ];
}

/** Checks with something to say of their own: not passed, and not waiting for another one. */
export function pending({ checks }: Report): number {
  return checks.filter(({ verdict }) => verdict.verdict !== 'passed' && verdict.verdict !== 'skipped').length;
}

/**
 * «✓ conseguido · el contenedor pan-7f3c está en marcha», and the four lines of a failure. `brief`: only one thing is
 * pending, so what waits can only be waiting for it, and need not name it.
 */
export function checkLines(
  { description, verdict }: CheckReport,
  output: Output,
  brief = false,
): readonly string[] {
  const head = `${output.state(verdict.verdict)} · ${inlineText(description)}`;
  const lines = (pairs: readonly (readonly [string, string])[]) => [
    `  ${head}`,
    ...pairs
      .filter(([, text]) => text !== '')
      .flatMap(([label, text]) =>
        wrapText(inlineText(text), output.columns, `      ${label}: `, '        ').map((line, index) =>
          index === 0 ? line.replace(`${label}:`, output.paint('strong', `${label}:`)) : line,
        ),
      ),
  ];
  switch (verdict.verdict) {
    case 'passed':
      return lines([]);
    case 'failed':
      return lines([
        ['Veo', seen(verdict)],
        ['Esperaba', verdict.expected],
        ['Por qué', verdict.why],
        ['Sigue por aquí', verdict.next],
        ['Para verlo', verdict.command === '' ? '' : `\`${verdict.command}\``],
      ]);
    case 'waiting':
      return lines([['Todavía no', verdict.progress]]);
    case 'unknown':
      return lines([
        ['No se pudo mirar', verdict.why],
        ['Sigue por aquí', verdict.next],
      ]);
    case 'skipped':
      return lines([['En espera', brief ? '' : verdict.because]]);
  }
}

/** What was looked at and what was found there. */
function seen({ object, field, found }: Failure): string {
  const where = field === '' ? object : `${object}, \`${field}\``;
  return found === '' ? `${where}.` : `${where}: ${found}`;
}

/** What an exercise asks, with the attempt's own names and where its files are. */
export function taskLines(open: OpenAttempt, title: string, output: Output): readonly string[] {
  return [
    output.paint('strong', `${open.attempt.exerciseId} ${title}`),
    '',
    ...plainMarkdown(open.task, output.columns),
    '',
    ...(open.world.announcement === '' ? [] : wrapText(open.world.announcement, output.columns)),
    `Tu carpeta: ${open.folder}`,
  ];
}

function indented(markdown: string, output: Output): readonly string[] {
  return plainMarkdown(markdown, output.columns - 2).map((line) => `  ${line}`.trimEnd());
}
