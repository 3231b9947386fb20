import type { Failure, Verdict, VerdictName } from '../../checks/verdict.ts';
import type { CheckView, Work } from '../../course/session/state.ts';
import { inline } from '../inline.ts';
import type { Look } from '../look.ts';
import type { Role } from '../style.ts';
import { wrapStyled } from '../styled.ts';
import { texts } from '../texts.ts';

const roles: { readonly [name in VerdictName]: Role } = {
  passed: 'acierto',
  failed: 'fallo',
  waiting: 'espera',
  unknown: 'duda',
  skipped: 'tenue',
};

/** The work panel: checks with their state, then what matters now (a message, the hints, or what it meant). */
export function workLines(work: Work, width: number, look: Look): readonly string[] {
  if (work.phase === 'blocked') {
    const [why = '', next = ''] = work.message.split('\n');
    return [
      look.style('duda', `${look.glyphs.unknown} ${texts.work.blocked}`),
      ...labelled(texts.work.why, why, width, look),
      ...labelled(texts.work.next, next, width, look),
    ];
  }
  // With one thing to mend, what waits can only be waiting for it: naming it again would push the message away.
  const pending = work.checks.filter(({ verdict }) => isPending(verdict)).length;
  const checks = work.checks.flatMap((check) => checkLines(check, width, look, pending === 1));
  if (work.checks.length === 0) checks.push(look.style('tenue', texts.work.opening));
  return [...checks, ...answerLines(work, width, look), ...detailLines(work, width, look)];
}

/** «evidencia: real»: the levels of what has passed, or nothing yet. */
export function evidenceText(work: Work): string {
  const levels = new Set(
    work.checks.flatMap(({ verdict }) => (verdict?.verdict === 'passed' ? [texts.level[verdict.level]] : [])),
  );
  return levels.size === 0
    ? texts.work.exercise(work.exerciseId)
    : texts.work.evidence([...levels].join(', '));
}

/** Sign, requirement, and the state in a word: never colour alone. */
function checkLines(check: CheckView, width: number, look: Look, brief: boolean): readonly string[] {
  const { verdict } = check;
  const name = verdict?.verdict;
  const role: Role = name ? roles[name] : 'tenue';
  const sign = look.style(role, name ? look.glyphs[name] : look.glyphs.looking);
  const skipped = brief && verdict?.verdict === 'skipped';
  const word = look.style(role, skipped ? texts.verdict.skipped : inline(stateWord(verdict), look));
  return wrapStyled(
    `${inline(check.description, look)} ${look.style('tenue', look.glyphs.dot)} ${word}`,
    width,
    {
      first: `${sign} `,
      rest: '  ',
    },
  );
}

/** One check in a sentence, for those who listen to the screen. */
export function checkSentence(check: CheckView): string {
  const { verdict } = check;
  const head = ended(`${check.description}: ${stateWord(verdict)}`);
  if (verdict?.verdict === 'failed') {
    return `${head} ${ended(`${texts.work.see} ${seen(verdict)}`)} ${ended(`${texts.work.expected} ${verdict.expected}`)} ${texts.work.why} ${verdict.why} ${texts.work.next} ${verdict.next}`;
  }
  if (verdict?.verdict === 'unknown') return `${head} ${verdict.why} ${texts.work.next} ${verdict.next}`;
  return head;
}

/** With one stop at its end, or it would be read on into the next sentence. */
const ended = (sentence: string) => (/[.…?!]$/.test(sentence) ? sentence : `${sentence}.`);

function isPending(verdict: Verdict | undefined): boolean {
  return verdict?.verdict === 'failed' || verdict?.verdict === 'unknown' || verdict?.verdict === 'waiting';
}

function stateWord(verdict: Verdict | undefined): string {
  if (!verdict) return texts.work.looking;
  if (verdict.verdict === 'waiting') return `${texts.verdict.waiting}: ${verdict.progress}`;
  if (verdict.verdict === 'skipped') return verdict.because === '' ? texts.verdict.skipped : verdict.because;
  return texts.verdict[verdict.verdict];
}

/** «el contenedor pan-7f3c: State.Status = exited» */
function seen(failure: Failure): string {
  const where = failure.field === '' ? failure.object : `${failure.object}, \`${failure.field}\``;
  return failure.found === '' ? `${where}.` : `${where}: ${failure.found}`;
}

function answerLines(work: Work, width: number, look: Look): readonly string[] {
  const { attempt } = work;
  if (!attempt || attempt.questions.length === 0) return [];
  const lines = attempt.questions.flatMap((slot) => {
    const answer = attempt.answers[slot.id];
    const shown =
      answer === undefined || answer === ''
        ? look.style('tenue', `${texts.work.unanswered} (${texts.work.answerWith})`)
        : look.style('fuerte', Array.isArray(answer) ? answer.join(', ') : String(answer));
    const asked = slot.text.endsWith('?') ? inline(slot.text, look) : `${inline(slot.text, look)}:`;
    return wrapStyled(`${asked} ${shown}`, width, { first: '  ', rest: '    ' });
  });
  return ['', ...lines];
}

function detailLines(work: Work, width: number, look: Look): readonly string[] {
  if (work.pane === 'hints') return ['', ...hintLines(work, width, look)];
  if (work.passed && work.afterword !== '') {
    return [
      '',
      look.style('acierto', texts.work.meaning),
      ...look.markdown(work.afterword, width - 2).map((line) => `  ${line}`),
    ];
  }
  const order: readonly VerdictName[] = ['failed', 'unknown'];
  for (const name of order) {
    const check = work.checks.find(({ verdict }) => verdict?.verdict === name);
    if (check?.verdict) return ['', ...messageLines(check.verdict, width, look)];
  }
  return [];
}

/** Veo / Esperaba / Por qué / Sigue por aquí. */
function messageLines(verdict: Verdict, width: number, look: Look): readonly string[] {
  if (verdict.verdict === 'unknown') {
    return [
      ...labelled(texts.work.why, verdict.why, width, look),
      ...labelled(texts.work.next, verdict.next, width, look),
    ];
  }
  if (verdict.verdict !== 'failed') return [];
  return [
    ...labelled(texts.work.see, seen(verdict), width, look),
    ...(verdict.expected === '' ? [] : labelled(texts.work.expected, verdict.expected, width, look)),
    ...labelled(texts.work.why, verdict.why, width, look),
    ...labelled(texts.work.next, verdict.next, width, look),
    ...(verdict.command === '' ? [] : labelled(texts.work.command, `\`${verdict.command}\``, width, look)),
  ];
}

function labelled(label: string, text: string, width: number, look: Look): readonly string[] {
  if (text === '') return [];
  const styled = `${look.style('fuerte', label)} ${inline(text.replace(/\s*\n\s*/g, ' '), look)}`;
  return wrapStyled(styled, width, { first: '  ', rest: '    ' });
}

/** The newest hint first: it is the one that was asked for. */
function hintLines(work: Work, width: number, look: Look): readonly string[] {
  const lines: string[] = [];
  for (let level = work.hints.length; level >= 1; level--) {
    lines.push(look.style('espera', texts.work.hint(level, work.hintTotal)));
    lines.push(...look.markdown(work.hints[level - 1] ?? '', width - 2).map((line) => `  ${line}`));
  }
  lines.push(look.style('tenue', texts.work.moreHints(work.hintTotal - work.hints.length)));
  return lines;
}
