import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Verdict } from '../../src/checks/verdict.ts';
import { junitDocument } from '../../src/commands/junit.ts';
import { openOutput, wantsColour } from '../../src/commands/output.ts';
import { inlineText, plainMarkdown } from '../../src/commands/plain.ts';
import { reportLines } from '../../src/commands/report-text.ts';
import { checkAnswer } from '../../src/commands/services/answers.ts';
import type { AnswerSlot } from '../../src/course/model.ts';
import type { Report } from '../../src/course/services.ts';

const report = (verdicts: readonly Verdict[], name = 'x'): Report => ({
  exerciseId: name,
  attempt: {
    exerciseId: name,
    token: '00000000',
    startedAtMs: 0,
    parameters: {},
    answers: {},
    failures: 0,
    memory: {},
  },
  checks: verdicts.map((verdict, index) => ({ id: `c${index}`, description: name, verdict })),
  outcome: 'failed',
  notices: [],
});
const failed = (text: string): Verdict => ({
  verdict: 'failed',
  object: text,
  field: text,
  expected: text,
  found: text,
  command: text,
  why: text,
  next: text,
});

describe('the text of a report', () => {
  const output = openOutput(
    { stdout: { columns: 80, write: () => true }, stderr: { write: () => true }, interactive: false },
    {},
    false,
  );
  const waits: Verdict = { verdict: 'skipped', because: 'antes hace falta «x»' };
  const waitingLines = (...verdicts: readonly Verdict[]) =>
    reportLines(report(verdicts), 'x', output).filter((line) => /en espera|antes hace falta/i.test(line));

  it('does not repeat what waits for the only thing to mend', () => {
    expect(waitingLines(failed('a'), waits, waits)).toEqual(['  – en espera · x', '  – en espera · x']);
  });

  it('names it when there are several', () => {
    expect(waitingLines(failed('a'), failed('b'), waits).join('\n')).toContain('antes hace falta «x»');
  });
});

describe('JUnit XML', () => {
  it('counts each verdict as CI systems understand it', () => {
    const xml = junitDocument(
      '1.2',
      [
        report([
          { verdict: 'passed', evidence: '', level: 'real' },
          failed('a'),
          { verdict: 'waiting', progress: '1/3' },
          { verdict: 'unknown', reason: 'docker-stopped', why: 'parado', next: 'arráncalo' },
          { verdict: 'skipped', because: 'antes otra' },
        ]),
      ],
      1.5,
    );
    expect(xml).toContain('tests="5" failures="2" errors="1" skipped="1" time="1.500"');
    expect(xml).toContain('<error type="docker-stopped" message="parado">arráncalo</error>');
  });

  it('is well formed whatever the texts hold', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 30 }), (text) => {
        const xml = junitDocument(text, [report([failed(text)], text)], 0);
        // No character that XML 1.0 forbids, and no bare mark of its own grammar inside a text.
        expect(xml).not.toMatch(/[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/u);
        expect(wellFormed(xml)).toBe(true);
      }),
    );
    expect(wellFormed('<a b="<"/>')).toBe(false);
  });
});

