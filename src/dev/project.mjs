// What the scripts of the repository share. Plain Node: it runs before anything is installed.
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = path.resolve(fileURLToPath(new URL('../..', import.meta.url)));
export const cacheFolder = path.join(root, 'node_modules', '.cache', 'curso-k8s');

/** Everything a build depends on. */
const sources = ['src', 'lessons', 'assets', 'package.json', 'package-lock.json', 'tsconfig.json'];

/** `%s` is the version found. */
export const oldNode =
  'curso-k8s necesita Node 20 o posterior y este es %s. Instálalo desde https://nodejs.org y vuelve a intentarlo.';

/** Ends with code 2 and one sentence when this Node is too old for the course. */
export function requireNode() {
  if (Number.parseInt(process.versions.node, 10) >= 20) return;
  console.error(oldNode.replace('%s', process.version));
  process.exit(2);
}

/** Installs what the lock file says unless it is already there. Prints only when it has to wait or it fails. */
export async function ensureInstalled() {
  if (installed()) return;
  console.error('Preparo lo necesario (npm ci); la primera vez tarda un poco…');
  const npm = npmCommand();
  const args = [...npm.args, 'ci', '--ignore-scripts', '--loglevel=error', '--no-audit', '--no-fund'];
  const { code, output } = await capture(npm.file, args);
  if (code === 0) return;
  console.error(output.trim());
  console.error(`npm ci terminó con código ${code}. Revisa la conexión y ejecuta: npm ci --ignore-scripts`);
  process.exit(3);
}

/** Builds when a source changed since the last build. */
export async function ensureBuilt() {
  if (existsSync(path.join(root, 'dist', 'cli.js')) && readStamp() === fingerprint()) return;
  const { code, output } = await capture(process.execPath, [path.join(root, 'src', 'dev', 'build.mjs')]);
  if (code === 0) return;
  console.error(output.trim());
  process.exit(1);
}

export function writeStamp(value) {
  mkdirSync(cacheFolder, { recursive: true });
  writeFileSync(path.join(cacheFolder, 'huella'), value);
}

/** Changes when a source is written, added or removed. */
export function fingerprint() {
  const hash = createHash('sha256');
  for (const file of sources.flatMap((source) => filesUnder(path.join(root, source)))) {
    const { mtimeMs, size } = statSync(file);
    hash.update(`${path.relative(root, file)} ${mtimeMs} ${size}\n`);
  }
  return hash.digest('hex');
}

/** Runs a program with our terminal; resolves with its exit code (128 + signal when one ended it). */
export function run(file, args, options = {}) {
  return new Promise((resolve) => {
    const child = spawn(file, args, { cwd: root, stdio: 'inherit', ...options });
    // The terminal sends Ctrl-C to both of us; the child decides what it means.
    const ignore = () => {};
    process.on('SIGINT', ignore);
    child.on('error', (error) => {
      console.error(`No se pudo ejecutar ${file}: ${error.message}`);
      resolve(1);
    });
    child.on('close', (code, signal) => {
      process.off('SIGINT', ignore);
      resolve(code ?? (signal === 'SIGINT' ? 130 : 1));
    });
  });
}

/** Runs a program quietly; resolves with what it wrote, both streams together. */
export function capture(file, args, options = {}) {
  return new Promise((resolve) => {
    const child = spawn(file, args, { cwd: root, stdio: ['ignore', 'pipe', 'pipe'], ...options });
    let output = '';
    child.stdout.on('data', (chunk) => (output += chunk));
    child.stderr.on('data', (chunk) => (output += chunk));
    child.on('error', (error) => resolve({ code: 1, output: `${output}${error.message}\n` }));
    child.on('close', (code) => resolve({ code: code ?? 1, output }));
  });
}

/** Every locked package is in `node_modules` with its version; npm keeps that account in a hidden lock file. */
function installed() {
  try {
    const read = (file) => JSON.parse(readFileSync(path.join(root, file), 'utf8')).packages;
    const wanted = read('package-lock.json');
    const present = read(path.join('node_modules', '.package-lock.json'));
    return Object.entries(wanted).every(
      ([name, { version, optional }]) =>
        name === '' || optional === true || present[name]?.version === version,
    );
  } catch {
    return false;
  }
}

/** npm as we were started by it; else the one on the PATH. */
function npmCommand() {
  const script = process.env.npm_execpath;
  if (script?.endsWith('.js')) return { file: process.execPath, args: [script] };
  return process.platform === 'win32'
    ? { file: process.env.ComSpec ?? 'cmd.exe', args: ['/d', '/s', '/c', 'npm'] }
    : { file: 'npm', args: [] };
}

function readStamp() {
  try {
    return readFileSync(path.join(cacheFolder, 'huella'), 'utf8');
  } catch {
    return undefined;
  }
}

function filesUnder(target) {
  if (!statSync(target, { throwIfNoEntry: false })?.isDirectory()) return existsSync(target) ? [target] : [];
  return readdirSync(target, { withFileTypes: true })
    .sort((left, right) => (left.name < right.name ? -1 : 1))
    .flatMap((entry) => filesUnder(path.join(target, entry.name)));
}
