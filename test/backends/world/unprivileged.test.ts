import { execFileSync, spawn } from 'node:child_process';
import { chmodSync, existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { build } from 'esbuild';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { runTool } from '../../../src/backends/linux/host.ts';
import { isRootOnLinux } from './scene.ts';

const asNobody = ['setpriv', '--reuid', '65534', '--regid', '65534', '--clear-groups'];
const allowed =
  isRootOnLinux &&
  existsSync('/usr/bin/script') &&
  existsSync('/usr/bin/passwd') &&
  (await runTool([...asNobody, 'unshare', '-Ur', 'true']).then((run) => run.ok && run.value.exitCode === 0));

/** The rung of user namespaces, as a user without any right; needs root only to become that user. */
describe.skipIf(!allowed)('without root (needs root to become nobody, and user namespaces)', () => {
  let folder = '';
  let bundle = '';
  beforeAll(async () => {
    folder = mkdtempSync(path.join(tmpdir(), 'curso-nadie-'));
    chmodSync(folder, 0o755);
    bundle = path.join(folder, 'child.mjs');
    await build({
      entryPoints: [path.join(import.meta.dirname, 'unprivileged-child.ts')],
      outfile: bundle,
      bundle: true,
      platform: 'node',
      format: 'esm',
      external: ['dockerode'],
      // Packages of the old sort ask for modules of Node.
      banner: { js: "import{createRequire as $req}from'node:module';const require=$req(import.meta.url);" },
      logLevel: 'error',
    });
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  const runChild = () =>
    JSON.parse(
      execFileSync('setpriv', [...asNobody.slice(1), process.execPath, bundle], {
        encoding: 'utf8',
        cwd: '/',
        env: { PATH: process.env['PATH'] ?? '', HOME: '/nonexistent' },
      }),
    );

  test('sees its own namespaces, and says what it may not see', () => {
    const seen = runChild();
    expect(seen.facts).toMatchObject({
      rung: 'userns',
      announcement: expect.stringContaining('sin root'),
    });
    expect(seen.own).toMatchObject({
      uid: 65534,
      uid_map: ['0 65534 1'],
      propios: ['mnt', 'uts', 'pid', 'net', 'user'],
      procPropio: true,
      procsVisibles: 1,
      interfaces: [{ nombre: 'lo', arriba: true, direcciones: ['127.0.0.1/8', '::1/128'] }],
    });
    expect(seen.own.NSpid).toEqual([seen.own.pid, 1]);
    expect(seen.unmapped).toEqual([]);
    expect(seen.secret).toMatchObject({ reason: 'linux-permission' });
  });

  test('a process of root in another terminal is not the one; in a terminal of ours it may be: unknown', () => {
    // `script` gives it a terminal, as an administrator's shell has.
    const elsewhere = spawn('script', ['-qc', 'exec sleep 60', '/dev/null'], {
      stdio: ['pipe', 'ignore', 'ignore'],
    });
    try {
      const seen = runChild();
      expect(seen.before).toEqual({ state: 'absent', value: { candidatos: 0 } });
      expect(seen.hidden).toMatchObject({
        reason: 'linux-permission',
        why: expect.stringContaining('procesos de root que no puedo mirar, como passwd'),
        next: expect.stringContaining('sudo -E curso'),
      });
    } finally {
      elsewhere.kill('SIGKILL');
    }
  });
});
