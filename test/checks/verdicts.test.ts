import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../src/base/json.ts';
import type { CheckSpec } from '../../src/checks/check.ts';
import { judge, type Look } from '../../src/checks/judge.ts';
import { findKind } from '../../src/checks/kinds/index.ts';
import type { Verdict } from '../../src/checks/verdict.ts';

interface Fixture {
  /** Exercise, part and scenario it was recorded from. */
  readonly origin: string;
  readonly check: CheckSpec;
  readonly scope: JsonObject;
  readonly look: Look;
  readonly verdict: Verdict;
}

const folder = path.join(import.meta.dirname, '../fixtures/verdicts');
const fixtures = readdirSync(folder).map((name) => {
  const fixture = JSON.parse(readFileSync(path.join(folder, name), 'utf8')) as Fixture;
  return { name, fixture };
});

describe('what was seen once on a real kernel and a real engine', () => {
  it.each(fixtures)('is judged as it was then: $name', ({ fixture }) => {
    const kind = findKind(fixture.check.kind);
    if (!kind) throw new Error(`there is no kind ${fixture.check.kind}`);
    const judged = judge(fixture.check, kind, fixture.look, {}, fixture.scope, 0);
    expect(judged.verdict).toEqual(fixture.verdict);
  });

  it('covers passes and failures, with and without the object, with and without a slip', () => {
    const kinds = fixtures.map(({ fixture: { verdict, look } }) => {
      const absent = look.state === 'seen' && look.observation.state === 'absent';
      const slip = verdict.verdict === 'failed' && verdict.slip !== undefined;
      return `${verdict.verdict}${absent ? ' absent' : ''}${slip ? ' slip' : ''}`;
    });
    expect(kinds).toEqual(
      expect.arrayContaining(['passed', 'failed', 'failed slip', 'failed absent', 'failed absent slip']),
    );
  });
});
