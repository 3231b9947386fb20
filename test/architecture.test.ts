import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { architectureProblems, readLayers, type Sources } from './helpers/architecture.ts';

const src = path.resolve(import.meta.dirname, '../src');
const layers = readLayers(readFileSync(path.join(src, 'README.md'), 'utf8'));

function realSources(): Sources {
  const files = readdirSync(src, { recursive: true, encoding: 'utf8' })
    .map((file) => file.replaceAll('\\', '/'))
    .filter((file) => /\.tsx?$/.test(file));
  return new Map(files.map((file) => [file, readFileSync(path.join(src, file), 'utf8')]));
}

/** What the checker says of a single file with this text. */
function problemsOf(file: string, text: string, others: Sources = new Map()): readonly string[] {
  return architectureProblems(new Map([[file, text], ...others]), layers);
}

describe('the code follows src/README.md', () => {
  it('imports only what its layer may, without cycles, and keeps time and chance behind their doors', () => {
    expect(architectureProblems(realSources(), layers)).toEqual([]);
  });

  it('has a folder or file for each layer, and no file too long to read', () => {
    const sources = realSources();
    for (const { name } of layers) {
      expect(
        [...sources.keys()].some((file) => file === name || file.startsWith(`${name}/`)),
        name,
      ).toBe(true);
    }
    // Types that come from a table of facts are not for reading from top to bottom.
    const written = [...sources].filter(([file]) => !file.startsWith('kube/api/'));
    const long = written.filter(([, text]) => text.split('\n').length > 320).map(([file]) => file);
    expect(long).toEqual([]);
  });
});

describe('the checker notices', () => {
  it.each([
    [
      'a layer above',
      'base/a.ts',
      "import { x } from '../course/model.ts';",
      'may not import course/model.ts',
    ],
    [
      'a type from a layer above',
      'checks/a.ts',
      "import type { x } from '../course/model.ts';",
      'may not import course',
    ],
    [
      'a lazy import',
      'tui/a.ts',
      "export const f = () => import('../backends/docker/x.ts');",
      'may not import backends',
    ],
    [
      'a type query',
      'checks/a.ts',
      "export type X = import('../course/model.ts').Lesson;",
      'may not import course',
    ],
    ['a re-export', 'base/a.ts', "export { x } from '../checks/check.ts';", 'may not import checks/check.ts'],
    [
      'a file outside the part it may see',
      'backends/a.ts',
      "import { x } from '../checks/judge.ts';",
      'may not import checks/judge',
    ],
    ['a package of another layer', 'checks/a.ts', "import { z } from 'zod';", 'the package zod'],
    [
      'a package with a scope',
      'tui/a.tsx',
      "import cel from '@marcbachmann/cel-js';",
      'the package @marcbachmann/cel-js',
    ],
    [
      'a computed import',
      'course/a.ts',
      'export const f = (name: string) => import(name);',
      'the package (calculado)',
    ],
    ['files from a screen', 'tui/a.ts', "import { readFileSync } from 'node:fs';", 'may not import node:fs'],
    [
      'timers by another door',
      'checks/a.ts',
      "import { setTimeout as s } from 'node:timers/promises';",
      'take a Clock',
    ],
    ['a clock', 'course/a.ts', 'export const f = () => Date.now();', '`Date.now`'],
    ['a date of now', 'course/a.ts', 'export const f = () => new Date();', '`new Date()`'],
    ['a timer', 'tui/a.ts', 'export const f = () => setTimeout(f, 5);', '`setTimeout`'],
    ['a timer handed on', 'tui/a.ts', 'export const f = [setInterval];', '`setInterval`'],
    ['chance', 'course/a.ts', 'export const f = () => Math.random();', '`Math.random`'],
    ['chance from crypto', 'course/a.ts', 'export const f = () => crypto.randomUUID();', '`randomUUID`'],
    ['the end of the process', 'commands/a.ts', 'export const f = () => process.exit(1);', '`process.exit`'],
    ['a console', 'checks/a.ts', 'export const f = () => console.log(1);', '`console`'],
    ['an effect on import', 'checks/a.ts', "process.on('exit', () => {});", '`top-level effect`'],
    ['a default export', 'checks/a.ts', 'export default 1;', '`export default`'],
    ['a file of no layer', 'misc/a.ts', 'export const x = 1;', 'no row of the layer table'],
  ])('%s', (_, file, text, said) => {
    expect(problemsOf(file, text).join('\n')).toContain(said);
  });

  it('a cycle, also through three files', () => {
    const others: Sources = new Map([
      ['base/b.ts', "import './c.ts';"],
      ['base/c.ts', "import type { a } from './a.ts';"],
    ]);
    expect(problemsOf('base/a.ts', "import './b.ts';", others)).toEqual([
      'import cycle: src/base/a.ts → src/base/b.ts → src/base/c.ts → src/base/a.ts',
    ]);
  });

  it.each([
    ['base/clock.ts', 'export const now = () => Date.now();'],
    [
      'checks/a.ts',
      "import { clock } from '../base/clock.ts'; export const t = (o: { setTimeout: number }) => o.setTimeout;",
    ],
    ['backends/a.ts', "import type { Backend } from '../checks/backend.ts'; import Docker from 'dockerode';"],
    [
      'course/a.ts',
      'export const when = (ms: number) => new Date(ms).toISOString(); // Date.now() in a comment',
    ],
    ['cli.ts', "import manifest from '../package.json' with { type: 'json' }; process.exit(0);"],
  ])('nothing wrong in %s when there is nothing', (file, text) => {
    expect(problemsOf(file, text)).toEqual([]);
  });
});