/** Tags nest, attributes are quoted, and nothing is left over: enough to catch an escape that is missing. */
function wellFormed(xml: string): boolean {
  const open: string[] = [];
  const token =
    /<\?xml [^<>]*\?>|<(\/?)([\w-]+)((?:\s+[\w-]+="[^"<]*")*)\s*(\/?)>|[^<>&]+|&(?:amp|lt|gt|quot|#\d+);/gy;
  while (token.lastIndex < xml.length) {
    const match = token.exec(xml);
    if (match === null) return false;
    const [, closing, name, , empty] = match;
    if (name === undefined) continue;
    if (closing === '/') {
      if (open.pop() !== name) return false;
    } else if (empty !== '/') open.push(name);
  }
  return open.length === 0;
}

describe('Markdown as plain text', () => {
  it('keeps what is read and drops what is noise', () => {
    expect(inlineText('un **grupo** es *una* carpeta, `a*b*c` y [[cgroup]]')).toBe(
      'un grupo es una carpeta, `a*b*c` y cgroup',
    );
    expect(inlineText('mira [la guía](https://x.org) y [[1.2|la otra]]')).toBe(
      'mira la guía (https://x.org) y la otra',
    );
    expect(inlineText('2 * 3 * 4 y snake_case__aquí')).toBe('2 * 3 * 4 y snake_case__aquí');
  });

  it('wraps paragraphs and hangs lists, but never touches code', () => {
    const code = `    echo ${'x'.repeat(60)}`;
    expect(
      plainMarkdown(
        `## Título\n\nuno dos\ntres cuatro\n\n- primero y largo de verdad\n\n\`\`\`sh\n${code.trim()}\n\`\`\``,
        20,
      ),
    ).toEqual(['Título', '', 'uno dos tres cuatro', '', '- primero y largo de', '  verdad', '', code]);
  });

  it('aligns a table that fits, and reads one that does not row by row', () => {
    const table = '| quiero | orden |\n| --- | --- |\n| ver | `ls` |\n| borrar | `rm` |';
    expect(plainMarkdown(table, 40)).toEqual([
      'quiero  orden',
      '------  -----',
      'ver     `ls`',
      'borrar  `rm`',
    ]);
    expect(plainMarkdown(table, 10)).toEqual([
      'quiero:',
      'ver',
      '  orden:',
      '  `ls`',
      '',
      'quiero:',
      'borrar',
      '  orden:',
      '  `rm`',
    ]);
  });
});

describe('output', () => {
  const lines: string[] = [];
  const output = (env: { [name: string]: string }, isTTY: boolean, accessible = false) =>
    openOutput(
      {
        stdout: { isTTY, columns: 200, write: (text) => lines.push(text) },
        stderr: { write: () => undefined },
        interactive: false,
      },
      env,
      accessible,
    );

  it('colours a terminal, unless told otherwise', () => {
    expect(wantsColour({}, true)).toBe(true);
    expect(wantsColour({}, false)).toBe(false);
    expect(wantsColour({ NO_COLOR: '1' }, true)).toBe(false);
    expect(wantsColour({ NO_COLOR: '' }, true)).toBe(true);
    expect(wantsColour({ TERM: 'dumb' }, true)).toBe(false);
    expect(wantsColour({ FORCE_COLOR: '1', NO_COLOR: '1' }, false)).toBe(true);
    expect(wantsColour({ FORCE_COLOR: '0' }, true)).toBe(false);
  });

  it('always says a state in words, with a sign beside it unless it is read aloud', () => {
    expect(output({}, false).state('failed')).toBe('✗ falta');
    expect(output({}, true).state('passed')).toBe('\u001b[32m✓ conseguido\u001b[39m');
    expect(output({}, true, true).state('passed')).toBe('conseguido');
  });

  it('does not use more than 100 columns', () => {
    lines.length = 0;
    output({}, true).prose('palabra '.repeat(40));
    for (const line of lines) expect(line.trimEnd().length).toBeLessThanOrEqual(100);
    expect(lines.length).toBeGreaterThan(3);
  });
});

describe('the form of an answer', () => {
  const slot = (type: AnswerSlot['type'], options: readonly string[] = []): AnswerSlot => ({
    id: 'q',
    text: '¿?',
    type,
    options,
  });

  it.each([
    [slot('numero'), ' 4321 ', '4321'],
    [slot('numero'), '1,5 kg', '1,5 kg'],
    [slot('conjunto'), 'net, pid', 'net, pid'],
    [slot('opcion', ['Sí', 'No']), 'si', 'Sí'],
    [slot('opcion', ['Sí', 'No']), '2', 'No'],
    [slot('texto'), '\u001b[2J\u202ehola', 'hola'],
  ])('%j takes %j', (question, text, value) => {
    expect(checkAnswer(question, text)).toEqual({ ok: true, value });
  });

  it.each([
    [slot('numero'), 'muchos', 'hace falta un número'],
    [slot('opcion', ['Sí', 'No']), 'quizá', 'Sí o No'],
    [slot('opcion', ['Sí', 'No']), '3', 'no es una de las opciones'],
    [slot('texto'), '\u001b[2J \n', 'vacía'],
    [slot('texto'), 'x'.repeat(3000), 'demasiado larga'],
  ])('%j does not take %j', (question, text, problem) => {
    const checked = checkAnswer(question, text);
    expect(checked.ok).toBe(false);
    expect(!checked.ok && checked.problem).toContain(problem);
  });
});
