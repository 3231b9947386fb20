import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { type Started, simulatedWorld } from './world.ts';

/** Small scripts of what teaching uses of a shell: words, expansions, arithmetic, control, pipes. Nothing in them leaves its folder. */
const name = fc.constantFrom('x', 'y', 'z', 'unset');
const text = fc.stringMatching(/^[a-c0-2 ]{0,6}$/);
const bare = fc.stringMatching(/^[a-c0-2]{1,4}$/);
const operator = fc.constantFrom('-', ':-', '+', ':+', '#', '##', '%', '%%');
const pattern = fc.constantFrom('a', '*', 'a*', '*b', '?', '[ab]', '[!a]*', '*1', '" "', '\\*', '* ');
const sums: fc.Arbitrary<string> = fc.letrec<{ sum: string }>((tie) => ({
  sum: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.integer({ min: 0, max: 20 }).map(String),
    fc.constantFrom('n', 'm', '$n', '0x1f', '010'),
    fc
      .tuple(
        tie('sum'),
        fc.constantFrom('+', '-', '*', '<', '<=', '==', '!=', '&&', '||', '&', '|', '^', '<<', '>>', ','),
        tie('sum'),
      )
      .map(([a, sign, b]) => `(${a} ${sign} ${b})`),
    fc
      .tuple(tie('sum'), fc.constantFrom('+', '-', '*'), tie('sum'))
      .map(([a, sign, b]) => `${a} ${sign} ${b}`),
    fc
      .tuple(tie('sum'), fc.constantFrom('/', '%'), fc.integer({ min: 1, max: 9 }))
      .map(([a, sign, b]) => `(${a} ${sign} ${b})`),
    fc.tuple(fc.constantFrom('- ', '! ', '~ '), tie('sum')).map(([sign, a]) => `${sign}${a}`),
    fc.tuple(tie('sum'), tie('sum'), tie('sum')).map(([a, b, c]) => `(${a} ? ${b} : ${c})`),
  ),
})).sum;
/** Older busyboxes assign in the branch that is not taken, too: assignments stay at the top. */
const arithmetic = fc.oneof(
  sums,
  fc
    .tuple(fc.constantFrom('n', 'm'), fc.constantFrom('=', '+=', '-=', '*='), sums)
    .map(([n, sign, a]) => `${n} ${sign} ${a}`),
);

interface Parts {
  readonly word: string;
  readonly command: string;
  readonly script: string;
}

