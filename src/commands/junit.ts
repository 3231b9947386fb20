import type { CheckReport, Report } from '../course/services.ts';

/** JUnit XML as CI systems read it: a suite per exercise, a case per check. Whatever the texts hold, it parses. */
export function junitDocument(lesson: string, reports: readonly Report[], seconds: number): string {
  const checks = reports.flatMap((report) => report.checks);
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites name="${xml(`curso-k8s ${lesson}`)}" ${totals(checks)} time="${seconds.toFixed(3)}">`,
    ...reports.flatMap((report) => [
      `  <testsuite name="${xml(report.exerciseId)}" ${totals(report.checks)}>`,
      ...report.checks.map((check) => testCase(report.exerciseId, check)),
      '  </testsuite>',
    ]),
    '</testsuites>',
    '',
  ].join('\n');
}

function testCase(exerciseId: string, { id, description, verdict }: CheckReport): string {
  const open = `    <testcase classname="${xml(`${exerciseId}.${id}`)}" name="${xml(description)}"`;
  switch (verdict.verdict) {
    case 'passed':
      return `${open}/>`;
    case 'failed': {
      const found = `${verdict.object} ${verdict.field}: ${verdict.found}`.replace(/\s+/g, ' ');
      const text = `Veo: ${found}\nEsperaba: ${verdict.expected}\nPor qué: ${verdict.why}\nSigue por aquí: ${verdict.next}`;
      return `${open}><failure type="falta" message="${xml(found)}">${xml(text)}</failure></testcase>`;
    }
    case 'waiting':
      return `${open}><failure type="todavia-no" message="${xml(verdict.progress)}"/></testcase>`;
    case 'unknown':
      return `${open}><error type="${xml(verdict.reason)}" message="${xml(verdict.why)}">${xml(verdict.next)}</error></testcase>`;
    case 'skipped':
      return `${open}><skipped message="${xml(verdict.because)}"/></testcase>`;
  }
}

function totals(checks: readonly CheckReport[]): string {
  const count = (...names: readonly string[]) =>
    checks.filter(({ verdict }) => names.includes(verdict.verdict)).length;
  return `tests="${checks.length}" failures="${count('failed', 'waiting')}" errors="${count('unknown')}" skipped="${count('skipped')}"`;
}

/** XML 1.0, section 2.2: some characters may not appear at all, not even as references. */
function xml(text: string): string {
  return text
    .replace(/[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu, '\ufffd')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll('\n', '&#10;')
    .replaceAll('\r', '&#13;')
    .replaceAll('\t', '&#9;');
}
