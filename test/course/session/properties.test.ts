import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { SessionEvent } from '../../../src/course/session/event.ts';
import { currentLesson, currentPage } from '../../../src/course/session/place.ts';
import { allLessons, lessonRecord, type SessionState } from '../../../src/course/session/state.ts';
import { step } from '../../../src/course/session.ts';
import { attempt, lesson, newSession } from '../../helpers/session.ts';

const integer = fc.integer({ min: -5, max: 12 });
const exerciseId = fc.constantFrom('1.2.b', '0.1.a', 'no-existe');
const verdict = fc.constantFrom(
  { verdict: 'passed', evidence: 'existe', level: 'real' } as const,
  { verdict: 'waiting', progress: '1/3' } as const,
  { verdict: 'skipped', because: 'espera' } as const,
  { verdict: 'unknown', reason: 'timeout', why: 'tardó', next: 'repite' } as const,
);
const plain = <const T extends SessionEvent['type']>(...types: readonly T[]) =>
  fc.constantFrom(...types).map((type) => ({ type }) as SessionEvent);

const anyEvent: fc.Arbitrary<SessionEvent> = fc.oneof(
  { weight: 6, arbitrary: plain('nextPage', 'previousPage', 'open', 'back', 'submit', 'confirm') },
  plain('focus', 'help', 'search', 'glossary', 'sheets', 'diagnosis', 'review', 'erase'),
  plain('hint', 'verify', 'reset', 'answer', 'shell', 'saved'),
  integer.map((by): SessionEvent => ({ type: 'move', by })),
  fc.record({ by: integer, max: fc.nat(9) }).map((scroll): SessionEvent => ({ type: 'scroll', ...scroll })),
  integer.map((index): SessionEvent => ({ type: 'choose', index })),
  integer.map((index): SessionEvent => ({ type: 'highlight', index })),
  fc.string({ maxLength: 5 }).map((text): SessionEvent => ({ type: 'type', text })),
  fc
    .record({
      lessonId: fc.constantFrom('0.1', '1.2', '9.9'),
      pageId: fc.constantFrom('quiz', '1.2.b', 'nada'),
    })
    .map((place): SessionEvent => ({ type: 'openLesson', ...place })),
  { weight: 4, arbitrary: fc.constant<SessionEvent>({ type: 'lessonLoaded', lesson, reviews: [] }) },
  fc.constant<SessionEvent>({ type: 'lessonBroken', lessonId: '0.1', problem: 'rota' }),
  { weight: 2, arbitrary: fc.constant<SessionEvent>({ type: 'attemptOpened', attempt }) },
  exerciseId.map((id): SessionEvent => ({ type: 'attemptBlocked', exerciseId: id, why: 'no', next: 'sí' })),
  exerciseId.map((id): SessionEvent => ({ type: 'attemptProgress', exerciseId: id, message: 'voy' })),
  fc.record({ exerciseId, verdict, passed: fc.boolean() }).map(
    ({ exerciseId: id, verdict: seen, passed }): SessionEvent => ({
      type: 'verdicts',
      exerciseId: id,
      checks: [{ id: 'existe', description: 'existe', verdict: seen }],
      passed,
      afterword: '',
    }),
  ),
  fc
    .nat(5)
    .map(
      (level): SessionEvent => ({ type: 'hintGiven', exerciseId: '1.2.b', level, total: 4, text: 'pista' }),
    ),
  fc.constant<SessionEvent>({
    type: 'searched',
    query: 'a',
    hits: [{ lessonId: '1.2', pageId: 'quiz', title: 't', snippet: '' }],
  }),
  fc.constant<SessionEvent>({
    type: 'glossaryLoaded',
    terms: [{ term: 'cgroup', english: '', definition: '', aliases: [] }],
  }),
  fc.constant<SessionEvent>({ type: 'sheetsListed', names: ['docker', 'compose'] }),
  fc.constant<SessionEvent>({ type: 'sheetLoaded', name: 'docker', text: 'x' }),
  fc.constant<SessionEvent>({ type: 'diagnosed', lines: ['todo bien'] }),
  fc.constant<SessionEvent>({
    type: 'reviewLoaded',
    items: lesson.questions.map((question) => ({ lessonId: '1.2', question })),
  }),
  fc.constant<SessionEvent>({ type: 'shellClosed', notice: '' }),
  fc.constant<SessionEvent>({ type: 'saveFailed', problem: 'disco lleno' }),
);

