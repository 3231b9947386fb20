// `npm run golden -- --dir FOLDER [area…]`: replays recordings of a real Kubernetes against our own server and says how
// many cases pass, area by area. FOLDER holds *.jsonl files, or folders with them: requests to the API, commands of kubectl,
// decisions of the scheduler, steps of controllers, lives of Pods. The options: `usage`.
import { spawn } from 'node:child_process';
import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { importBundled } from './bundled.mjs';
import { writeKubeDocs } from './kube-docs.mjs';
import { ensureInstalled, requireNode, root } from './project.mjs';

requireNode();
const inProcess = new Set(['scheduler', 'controllers', 'pods']);
const fixtures = path.join(root, 'test/fixtures/golden');

const usage = `Uso: npm run golden -- [opciones] [área…]

Repite grabaciones de un Kubernetes de verdad contra el nuestro y dice cuántos casos salen igual, área por área, con la
primera diferencia de cada uno. Un área es un archivo (deployments) o todos los de su clase: api, kubectl, scheduler,
controllers, pods. Acaba con 0 si salen todos, con 1 si no, con 2 si no se entiende lo que se pide.

  --dir CARPETA      dónde están los *.jsonl, en ella o por debajo (si no se dice, las grabaciones de las pruebas)
  --case RE          solo los casos que coinciden
  --verbose          también los que salen, y todas las diferencias
  --quiet            solo la tabla
  --json ARCHIVO     el resultado entero
  --kubectl BIN      el kubectl 1.32 que se usa (si no se dice, el del PATH)
  --kubeconfig F     otro servidor, para las de kubectl y de la API
  --parallel N       cuántos casos a la vez (4)
  --wait MS          cuánto se vuelve a preguntar con un kubectl que solo lee (1500)
  --retry N          cuántas veces se repite, solo, un caso que falla (2), de kubectl o de la API: al acabar un --timeout, kubectl
                     compite consigo mismo; quién escribió qué va por segundos; un equipo cargado llega tarde
  --settle           espera tras escribir, como necesita un servidor con varias cachés`;

function readOptions() {
  try {
    return parseArgs({
      allowPositionals: true,
      options: {
        dir: { type: 'string', default: fixtures },
        case: { type: 'string' },
        verbose: { type: 'boolean', default: false },
        kubectl: { type: 'string', default: 'kubectl' },
        kubeconfig: { type: 'string' },
        json: { type: 'string' },
        parallel: { type: 'string', default: '4' },
        settle: { type: 'boolean', default: false },
        wait: { type: 'string' },
        retry: { type: 'string', default: '2' },
        help: { type: 'boolean', default: false },
        quiet: { type: 'boolean', default: false },
      },
    });
  } catch (error) {
    console.error(`${error.message}\n\n${usage}`);
    process.exit(2);
  }
}
const { values: options, positionals: areas } = readOptions();
if (options.help) {
  console.log(usage);
  process.exit(0);
}

/** `{kind, folder, areas}` for every folder with recordings at or below `folder`. */
function recordings(folder) {
  const names = readdirSync(folder).filter((name) => name.endsWith('.jsonl'));
  const here = names.map((name) => ({ area: name.slice(0, -6), kind: kindOf(path.join(folder, name)) }));
  const kinds = [...new Set(here.map(({ kind }) => kind))];
  const below = readdirSync(folder)
    .map((name) => path.join(folder, name))
    .filter((child) => statSync(child).isDirectory())
    .flatMap(recordings);
  return [
    ...kinds.map((kind) => ({
      kind,
      folder,
      areas: here.filter((one) => one.kind === kind).map(({ area }) => area),
    })),
    ...below,
  ];
}

function kindOf(file) {
  const first = readFileSync(file, 'utf8').split('\n', 1)[0] ?? '';
  let one;
  try {
    one = JSON.parse(first) ?? {};
  } catch {
    return 'other';
  }
  if (one.kind === 'manifest') return 'pods';
  if (one.pod !== undefined && one.result !== undefined) return 'scheduler';
  if (Array.isArray(one.steps) && one.steps.some((step) => step.do !== undefined)) return 'controllers';
  if (Array.isArray(one.commands)) return 'kubectl';
  if (
    Array.isArray(one.steps) &&
    one.steps.some((step) => step.method !== undefined || step.sleepMs !== undefined)
  )
    return 'api';
  return 'other';
}

let groups;
try {
  groups = recordings(path.resolve(options.dir));
} catch (error) {
  console.error(`No se pueden leer las grabaciones de ${options.dir}: ${error.message}`);
  process.exit(2);
}
const known = groups.flatMap((group) => (group.kind === 'other' ? [] : [...group.areas, group.kind]));
const unknown = areas.filter((area) => !known.includes(area));
if (unknown.length > 0) {
  console.error(`No hay grabaciones de: ${unknown.join(', ')}. Hay: ${[...new Set(known)].join(', ')}.`);
  process.exit(2);
}
const chosen = groups
  .filter((group) => group.kind !== 'other')
  .map((group) => ({
    ...group,
    areas: group.areas.filter(
      (area) => areas.length === 0 || areas.includes(area) || areas.includes(group.kind),
    ),
  }))
  .filter((group) => group.areas.length > 0);
