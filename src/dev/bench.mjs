// `npm run bench [-- part…] [times]`: what the course costs on this machine. Prints medians and 95th percentiles; leaves nothing
// behind. The parts are --pantallas, --cluster and --vida (Pods, scheduler, nodes); without any of them, all.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { benchCluster } from './bench-cluster.mjs';
import { benchLife } from './bench-life.mjs';
import { benchScreens } from './bench-screens.mjs';
import { ensureBuilt, ensureInstalled, requireNode, root } from './project.mjs';

requireNode();
await ensureInstalled();
await ensureBuilt();

const words = process.argv.slice(2);
const parts = { '--pantallas': screensAndSize, '--cluster': benchCluster, '--vida': benchLife };
const chosen = Object.keys(parts).filter((name) => words.includes(name));
const repeats = Number(words.find((word) => /^\d+$/.test(word)) ?? 15);
const scratch = mkdtempSync(path.join(os.tmpdir(), 'curso-medir-'));
const rows = [];

try {
  for (const name of chosen.length > 0 ? chosen : Object.keys(parts))
    await parts[name]({ cli: path.join(root, 'dist', 'cli.js'), scratch, add, measure, skipped });
} finally {
  rmSync(scratch, { recursive: true, force: true });
}
print();

async function screensAndSize(bench) {
  await benchScreens(bench);
  rows.push(packedSize());
}

/** Runs `sample` until there are enough values; it may give one or many. `limit` is what the issue asks for. */
async function measure(name, unit, limit, sample, times = repeats) {
  const values = [];
  for (let run = 0; run < times; run++) values.push(...[await sample()].flat());
  add(name, unit, limit, values);
}

/** A negative limit is the least that is wanted. */
function add(name, unit, limit, values) {
  values.sort((left, right) => left - right);
  const at = (share) => values[Math.min(values.length - 1, Math.floor(values.length * share))];
  rows.push({ name, unit, limit, median: at(0.5), p95: at(0.95), count: values.length });
}

function skipped(name, why) {
  rows.push({ name, why });
}

function packedSize() {
  const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm';
  const packed = spawnSync(npm, ['pack', '--dry-run', '--json', '--ignore-scripts'], {
    cwd: root,
    encoding: 'utf8',
  });
  const [found] = JSON.parse(packed.stdout || '[]');
  return {
    name: 'paquete comprimido',
    unit: 'MB',
    limit: 3,
    median: (found?.size ?? 0) / 1e6,
    p95: (found?.size ?? 0) / 1e6,
    count: 1,
  };
}

function print() {
  console.log(
    `curso-k8s en ${os.cpus().length} núcleos, Node ${process.version}, carga ${os.loadavg()[0]?.toFixed(1)}\n`,
  );
  console.log(`${'medida'.padEnd(54)}${'mediana'.padStart(10)}${'p95'.padStart(10)}${'límite'.padStart(10)}`);
  for (const { name, unit, limit, median, p95, why } of rows) {
    if (why) {
      console.log(`${name.padEnd(54)}  ${why}`);
      continue;
    }
    const show = (value) =>
      (value === undefined ? '' : `${value.toFixed(unit === 'MB' ? 1 : 0)} ${unit}`).padStart(10);
    const over =
      limit > 0 && median > limit ? '  ← por encima' : limit < 0 && median < -limit ? '  ← por debajo' : '';
    console.log(
      name.padEnd(54) +
        show(median) +
        show(p95) +
        show(limit === undefined ? undefined : Math.abs(limit)) +
        over,
    );
  }
}
