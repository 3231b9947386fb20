// `npm test`: installs what is missing, builds what changed, and runs every test, the types and the style. With
// arguments (`npm test -- test/course`) it runs only those tests; with `--todos-los-kubectl` on every kubectl there is, and not
// only on the oldest, the server's and the newest. Then it plays every lesson, and shows that nothing of
// others was touched. The last line is the sum:
// `N passed, N failed[, N skipped]`.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { capture, ensureBuilt, ensureInstalled, requireNode, root, run } from './project.mjs';
import { proveLessons } from './proof.mjs';
import { foreignState } from './untouched.mjs';

requireNode();
await ensureInstalled();
await ensureBuilt();

const everyKubectl = '--todos-los-kubectl';
if (process.argv.includes(everyKubectl)) process.env.CURSO_KUBECTLS_TODOS = '1';
const chosen = process.argv.slice(2).filter((word) => word !== everyKubectl);
const sum = { passed: 0, failed: 0, skipped: 0 };
const before = chosen.length === 0 ? await foreignState() : '';
if (chosen.length === 0) {
  // Quick and cheap first: whoever waits sees a misspelt type before the slow tests.
  await tool('tipos', 'typescript/bin/tsc', ['--noEmit', '-p', '.']);
  await tool('estilo', '@biomejs/biome/bin/biome', ['check', '--error-on-warnings', '.']);
  await tool('Markdown', 'markdownlint-cli2/markdownlint-cli2-bin.mjs', []);
}
await tests(chosen);
if (chosen.length === 0) {
  console.log('\nLas lecciones, jugadas de verdad');
  add(await proveLessons({ dockerRequired: process.env.CURSO_EXIGIR_DOCKER === '1' }));
  add(untouched(before, await foreignState()));
}

const skipped = sum.skipped > 0 ? `, ${sum.skipped} skipped` : '';
console.log(`${sum.passed} passed, ${sum.failed} failed${skipped}`);
process.exitCode = sum.failed > 0 ? 1 : 0;

function add(part) {
  for (const key of Object.keys(sum)) sum[key] += part[key];
}

/** One test: what was on the machine before is as it was, and nothing without the course's label is new. */
function untouched(before, after) {
  const lines = (text) => text.split('\n').filter((line) => line !== '');
  const gone = lines(before).filter((line) => !lines(after).includes(line));
  const added = lines(after).filter((line) => !lines(before).includes(line));
  const same = gone.length + added.length === 0;
  console.log(`${same ? '✓' : '✗'} nada ajeno cambió (${lines(before).length} objetos)`);
  for (const line of gone) console.log(`    falta o cambió: ${line.slice(0, 300)}`);
  for (const line of added) console.log(`    nuevo: ${line.slice(0, 300)}`);
  return { passed: same ? 1 : 0, failed: same ? 0 : 1, skipped: 0 };
}

/** A tool counts as one test; what it says is shown only when it fails. */
async function tool(name, script, args) {
  const file = path.join(root, 'node_modules', script);
  const { code, output } = await capture(process.execPath, [file, ...args]);
  sum[code === 0 ? 'passed' : 'failed']++;
  console.log(`${code === 0 ? '✓' : '✗'} ${name}`);
  if (code !== 0) console.log(output.trim());
}

async function tests(filters) {
  const folder = mkdtempSync(path.join(tmpdir(), 'curso-k8s-test-'));
  const report = path.join(folder, 'report.json');
  const vitest = path.join(root, 'node_modules', 'vitest', 'vitest.mjs');
  const code = await run(process.execPath, [
    vitest,
    'run',
    '--reporter=default',
    '--reporter=json',
    `--outputFile.json=${report}`,
    ...filters,
  ]);
  try {
    const result = JSON.parse(readFileSync(report, 'utf8'));
    sum.passed += result.numPassedTests;
    sum.failed += result.numFailedTests;
    sum.skipped += result.numPendingTests + result.numTodoTests;
    // A file that does not even load has no tests to fail.
    const unloaded = result.testResults.filter(
      (file) => file.status === 'failed' && file.assertionResults.length === 0,
    );
    sum.failed += unloaded.length;
    if (code !== 0 && sum.failed === 0) sum.failed++;
  } catch {
    console.log('Las pruebas terminaron sin informe.');
    sum.failed++;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
