import { execFile } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findKubectls, kubectlRequired } from '../helpers/kubectls.ts';

const root = path.resolve(import.meta.dirname, '../..');
const recordings = path.join(root, 'test/fixtures/golden');
const work = mkdtempSync(path.join(os.tmpdir(), 'curso-golden-test-'));
afterAll(() => rmSync(work, { recursive: true, force: true }));

interface AreaResult {
  readonly area: string;
  readonly passed: number;
  readonly total: number;
  readonly failed: readonly { readonly id: string; readonly differences: readonly unknown[] }[];
}

interface Known {
  readonly name: string;
  /** It passes now and then. */
  readonly sometimes: boolean;
}

/** `area/case` of every row of the table of known differences. */
function knownDifferences(): readonly Known[] {
  const text = readFileSync(path.join(root, 'src/cluster/README.md'), 'utf8');
  const [, table = ''] = /<!-- diferencias:inicio -->([\s\S]*)<!-- diferencias:fin -->/.exec(text) ?? [];
  return [...table.matchAll(/^\| *`?([\w-]+\/[\w.-]+)`? *\| *(a veces: )?/gm)].map(
    ([, name = '', sometimes]) => ({ name, sometimes: sometimes !== undefined }),
  );
}

function replay(name: string, dir: string, extra: readonly string[]): Promise<readonly AreaResult[]> {
  const report = path.join(work, `${name}.json`);
  const args = ['src/dev/golden.mjs', '--dir', dir, '--quiet', '--json', report, ...extra];
  return new Promise((resolve, reject) => {
    // Its code is 1 when a case fails, which is for the tests below to judge.
    execFile(process.execPath, args, { cwd: root, timeout: 880_000 }, (error, stdout, stderr) => {
      if (error !== null && error.code !== 1) reject(new Error(`${error.message}\n${stdout}${stderr}`));
      else resolve(JSON.parse(readFileSync(report, 'utf8')) as AreaResult[]);
    });
  });
}

/** What fails is in the table, and what is in the table fails. */
function judge(area: string, results: readonly AreaResult[], known: readonly Known[]): void {
  const result = results.find((one) => one.area.endsWith(`/${area}`));
  expect(result?.total ?? 0).toBeGreaterThan(0);
  const failed = result?.failed ?? [];
  const unexplained = failed.filter(({ id }) => !known.some(({ name }) => name === `${area}/${id}`));
  expect(unexplained).toEqual([]);
  const healed = known.filter(
    ({ name, sometimes }) =>
      !sometimes && name.startsWith(`${area}/`) && !failed.some(({ id }) => name === `${area}/${id}`),
  );
  expect(healed).toEqual([]);
}

const areasOf = (folder: string) =>
  readdirSync(path.join(recordings, folder))
    .filter((name) => name.endsWith('.jsonl'))
    .map((name) => name.slice(0, -'.jsonl'.length));

describe('recordings of the real API', () => {
  let results: readonly AreaResult[] = [];
  beforeAll(async () => {
    results = await replay('api', path.join(recordings, 'api'), []);
  }, 900_000);
  it.each(areasOf('api'))('%s', (area) => judge(area, results, knownDifferences()));
});

describe('recordings of kubectl', () => {
  const kubectl = findKubectls().find(({ minor }) => minor === 32);
  if (kubectl === undefined) {
    if (kubectlRequired) it('needs kubectl 1.32', () => expect(kubectl).toBeDefined());
    else it.skip('sin kubectl 1.32', () => undefined);
    return;
  }
  let results: readonly AreaResult[] = [];
  beforeAll(async () => {
    results = await replay('kubectl', path.join(recordings, 'kubectl'), [
      '--kubectl',
      kubectl.file,
      '--wait',
      '500',
    ]);
  }, 900_000);
  it.each(areasOf('kubectl'))('%s', (area) => judge(area, results, knownDifferences()));
});
