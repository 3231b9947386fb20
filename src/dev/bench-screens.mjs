// The part of `npm run bench` that measures what the learner sees: the course in a terminal of its own.
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { importBundled } from './bundled.mjs';
import { root } from './project.mjs';

let cli;
let scratch;
let openTestTerminal;
let keys;

/** Measures into `measure(name, unit, limit, sample, times?)`. `scratch` is a folder to use. */
export async function benchScreens(bench) {
  const { measure, skipped } = bench;
  ({ cli, scratch } = bench);
  // Its packages have native parts, which no bundle holds.
  ({ openTestTerminal, keys } = await importBundled('test/helpers/terminal.ts', { packages: 'external' }));
  await measure('node a secas', 'ms', undefined, () =>
    shown(process.execPath, ['-e', 'process.stdout.write("listo")'], 'listo'),
  );
  await measure('curso --version', 'ms', 90, () =>
    shown(process.execPath, [cli, '--version'], /\d+\.\d+\.\d+/),
  );
  await measure('primera pantalla', 'ms', 120, () => course(80, 24, (screen) => screen.includes('? ayuda')));
  await measure('primera tecla contestada (desde el arranque)', 'ms', 200, firstKey);
  await measure('página de una lección (desde Enter)', 'ms', 350, pageVisible);
  await measure('tecla → pantalla a 120×40', 'ms', 50, keyToRepaint, 1);
  await measure('archivo → veredicto en pantalla', 'ms', 300, fileToVerdict, 1);
  if (process.getuid?.() === 0 && process.platform === 'linux') {
    await measure('kernel → veredicto en pantalla', 'ms', 300, kernelToVerdict, 1);
  } else skipped('kernel → veredicto en pantalla', 'hace falta root en Linux');
  if (hasDocker()) await measure('Docker → veredicto en pantalla', 'ms', 300, dockerToVerdict, 1);
  else skipped('Docker → veredicto en pantalla', 'sin Docker, o sin la imagen busybox:1.37');
  await measure('memoria en reposo', 'MB', 120, memoryAtRest, 3);
}

function start(program, args, columns, rowsShown, home = freshHome()) {
  return openTestTerminal(program, args, {
    columns,
    rows: rowsShown,
    cwd: root,
    env: { CURSO_K8S_HOME: home },
  });
}

function freshHome() {
  return mkdtempSync(path.join(scratch, 'casa-'));
}

async function shown(program, args, seen) {
  const from = performance.now();
  const terminal = start(program, args, 80, 24);
  await terminal.waitFor(seen);
  const took = performance.now() - from;
  await terminal.exited;
  return took;
}

async function course(columns, rowsShown, seen) {
  const from = performance.now();
  const terminal = start(process.execPath, [cli], columns, rowsShown);
  await terminal.waitFor(seen);
  const took = performance.now() - from;
  await close(terminal);
  return took;
}

/** The key is already waiting when the program starts. */
async function firstKey() {
  const from = performance.now();
  const terminal = start(process.execPath, [cli], 80, 24);
  terminal.press(keys.down);
  await terminal.waitFor(/▸ +1\.1 /);
  const took = performance.now() - from;
  await close(terminal);
  return took;
}

async function pageVisible() {
  const terminal = start(process.execPath, [cli], 80, 24);
  await terminal.waitFor('? ayuda');
  const from = performance.now();
  terminal.press(keys.enter);
  await terminal.waitFor(/página 1 de/);
  const took = performance.now() - from;
  await close(terminal);
  return took;
}

/** Arrow keys on the home, one by one: each must be on the screen before the next is pressed. */
async function keyToRepaint() {
  const terminal = start(process.execPath, [cli], 120, 40);
  await terminal.waitFor('? ayuda');
  terminal.press(keys.down);
  await terminal.waitFor(/▸ +1\.1 /);
  const values = [];
  for (let press = 0; press < 40; press++) {
    const down = press % 2 === 0;
    const from = performance.now();
    terminal.press(down ? keys.down : keys.up);
    await terminal.waitFor(down ? /▸ +1\.2 / : /▸ +1\.1 /);
    values.push(performance.now() - from);
  }
  await close(terminal);
  return values;
}

/** Opens the exercise `id` in its own home. Resolves with the terminal and what the attempt drew. */
async function exercise(id) {
  const home = freshHome();
  execFileSync(process.execPath, [cli, 'preparar', id], {
    env: { ...process.env, CURSO_K8S_HOME: home },
    stdio: 'ignore',
  });
  const lessonId = id.replace(/\.[a-z]$/, '');
  const index = JSON.parse(
    readFileSync(path.join(root, 'dist', 'curso', `leccion-${lessonId}.json`), 'utf8'),
  );
  const page = index.pages.findIndex((each) => each.exerciseId === id);
  const lessons = JSON.parse(
    readFileSync(path.join(root, 'dist', 'curso', 'indice.json'), 'utf8'),
  ).modules.flatMap((module) => module.lessons);
  const place = lessons.findIndex((lesson) => lesson.id === lessonId);
  const terminal = start(process.execPath, [cli], 120, 40, home);
  await terminal.waitFor('? ayuda');
  for (let step = 0; step < lessons.length; step++) terminal.press(keys.up);
  for (let step = 0; step < place; step++) terminal.press(keys.down);
  terminal.press(keys.enter);
  await terminal.waitFor(/página 1 de|ejercicio \d/);
  for (let step = 0; step < page; step++) {
    terminal.press(keys.right);
    await terminal.waitFor(new RegExp(`página ${step + 2} de|ejercicio \\d|evidencia:`));
  }
  const screen = await terminal.waitFor(
    (text) => text.includes(`ejercicio ${id}`) && /· falta/.test(text.replace(/\n[^│]*│\s*/g, ' ')),
  );
  return { terminal, screen, home };
}

