import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findKubectls } from './helpers/kubectls.ts';
import { nodeBinary } from './helpers/nodeBinaries.ts';

const root = path.resolve(import.meta.dirname, '..');
const maxPackedBytes = 3 * 1024 * 1024;
const versions = [20, 22, 24];
const kubectl = findKubectls().at(-1)?.file;

let work: string;
let tarball: string;
let installed: Ran;
let folder: string;
let binaries: ReadonlyMap<number, string | undefined>;

interface Ran {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** With a home of its own: what is configured on this machine must not matter. */
function run(file: string, args: readonly string[], cwd: string, env: NodeJS.ProcessEnv = {}): Promise<Ran> {
  const { PATH, TMPDIR } = process.env;
  const clean = { PATH, TMPDIR, HOME: work, CURSO_K8S_HOME: path.join(work, 'casa'), ...env };
  return new Promise((resolve) => {
    execFile(file, args, { cwd, env: clean, timeout: 120_000 }, (error, stdout, stderr) => {
      const code = error === null ? 0 : typeof error.code === 'number' ? error.code : 1;
      resolve({ code, stdout, stderr });
    });
  });
}

beforeAll(async () => {
  work = await mkdtemp(path.join(tmpdir(), 'curso-k8s-paquete-'));
  const packed = await run('npm', ['pack', '--pack-destination', work], root);
  expect(packed.code, packed.stderr).toBe(0);
  const [name = ''] = (await readdir(work)).filter((file) => file.endsWith('.tgz'));
  tarball = path.join(work, name);
  folder = path.join(work, 'vacia');
  await mkdir(folder);
  await writeFile(path.join(folder, 'package.json'), '{"name":"vacia","private":true}');
  // Without a registry: one that had to be asked for a dependency would make this fail.
  installed = await run('npm', ['install', tarball], folder, { npm_config_registry: 'http://127.0.0.1:9/' });
  binaries = new Map(
    await Promise.all(versions.map(async (major) => [major, await nodeBinary(major)] as const)),
  );
}, 300_000);

afterAll(() => rm(work, { recursive: true, force: true }));

describe('the package', () => {
  it('is one tarball of at most 3 MB', async () => {
    expect((await stat(tarball)).size).toBeLessThanOrEqual(maxPackedBytes);
  });

  it('installs in an empty folder by itself, without scripts or warnings', async () => {
    expect(installed.code, installed.stderr).toBe(0);
    expect(installed.stderr).toBe('');
    expect(installed.stdout).toMatch(/added 1 package\b/);
    const here = path.join(folder, 'node_modules');
    expect((await readdir(here)).filter((name) => !name.startsWith('.'))).toEqual(['curso-k8s']);
    const manifest = JSON.parse(await readFile(path.join(here, 'curso-k8s', 'package.json'), 'utf8'));
    for (const key of ['dependencies', 'peerDependencies']) expect(manifest[key]).toBeUndefined();
    for (const script of ['preinstall', 'install', 'postinstall', 'prepare']) {
      expect(manifest.scripts[script]).toBeUndefined();
    }
  });

  it('has the program, the lessons and the licences, and none of our sources or tests', async () => {
    const here = path.join(folder, 'node_modules', 'curso-k8s');
    const files = (await readdir(here, { recursive: true })).map((file) => file.replaceAll('\\', '/'));
    expect(files).toEqual(
      expect.arrayContaining([
        'dist/cli.js',
        'dist/curso/indice.json',
        'dist/LICENCIAS.txt',
        'dist/kube-docs.json.gz',
        'assets/kubernetes/fields.tsv',
      ]),
    );
    expect(files.filter((file) => /^(src|test)\/|\.(ts|tsx|map)$|\.test\./.test(file))).toEqual([]);
    const licences = await readFile(path.join(here, 'dist/LICENCIAS.txt'), 'utf8');
    expect(licences).toMatch(/^react .*MIT$/m);
    expect(licences).toMatch(/^ink .*MIT$/m);
    // One that names its licence without the text gets it from the build.
    expect(licences).toMatch(/^yoga-layout .*MIT$\n\nCopyright \(c\) /m);
  });

  it('works through npx, offline', async () => {
    const { version } = JSON.parse(await readFile(path.join(root, 'package.json'), 'utf8'));
    const answer = await run('npm', ['exec', '--offline', '--', 'curso-k8s', '--version'], folder);
    expect(answer).toMatchObject({ code: 0, stdout: `${version}\n` });
  });
});

describe.each(versions)('on Node %i', (major) => {
  const curso = (...args: string[]): Promise<Ran> => {
    const binary = binaries.get(major);
    if (binary === undefined) throw new Error(`No Node ${major}`);
    return run(binary, [path.join(folder, 'node_modules', '.bin', 'curso'), ...args], folder);
  };

  it('tells its version, its lessons and what is wrong, without a warning', async ({ skip }) => {
    // Where everything is required, a Node that could not be fetched is a failure too.
    if (binaries.get(major) === undefined && process.env['CURSO_EXIGIR_DOCKER'] !== '1')
      skip(`sin Node ${major}`);
    const { version } = JSON.parse(await readFile(path.join(root, 'package.json'), 'utf8'));
    expect(await curso('--version')).toEqual({ code: 0, stdout: `${version}\n`, stderr: '' });
    const lessons = await curso('lecciones');
    expect(lessons).toMatchObject({ code: 0, stderr: '' });
    expect(lessons.stdout).toContain('cgroups');
    const page = await curso('leccion', '1.2');
    expect(page).toMatchObject({ code: 0, stderr: '' });
    const wrong = await curso('leccion', '99.9');
    expect(wrong).toMatchObject({ code: 2, stdout: '' });
    expect(wrong.stderr).toContain('99.9');
  });

  it('runs a cluster that explains its fields', async ({ skip }) => {
    if (binaries.get(major) === undefined) return skip(`sin Node ${major}`);
    try {
      expect(await curso('cluster', 'iniciar', '--masters=1')).toMatchObject({ code: 0 });
      const status = JSON.parse((await curso('cluster', 'estado', '--json')).stdout);
      expect(status.masters).toMatchObject([{ role: 'leader' }]);
      if (kubectl === undefined) return;
      const explained = await run(kubectl, ['--kubeconfig', status.kubeconfig, 'explain', 'pod'], folder);
      expect(explained).toMatchObject({ code: 0, stderr: '' });
      expect(explained.stdout).toContain('collection of containers');
    } finally {
      expect(await curso('cluster', 'borrar', '--si')).toMatchObject({ code: 0, stderr: '' });
    }
  });
});

describe('on a Node that is too old', () => {
  it('says so in one sentence, and ends with 2', async ({ skip }) => {
    const binary = await nodeBinary(18);
    if (binary === undefined) return skip('sin Node 18');
    const said = {
      code: 2,
      stdout: '',
      stderr: expect.stringMatching(/^curso-k8s necesita Node 20 o posterior y este es v18\.[^\n]*\n$/),
    };
    expect(await run(binary, [path.join(folder, 'node_modules', '.bin', 'curso')], folder)).toEqual(said);
    expect(await run(binary, [path.join(root, 'src', 'dev', 'start.mjs')], root)).toEqual(said);
  }, 180_000);
});