const { script } = fc.letrec<Parts>((tie) => {
  const inner = fc.oneof(
    text,
    name.map((one) => `$${one}`),
    fc.tuple(name, operator, fc.oneof(bare, pattern)).map(([one, how, what]) => `\${${one}${how}${what}}`),
    name.map((one) => `\${#${one}}`),
    arithmetic.map((sum) => `$((${sum}))`),
    fc.constantFrom('$#', '$?', '$*', '$@', '$1', '${2}', '\\$', '\\"', '\\a', '`echo 1  2`'),
  );
  const part = fc.oneof(
    bare,
    text.map((one) => `'${one}'`),
    fc.array(inner, { maxLength: 3 }).map((all) => `"${all.join('')}"`),
    name.map((one) => `$${one}`),
    fc.tuple(name, operator, fc.oneof(bare, pattern)).map(([one, how, what]) => `\${${one}${how}${what}}`),
    fc
      .tuple(name, fc.constantFrom(':-', '-', ':+'), tie('word'))
      .map(([one, how, what]) => `\${${one}${how}${what}}`),
    arithmetic.map((sum) => `$((${sum}))`),
    fc.constantFrom('$@', '"$@"', '$*', '"$*"', '$#', '\\ ', '\\a', '"a$@b"', '*'),
    tie('script').map((one) => `$( ${one}\n)`),
  );
  const words = fc.array(tie('word'), { maxLength: 3 }).map((all) => all.join(' '));
  const show = words.map((all) => `printf '[%s]' ${all}`);
  const condition = fc.oneof(
    fc.constantFrom(
      'true',
      'false',
      '! true',
      'test -n "$x"',
      '[ "$x" = "$y" ]',
      '[ $# -gt 1 ]',
      '[ -z "$unset" ] && false',
    ),
    fc.tuple(tie('word'), tie('word')).map(([a, b]) => `[ "x"${a} = "x"${b} ]`),
  );
  return {
    word: fc.array(part, { minLength: 1, maxLength: 3 }).map((parts) => parts.join('')),
    command: fc.oneof(
      { depthSize: 'small' },
      show,
      show,
      fc.tuple(name, tie('word')).map(([one, word]) => `${one}=${word}`),
      words.map((all) => `set -- ${all}`),
      fc.constantFrom(
        'shift',
        "IFS=':'",
        "IFS=' b'",
        'unset IFS',
        'IFS=',
        'echo',
        'false',
        'echo a b | tr a-b A-B',
        'set -u',
        'set -f',
      ),
      fc
        .tuple(condition, tie('command'), tie('command'))
        .map(([test, a, b]) => `if ${test}; then ${a}; else ${b}; fi`),
      fc.tuple(words, tie('command')).map(([all, body]) => `for x in ${all}; do ${body}; done`),
      tie('command').map((body) => `i=0; while [ $i -lt 3 ]; do i=$((i+1)); ${body}; done`),
      fc
        .tuple(tie('word'), pattern, tie('command'), tie('command'))
        .map(([word, what, a, b]) => `case ${word} in ${what}) ${a};; *) ${b};; esac`),
      fc
        .tuple(tie('command'), fc.constantFrom('&&', '||'), tie('command'))
        .map(([a, sign, b]) => `{ ${a}; } ${sign} { ${b}; }`),
      tie('script').map((one) => `(${one})`),
      fc
        .tuple(
          tie('command'),
          fc.constantFrom('cat', 'tr a-c A-C', 'while read -r p q; do printf "<%s|%s>" "$p" "$q"; done'),
        )
        .map(([a, b]) => `{ ${a}; } | ${b}`),
      fc.tuple(tie('command'), words).map(([body, all]) => `f() { ${body}; return 3; }; f ${all}`),
      fc
        .tuple(fc.boolean(), fc.array(inner, { maxLength: 3 }))
        .map(([quoted, all]) => `cat <<${quoted ? "'E'" : 'E'}\n${all.join(' ')}\nE\n:`),
      fc.tuple(name, inner).map(([one, word]) => `read ${one} y <<E\n${word}\nE\n:`),
      tie('command').map((body) => `{ ${body}; } > out; cat out`),
      fc
        .constantFrom('break', 'continue', 'exit 4', 'return 2')
        .map((leave) => `for z in 1 2; do echo $z; ${leave}; done`),
    ),
    script: fc.array(tie('command'), { minLength: 1, maxLength: 3 }).map((all) => all.join('\n')),
  };
});

const start = "x='a  b' y=1:2 z= n=5 m=-3\nset -- 'p q' '' r\n";

/** The first real shell of busybox's kind that is here. Undefined: none. */
const real = [['busybox', 'sh'], ['dash']].find(([file = '']) => {
  try {
    execFileSync(file, file === 'busybox' ? ['sh', '-c', ':'] : ['-c', ':'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
});

describe.skipIf(real === undefined)(
  'small scripts say what they say to a real shell (needs busybox or dash)',
  async () => {
    const folder = mkdtempSync(path.join(os.tmpdir(), 'curso-sh-'));
    afterAll(() => rmSync(folder, { recursive: true, force: true }));
    const world = await simulatedWorld();
    let container: Started | undefined;
    let count = 0;

    it('with the same output and the same exit code', async () => {
      container ??= await world.run('busybox:1.35', { command: ['sleep', '1000000'] });
      const one = container;
      const [file = '', ...args] = real ?? [];
      // Always the same ones, unless more are asked for: a script nobody has tried must not stop somebody else's work.
      await fc.assert(
        fc.asyncProperty(script, async (given) => {
          const whole = start + given;
          const mine = mkdtempSync(path.join(folder, 's'));
          const wanted = spawnSync(file, [...args, '-c', whole], {
            cwd: mine,
            env: { PATH: '/usr/bin:/bin', HOME: '/root' },
            input: '',
            timeout: 5000,
            encoding: 'utf8',
          });
          const place = `/work/${count++}`;
          await one.exec(['mkdir', '-p', place]);
          const got = await one.exec(['sh', '-c', `cd ${place}; exec sh -c "$1"`, 'sh', whole]);
          expect({ out: got.out, code: got.code }).toEqual({ out: wanted.stdout, code: wanted.status });
        }),
        process.env['CURSO_REPETIR'] === undefined
          ? { numRuns: 200, seed: 7 }
          : { numRuns: Number(process.env['CURSO_REPETIR']) },
      );
    }, 60_000);
  },
);
