// The authoring proof of every lesson as tests: each exercise is one. Its start fails, its solution passes, each wrong
// answer gets its message, and every mutant is noticed, on this machine's kernel and engine.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { ensureImages, removeStandIns } from '../../test/helpers/standins.mjs';
import { capture, root } from './project.mjs';

/**
 * Plays all lessons with `curso autor revisar --mutaciones`. What cannot be played here is skipped, or fails when
 * Docker (kubectl, for what is done on a cluster) is required. Prints a line for each exercise that is not right.
 */
export async function proveLessons({ dockerRequired }) {
  const required = {
    docker: dockerRequired,
    cluster: process.env.CURSO_EXIGIR_KUBECTL === '1',
  };
  const home = mkdtempSync(path.join(tmpdir(), 'curso-k8s-prueba-'));
  // Without Docker there is nothing to make: the proof itself says which exercises it could not play.
  const made = await ensureImages().catch(() => []);
  const curso = (...args) =>
    capture(process.execPath, [path.join(root, 'dist', 'cli.js'), ...args], {
      env: { ...process.env, CURSO_K8S_HOME: home },
    });
  try {
    const { code, output } = await curso('autor', 'revisar', '--mutaciones', '--json');
    const sum = told(parse(output), code, output, required);
    // Afterwards the caller compares what belongs to others: cleaning must not have touched it either.
    const cleaned = await curso('limpiar', '--si');
    const unseen = cleaned.code === 3 && !dockerRequired;
    console.log(`${cleaned.code === 0 ? '✓' : unseen ? '-' : '✗'} curso limpiar`);
    sum[cleaned.code === 0 ? 'passed' : unseen ? 'skipped' : 'failed']++;
    return sum;
  } finally {
    await removeStandIns(made);
    rmSync(home, { recursive: true, force: true });
  }
}

function told(report, code, output, required) {
  const sum = { passed: 0, failed: 0, skipped: 0 };
  if (report === undefined) {
    console.log(`✗ autor revisar terminó con código ${code}\n${output.trim().slice(-2000)}`);
    return { ...sum, failed: 1 };
  }
  for (const problem of report.problems) {
    sum.failed++;
    console.log(`✗ ${problem.file}:${problem.line}: ${problem.message}`);
  }
  for (const exercise of report.exercises) {
    if (exercise.outcome === 'right') {
      sum.passed++;
      continue;
    }
    const needed = exercise.world === 'cluster' ? required.cluster : required.docker;
    const missing = exercise.outcome === 'not-proved' && !needed;
    sum[missing ? 'skipped' : 'failed']++;
    console.log(`${missing ? '-' : '✗'} ${exercise.id}`);
    for (const line of reasons(exercise)) console.log(`    ${line}`);
  }
  if (report.exercises.length === 0) sum.failed++;
  console.log(`${report.exercises.length} ejercicios; los que más tardan: ${slowest(report.exercises)}`);
  return sum;
}

/** They overlap: together they take longer than the whole proof did. */
function slowest(exercises) {
  return [...exercises]
    .sort((left, right) => right.durationMs - left.durationMs)
    .slice(0, 5)
    .map(({ id, durationMs }) => `${id} ${Math.round(durationMs / 1000)} s`)
    .join(', ');
}

function reasons({ scenarios, mutants }) {
  return [
    ...scenarios.flatMap(({ part, id, outcome, problems }) =>
      outcome === 'right' ? [] : problems.map((problem) => `${part} ${id}: ${problem}`),
    ),
    ...mutants.flatMap(({ checkId, change, noticed }) =>
      noticed ? [] : [`nadie nota que ${checkId} ${change}`],
    ),
  ];
}

function parse(output) {
  try {
    return JSON.parse(output.slice(output.indexOf('{')));
  } catch {
    return undefined;
  }
}