for (const group of groups.filter(({ kind }) => kind === 'other')) {
  console.error(`(sin repetir, no se sabe de qué son: ${group.areas.join(', ')} en ${group.folder})`);
}

await ensureInstalled();
if (!existsSync(path.join(root, 'dist/kube-docs.json.gz'))) writeKubeDocs();
const work = mkdtempSync(path.join(os.tmpdir(), 'curso-golden-'));
const results = [];
try {
  for (const group of chosen) {
    if (inProcess.has(group.kind)) {
      await replayHere(group);
      continue;
    }
    const server = options.kubeconfig === undefined ? await startServer(group.kind) : undefined;
    try {
      await replay(group, options.kubeconfig ?? server.kubeconfig);
    } finally {
      await server?.close();
    }
  }
} finally {
  rmSync(work, { recursive: true, force: true });
}

const row = (name, passed, total) =>
  `${name.padEnd(22)} ${String(passed).padStart(5)} / ${String(total).padEnd(5)} ${((100 * passed) / Math.max(1, total)).toFixed(1).padStart(6)} %`;
if (results.length === 0) {
  console.error(`No hay grabaciones que repetir en ${options.dir}.`);
  process.exit(2);
}
console.log('');
for (const { area, passed, total } of results) console.log(row(area, passed, total));
const sum = (key) => results.reduce((total, one) => total + one[key], 0);
console.log(row('total', sum('passed'), sum('total')));
if (options.json !== undefined) writeFileSync(options.json, JSON.stringify(results, null, 1));
process.exit(sum('passed') === sum('total') ? 0 : 1);

async function startServer(kind) {
  const { startGoldenServer } = await importBundled('src/dev/golden-server.ts');
  return startGoldenServer({ folder: work, assets: path.join(root, 'assets'), nodes: kind === 'kubectl' });
}

/** Those that need no server: a whole cluster on a clock of its own, in this process. */
async function replayHere(group) {
  const module = await importBundled(`src/dev/golden-${group.kind}.ts`);
  const replayGroup = module[`replay${group.kind[0].toUpperCase()}${group.kind.slice(1)}`];
  const counted = await replayGroup({
    folder: group.folder,
    areas: group.areas,
    assets: path.join(root, 'assets'),
    ...(options.case === undefined ? {} : { only: new RegExp(options.case) }),
    onResult({ id, difference }) {
      if (options.quiet || (difference === undefined && !options.verbose)) return;
      console.log(difference === undefined ? `PASS ${id}` : `FAIL ${id}\n${indented(difference)}`);
    },
  });
  for (const one of counted) results.push({ ...one, area: `${group.kind}/${one.area}` });
}

function indented(text) {
  return text
    .split('\n')
    .map((line) => `     ${line}`)
    .join('\n');
}

async function replay(group, kubeconfig) {
  const report = path.join(work, `${group.kind}.json`);
  const list = group.areas.join(',');
  const args = [
    path.join(fixtures, 'tools', `replay-${group.kind}.mjs`),
    '--kubeconfig',
    kubeconfig,
    '--dir',
    group.folder,
    group.kind === 'api' ? '--area' : '--file',
    list,
    '--parallel',
    options.parallel,
    '--kubectl',
    kubectlByName(),
    '--json',
    report,
    ...(options.case === undefined ? [] : ['--case', options.case]),
    ...(options.verbose ? ['--verbose'] : []),
    ...(group.kind === 'api' && !options.settle ? ['--no-settle'] : []),
    '--retry',
    options.retry,
    ...(group.kind === 'kubectl' ? ['--wait', options.wait ?? '1500', '--ignore', 'otros-productos'] : []),
  ];
  const code = await new Promise((resolve, reject) => {
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
    let text = '';
    child.stdout.on('data', (chunk) => {
      text += chunk;
      const end = text.lastIndexOf('\n') + 1;
      show(text.slice(0, end));
      text = text.slice(end);
    });
    child.on('error', reject);
    child.on('close', (status) => {
      show(text);
      resolve(status);
    });
  });
  if (code === 2 || !existsSync(report)) {
    console.error(`(sin repetir: ${group.areas.join(', ')})`);
    return;
  }
  const { areas: byArea, files, cases } = JSON.parse(readFileSync(report, 'utf8'));
  for (const [area, { passed, total }] of Object.entries(byArea ?? files)) {
    results.push({
      area: `${group.kind}/${area}`,
      passed,
      total,
      failed: cases.filter((one) => (one.area ?? one.file) === area && !one.pass),
    });
  }
}

/** A kubectl calls itself what its file is called. */
function kubectlByName() {
  if (!options.kubectl.includes('/')) return options.kubectl;
  const file = path.join(work, 'kubectl');
  if (!existsSync(file)) symlinkSync(path.resolve(options.kubectl), file);
  return file;
}

function show(text) {
  const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('PASS '));
  if (!options.quiet && lines.length > 0)
    console.log(lines.filter((line) => !/ \/ .* %/.test(line)).join('\n'));
}
