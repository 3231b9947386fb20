import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openHostShell } from '../../../src/backends/world/shell.ts';
import { systemClock } from '../../../src/base/clock.ts';
import type { WorldShell } from '../../../src/course/world.ts';

describe.skipIf(process.platform === 'win32')('the shell of scenes and proofs', () => {
  let folder = '';
  let shell: WorldShell;
  beforeEach(async () => {
    folder = mkdtempSync(path.join(tmpdir(), 'curso-shell-'));
    const env = { PATH: process.env['PATH'] ?? '', CURSO_NOMBRE: 'pan-7f3c' };
    shell = await openHostShell({ clock: systemClock, cwd: folder, env });
  });
  afterEach(async () => {
    await shell.close();
    rmSync(folder, { recursive: true, force: true });
  });

  test('keeps cd, variables and functions from step to step', async () => {
    await shell.run('mkdir sub; cd sub; masa=madre; hola() { echo "hola $1"; }', 5_000);
    expect(await shell.run('pwd; hola "$masa $CURSO_NOMBRE"', 5_000)).toEqual({
      exitCode: 0,
      output: `${folder}/sub\nhola madre pan-7f3c\n`,
    });
  });

  test('gives the exit code and both outputs in order', async () => {
    expect(await shell.run('echo uno; echo dos >&2; false', 5_000)).toEqual({
      exitCode: 1,
      output: 'uno\ndos\n',
    });
  });

  test('steps called at once run one after another', async () => {
    const both = await Promise.all([shell.run('sleep 0.1; echo a', 5_000), shell.run('echo b', 5_000)]);
    expect(both.map(({ output }) => output)).toEqual(['a\n', 'b\n']);
  });

  test('quotes, here-documents and output without a final newline arrive whole', async () => {
    const step = `printf '%s' "it's «pan» \\"caliente\\"" | cat - /dev/null; cat <<'FIN' > nota\n$HOME 'x'\nFIN`;
    expect((await shell.run(step, 5_000)).output).toBe('it\'s «pan» "caliente"');
    expect(readFileSync(path.join(folder, 'nota'), 'utf8')).toBe("$HOME 'x'\n");
  });

  test('a step that reads its input finds it empty, and does not eat the next one', async () => {
    expect((await shell.run('cat; echo fin', 5_000)).output).toBe('fin\n');
    expect((await shell.run('echo sigo', 5_000)).output).toBe('sigo\n');
  });

  test('a syntax error is a failed step, not the end', async () => {
    const broken = await shell.run('if then fi', 5_000);
    expect(broken.exitCode).not.toBe(0);
    expect((await shell.run('echo sigo', 5_000)).output).toBe('sigo\n');
  });

  test('a step that never ends is ended, and what earlier steps left stays', async () => {
    await shell.run('sleep 60 & echo $! > antes', 5_000);
    const stuck = await shell.run('echo empieza; sh -c "sleep 61; true"; echo nunca', 200);
    expect(stuck.exitCode).toBe(124);
    expect(stuck.output).toContain('empieza');
    expect((await shell.run('kill -0 $(cat antes) && echo vive', 5_000)).output).toBe('vive\n');
    await shell.run('kill $(cat antes)', 5_000);
  });

  test('endless output is bounded to 64 KiB', async () => {
    const flood = await shell.run('head -c 3000000 /dev/zero | tr "\\0" x; exit_code=7; (exit 7)', 10_000);
    expect(flood.exitCode).toBe(7);
    expect(flood.output).toHaveLength(64 * 1024);
  });

  test('a step that ends the shell rejects with what it said; later steps reject too', async () => {
    await expect(shell.run('echo adios; exit 3', 5_000)).rejects.toThrow(/cerró el shell.*adios/s);
    await expect(shell.run('true', 5_000)).rejects.toThrow('ya se cerró');
  });

  test('what runs in the background outlives the shell', async () => {
    await shell.run('sleep 60 >/dev/null 2>&1 & echo $! > pid', 5_000);
    await shell.close();
    const pid = Number(readFileSync(path.join(folder, 'pid'), 'utf8'));
    expect(process.kill(pid, 0)).toBe(true);
    process.kill(pid, 'SIGKILL');
  });

  test('a folder that is not there is an error that names it', async () => {
    const wrong = openHostShell({ clock: systemClock, cwd: `${folder}/no-existe`, env: {} });
    await expect(wrong).rejects.toThrow(`${folder}/no-existe`);
  });
});