function checkValid(state: SessionState): void {
  const { view, overlay, work } = state;
  if (view.kind === 'home') {
    expect(view.cursor).toBeGreaterThanOrEqual(0);
    expect(view.cursor).toBeLessThan(allLessons(state.catalog).length);
  }
  if (view.kind === 'lesson') {
    expect(allLessons(state.catalog).some(({ id }) => id === view.lessonId)).toBe(true);
    expect(Math.min(view.scroll, view.workScroll, view.cursor)).toBeGreaterThanOrEqual(0);
    if (currentLesson(state)) expect(currentPage(state)).toBeDefined();
  }
  const run = view.kind === 'home' ? undefined : view.quiz;
  if (run) {
    expect(run.index).toBeLessThanOrEqual(run.items.length);
    expect(run.right).toBeLessThanOrEqual(run.items.length);
    expect(new Set(run.picked).size).toBe(run.picked.length);
  }
  // An exercise is being watched exactly while its page is on the screen.
  const page = currentPage(state);
  expect(work?.exerciseId).toBe(page?.kind === 'exercise' && !state.finished ? page.exerciseId : undefined);
  if (work) expect(work.hints.length).toBeLessThanOrEqual(work.hintTotal);
  if (overlay?.kind === 'answers') expect(overlay.drafts).toHaveLength(overlay.slots.length);
  if (overlay && 'cursor' in overlay) expect(overlay.cursor).toBeGreaterThanOrEqual(0);
}

describe('the session, whatever happens', () => {
  it('is always valid, and every effect names something of the course', () => {
    fc.assert(
      fc.property(fc.array(anyEvent, { maxLength: 60 }), (events) => {
        let state = newSession();
        for (const event of events) {
          const next = step(state, event);
          state = next.state;
          checkValid(state);
          for (const effect of next.effects) {
            if (effect.type === 'loadLesson') {
              expect(allLessons(state.catalog).some(({ id }) => id === effect.lessonId)).toBe(true);
            }
          }
        }
      }),
      { numRuns: 400 },
    );
  });

  it('never loses the place: the page on the screen is the last one kept', () => {
    fc.assert(
      fc.property(fc.array(anyEvent, { maxLength: 60 }), (events) => {
        let state = newSession();
        let kept = '';
        for (const event of events) {
          const next = step(state, event);
          state = next.state;
          for (const effect of next.effects) {
            if (effect.type === 'record' && effect.change.kind === 'place') {
              kept = `${effect.change.lessonId}/${effect.change.pageId}`;
            }
          }
          const page = currentPage(state);
          if (page && state.view.kind === 'lesson') expect(`${state.view.lessonId}/${page.id}`).toBe(kept);
        }
        if (kept !== '') expect(`${state.record.last?.lessonId}/${state.record.last?.pageId}`).toBe(kept);
      }),
      { numRuns: 400 },
    );
  });

  it('never takes back what was passed', () => {
    fc.assert(
      fc.property(fc.array(anyEvent, { maxLength: 60 }), (events) => {
        let state = newSession();
        let passed = 0;
        for (const event of events) {
          state = step(state, event).state;
          const now = lessonRecord(state.record, '1.2').passed.length;
          expect(now).toBeGreaterThanOrEqual(passed);
          passed = now;
        }
      }),
    );
  });

  it('is the same for the same events: no clock and no chance in it', () => {
    fc.assert(
      fc.property(fc.array(anyEvent, { maxLength: 40 }), (events) => {
        const run = () => events.reduce((state, event) => step(state, event).state, newSession());
        expect(run()).toEqual(run());
      }),
      { numRuns: 50 },
    );
  });
});