async function fileToVerdict() {
  const { terminal, home, screen } = await exercise('0.1.b');
  const folder = path.join(
    home,
    'trabajo',
    readdirSync(path.join(home, 'trabajo')).find((name) => name.startsWith('0.1.b')),
  );
  const word =
    /palabra\s+(?:\S+\s+)*?([a-zñ]+-\d+)/.exec(screen.replace(/│.*$/gm, ' ').replace(/\s+/g, ' '))?.[1] ?? '';
  const values = [];
  for (let run = 0; run < 12; run++) {
    for (const [text, seen] of [
      [word, 'conseguido'],
      ['otra', '· falta'],
    ]) {
      const from = performance.now();
      writeFileSync(path.join(folder, 'hola.txt'), text);
      await terminal.waitFor((shown) => shown.replace(/\n[^│]*│\s*/g, ' ').includes(seen));
      values.push(performance.now() - from);
    }
  }
  await close(terminal);
  return values;
}

/** 1.2.b: a process goes into the learner's cgroup, and out again. */
async function kernelToVerdict() {
  const { terminal, screen } = await exercise('1.2.b');
  const folder = cgroupFolder(/pan-[0-9a-f]{4,}/.exec(screen)?.[0] ?? '');
  const sleeper = spawn('sleep', ['600'], { stdio: 'ignore' });
  const values = [];
  try {
    mkdirSync(folder);
    for (let run = 0; run < 10; run++) {
      for (const [place, seen] of [
        [folder, 1],
        [path.dirname(folder), 0],
      ]) {
        const from = performance.now();
        writeFileSync(path.join(place, 'cgroup.procs'), String(sleeper.pid));
        await terminal.waitFor((text) => count(text, 'conseguido') === seen);
        values.push(performance.now() - from);
      }
    }
  } finally {
    sleeper.kill('SIGKILL');
    await once(sleeper, 'exit');
    spawnSync('rmdir', [folder], { stdio: 'ignore' });
    await close(terminal);
  }
  return values;
}

function cgroupFolder(name) {
  const v2 = readFileSync('/proc/mounts', 'utf8')
    .split('\n')
    .some((line) => line.startsWith('cgroup2 /sys/fs/cgroup '));
  return path.join('/sys/fs/cgroup', v2 ? '' : 'pids', name);
}

/** 1.1.a: a container that runs, and is killed. */
async function dockerToVerdict() {
  const { terminal, screen } = await exercise('1.1.a');
  const name = /\b[a-z]+-[0-9a-f]{4,}\b/.exec(screen)?.[0] ?? '';
  const docker = (...args) => execFileSync('docker', args, { stdio: 'ignore' });
  const values = [];
  try {
    docker('create', '--name', name, 'busybox:1.37', 'sleep', '600');
    for (let run = 0; run < 8; run++) {
      docker('start', name);
      const from = performance.now();
      await terminal.waitFor((text) => count(text, 'conseguido') > 0);
      values.push(performance.now() - from);
      docker('kill', name);
      const killed = performance.now();
      await terminal.waitFor((text) => count(text, 'conseguido') === 0);
      values.push(performance.now() - killed);
    }
  } finally {
    spawnSync('docker', ['rm', '-f', name], { stdio: 'ignore' });
    await close(terminal);
  }
  return values;
}

function hasDocker() {
  return spawnSync('docker', ['image', 'inspect', 'busybox:1.37'], { stdio: 'ignore' }).status === 0;
}

/** Resident memory with a lesson page on the screen and nothing going on. */
async function memoryAtRest() {
  const terminal = start(process.execPath, [cli], 120, 40);
  await terminal.waitFor('? ayuda');
  terminal.press(keys.enter);
  await terminal.waitFor(/página 1 de/);
  terminal.press(keys.right);
  await terminal.waitFor(/página 2 de/);
  await new Promise((resolve) => setTimeout(resolve, 1500));
  const kilobytes = Number(
    execFileSync('ps', ['-o', 'rss=', '-p', String(terminal.pid)], { encoding: 'utf8' }).trim(),
  );
  await close(terminal);
  return kilobytes / 1024;
}

async function close(terminal) {
  terminal.press(keys.ctrlC);
  await terminal.exited;
}

function count(text, word) {
  return text.split(word).length - 1;
}
