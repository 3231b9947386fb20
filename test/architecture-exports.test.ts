import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { type Files, unusedExports } from './helpers/unusedExports.ts';

const root = path.resolve(import.meta.dirname, '..');

function sourcesIn(folder: string): readonly (readonly [string, string])[] {
  return (
    readdirSync(path.join(root, folder), { recursive: true, encoding: 'utf8' })
      .map((file) => path.posix.join(folder, file.replaceAll('\\', '/')))
      .filter((file) => /\.(tsx?|mjs)$/.test(file) && !/\.d\.m?ts$|\/fixtures\//.test(file))
      // Types that come from a table of facts: all of Kubernetes, used or not.
      .filter((file) => !file.startsWith('src/kube/api/'))
      .map((file) => [file, readFileSync(path.join(root, file), 'utf8')] as const)
  );
}

describe('what a file exports', () => {
  it('is used by another one', () => {
    expect(unusedExports(new Map([...sourcesIn('src'), ...sourcesIn('test')]))).toEqual([]);
  });

  const judge = (...files: (readonly [string, string])[]) => unusedExports(new Map(files) as Files);

  it.each<[string, string, string]>([
    ['imported', "import { x } from './a.ts';", 'export const x = 1;'],
    ['imported under another name', "import { x as y } from './a.ts';", 'export function x() {}'],
    ['imported with everything', "import * as a from './a.ts';", 'export class x {}'],
    ['handed on', "export { x } from './a.ts';\nimport { x as y } from './b.ts';", 'export const x = 1;'],
    [
      'imported when it is needed',
      "export const f = async () => (await import('./a.ts')).x();\nf;",
      'export const x = 1;',
    ],
    ['a type asked for in place', "const y: import('./a.ts').x = 1;", 'export type x = 1;'],
    ['a type that is part of another export', '', 'export interface x { n: 1 }\nexport type y = x;'],
  ])('counts what is %s', (_, reader, text) => {
    expect(judge(['src/b.ts', reader], ['src/a.ts', text]).filter((one) => one.endsWith(': x'))).toEqual([]);
  });

  it.each<[string, string, string]>([
    ['by nobody, a value', 'src/b.ts', 'export const x = 1;\nconst y = x;'],
    ['by nobody, a type', 'src/b.ts', 'export interface x { n: 1 }'],
    ['by a test alone, without being used at home', 'test/a.test.ts', 'export const x = 1;'],
  ])('notices what is used %s', (_, reader, text) => {
    const importing = reader.startsWith('test/') ? "import { x } from '../src/a.ts';" : '';
    expect(judge([reader, importing], ['src/a.ts', text])).toEqual(['src/a.ts: x']);
  });

  it('lets tests look at what is used at home', () => {
    const text = 'export const x = 1;\nconst y = x;';
    expect(judge(['test/a.test.ts', "import { x } from '../src/a.ts';"], ['src/a.ts', text])).toEqual([]);
  });

  it('knows that a script names what it takes of a file that it bundles', () => {
    const files = new Map([
      ['src/dev/run.mjs', "const { bench } = await importBundled('bench.ts');"],
      ['src/dev/bench.ts', 'export const bench = 1;\nexport const other = 2;'],
    ]);
    expect(unusedExports(files)).toEqual(['src/dev/bench.ts: other']);
  });
});
