import { execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { curso, newHome, program, root, small, smallCourse } from './curso.ts';

const { version } = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8'));

const lessonsShape = z.strictObject({
  version: z.literal(1),
  modules: z.array(
    z.strictObject({
      id: z.string(),
      title: z.string(),
      lessons: z.array(
        z.strictObject({
          id: z.string(),
          title: z.string(),
          minutes: z.number(),
          optional: z.boolean(),
          status: z.enum(['pending', 'started', 'passed']),
          exercises: z.array(
            z.strictObject({
              id: z.string(),
              title: z.string(),
              status: z.enum(['pending', 'started', 'passed']),
            }),
          ),
        }),
      ),
    }),
  ),
});

describe('looking at the course', () => {
  it('says its version', async () => {
    expect(await curso(['--version'])).toMatchObject({ code: 0, stdout: `${version}\n`, stderr: '' });
    expect((await curso(['-V'])).stdout).toBe(`${version}\n`);
  });

  it('prints the index, the progress and what to do next when there is no terminal', async () => {
    const { code, stdout, stderr } = await small([]);
    expect(code).toBe(0);
    expect(stderr).toBe('');
    expect(stdout).toContain('0 % hecho');
    expect(stdout).toMatch(/a\.1 .*0\/1.*por hacer/);
    expect(stdout).toContain('curso leccion a.1');
    expect(stdout).toContain('curso preparar a.1.a');
    expect(stdout).not.toMatch(/\u001b/);
  });

  it('opens somebody else’s folder of lessons', async () => {
    const { code, stdout } = await curso(['lecciones', '--curso', smallCourse]);
    expect(code).toBe(0);
    expect(stdout).toMatch(/a\.1 .*0\/1/);
    expect((await curso(['--curso', smallCourse])).stdout).toContain('curso leccion a.1');
  });

  it('lists lessons as text and as JSON', async () => {
    const [text, json] = await Promise.all([curso(['lecciones']), curso(['lecciones', '--json'])]);
    expect(text.stdout).toMatch(/M1 {2}Contenedores por dentro/);
    const document = lessonsShape.parse(JSON.parse(json.stdout));
    expect(document.modules.map(({ id }) => id)).toContain('M1');
    expect(json.stderr).toBe('');
  });

  it('prints a whole lesson within 80 columns, with every page of it', async () => {
    const { code, stdout } = await small(['leccion', 'a.1']);
    expect(code).toBe(0);
    for (const line of stdout.split('\n')) expect([...line].length, line).toBeLessThanOrEqual(80);
    expect(stdout).toContain('¿Cuánto ocupa un archivo vacío?');
    expect(stdout).toContain('Escribe `hola <nombre>` en `saludo.txt`.');
    expect(stdout).toContain('curso verificar a.1.a');
    expect(stdout).not.toContain('@{');
  });

  it('finds a lesson by its other name, and by one of its exercises', async () => {
    const [byId, byAlias] = await Promise.all([curso(['leccion', '1.2']), curso(['leccion', 'CGROUPS'])]);
    expect(byAlias.stdout).toBe(byId.stdout);
    expect(byId.stdout.split('\n')[0]).toBe('1.2 cgroups v1 y v2: medir y limitar');
    // What depends on the machine is told in words, never as the author's expression.
    expect(byId.stdout).not.toContain('mundo.');
  });

  it('reads aloud what is drawn when it must be linear', async () => {
    const { stdout } = await curso(['leccion', '1.2', '--accesible']);
    expect(stdout).toContain('Diagrama:');
    expect(stdout).not.toMatch(/[─│┌└├]{3}/);
    const list = await curso(['lecciones', '--accesible']);
    expect(list.stdout).toMatch(/1\.2 cgroups.*: por hacer, 0\/\d ejercicios, 20 minutos/);
  });

  it('prints the cheat sheets', async () => {
    const names = await curso(['chuleta']);
    expect(names.stdout.split('\n')).toContain('curso chuleta dockerfile');
    expect((await curso(['chuleta', 'docker'])).stdout).toContain('docker run');
    const later = await curso(['chuleta', 'kubectl']);
    expect(later).toMatchObject({ code: 2, stdout: '' });
    expect(later.stderr).toContain('llega con');
  });

  it('honours colour: none in a pipe, unless asked for', async () => {
    const forced = await small(['lecciones'], { env: { FORCE_COLOR: '1', NO_COLOR: '' } });
    expect(forced.stdout).toMatch(/\u001b\[1m/);
    expect((await small(['lecciones'], { env: { NO_COLOR: '' } })).stdout).not.toMatch(/\u001b/);
  });

  it('says nothing when whoever reads it stops reading', async () => {
    const home = newHome();
    const script = `"${process.execPath}" "${program}" leccion 1.2; echo "código $?" >&2`;
    const out = execFileSync(
      'sh',
      ['-c', `{ ${script}; } 2>&1 >/dev/full | head -5; { ${script}; } | head -1`],
      {
        env: { ...process.env, CURSO_K8S_HOME: home },
        encoding: 'utf8',
        stdio: ['ignore', 'pipe', 'pipe'],
      },
    );
    expect(out).not.toMatch(/at .*\.js:\d+/);
  });
});

describe('wrong use', () => {
  it.each([
    [['lecion'], 'No existe la orden `lecion`', '`curso leccion`'],
    [['progreso', 'exportr', 'x'], 'No existe la orden `exportr`', '`curso progreso exportar`'],
    [['leccion'], 'Falta decir `<lección>`', 'curso leccion --help'],
    [['leccion', 'cgrups'], 'No existe la lección ni el ejercicio `cgrups`', 'cgroups'],
    [['leccion', '1.2', 'sobra'], 'Sobran argumentos', 'curso leccion --help'],
    [['verificar', '1.2.z'], 'No existe', '1.2'],
    [['verificar', '1.2/z'], 'no tiene el ejercicio `z`', '1.2.a'],
    [['verificar', '1.2.a', '--jsn'], 'no tiene la opción `--jsn`', '`--json`'],
    [['verificar', '1.2.a', '--junit'], 'le falta su valor', 'curso verificar --help'],
    [['preparar', '1.2'], 'hace falta un ejercicio', '1.2.a'],
    [['chuleta', 'dockr'], 'No hay una chuleta', '`docker`'],
    [['autocompletado', 'tcsh'], 'No hay autocompletado', 'bash, zsh y fish'],
    [['autor', 'revisar', '/no/existe'], 'No existe la carpeta', 'ruta'],
    [['autor', 'nueva', 'tres'], 'no vale como número', '3.1'],
    [['--nada'], 'no tiene la opción `--nada`', 'curso --help'],
  ])('%j gets exit code 2, what is wrong and what there is', async (args, what, remedy) => {
    const { code, stdout, stderr } = await curso(args);
    expect(stdout).toBe('');
    expect(stderr).toContain(what);
    expect(stderr).toContain(remedy);
    expect(stderr).not.toMatch(/error:|unknown|missing|argument '|at .*\.js:/i);
    expect(code).toBe(2);
  });

  it('answers help in Spanish for the program and for each command', async () => {
    const { stdout, code } = await curso(['--help']);
    expect(code).toBe(0);
    const names = [...stdout.matchAll(/^ {2}([a-z]+)(?: |$)/gm)].map(([, name]) => name ?? '');
    expect(names).toEqual(expect.arrayContaining(['verificar', 'doctor', 'limpiar', 'autor', 'ayuda']));
    const pages = await Promise.all(
      names.filter((name) => name !== 'ayuda').map((name) => curso([name, '--help'])),
    );
    for (const page of pages) {
      expect(page.code).toBe(0);
      expect(page.stdout).toMatch(/^Uso: curso /);
      expect(page.stdout).not.toMatch(/Usage|Options|Arguments|Commands|display|output the/);
      for (const line of page.stdout.split('\n')) expect([...line].length, line).toBeLessThanOrEqual(100);
    }
    expect((await curso(['ayuda', 'verificar'])).stdout).toBe((await curso(['verificar', '--help'])).stdout);
  });
});

describe('when the program itself is broken', () => {
  /** The installed package, with one file replaced. */
  const brokenPackage = (file: string, text: string) => {
    const copy = mkdtempSync(path.join(tmpdir(), 'curso-roto-'));
    cpSync(path.join(root, 'dist'), path.join(copy, 'dist'), { recursive: true });
    writeFileSync(path.join(copy, 'package.json'), '{"type":"module"}');
    for (const folder of ['lessons', 'assets']) symlinkSync(path.join(root, folder), path.join(copy, folder));
    writeFileSync(path.join(copy, 'dist', 'curso', file), text);
    return {
      program: path.join(copy, 'dist', 'cli.js'),
      remove: () => rmSync(copy, { recursive: true, force: true }),
    };
  };

  it('says that the installation is damaged', async () => {
    const broken = brokenPackage('indice.json', '{');
    const { code, stderr } = await curso(['lecciones'], { program: broken.program });
    broken.remove();
    expect(code).toBe(3);
    expect(stderr).toMatch(/No se puede abrir el curso.*instalarlo/s);
  });

  it('tells a fault of ours in Spanish, and keeps the details in a file', async () => {
    const home = newHome();
    const broken = brokenPackage('indice.json', '{}');
    const { code, stdout, stderr } = await curso(['lecciones'], { program: broken.program, home });
    broken.remove();
    expect(code).toBe(1);
    expect(stdout).toBe('');
    expect(stderr).toContain('por un fallo suyo');
    expect(stderr).not.toMatch(/TypeError|at .*\.js/);
    const [report = ''] = readdirSync(path.join(home, 'logs'));
    const details = readFileSync(path.join(home, 'logs', report), 'utf8');
    expect(details).toContain('orden: curso lecciones');
    expect(details).toContain('TypeError');
  });
});

describe('completion', () => {
  it('completes commands, lessons, exercises, options and files in bash', async () => {
    const { stdout: script } = await small(['autocompletado', 'bash']);
    const complete = (...words: readonly string[]) =>
      execFileSync(
        'bash',
        [
          '-c',
          `${script}\nCOMP_WORDS=(curso "$@"); COMP_CWORD=${words.length}; _curso; printf '%s\\n' "\${COMPREPLY[@]}"`,
          'bash',
          ...words,
        ],
        { encoding: 'utf8', cwd: smallCourse },
      )
        .trim()
        .split('\n');
    expect(complete('ver')).toEqual(['verificar']);
    expect(complete('verificar', 'a.1')).toEqual(['a.1', 'a.1.a']);
    expect(complete('preparar', 'a')).toEqual(['a.1.a', 'a.2.a']);
    expect(complete('verificar', '--ju')).toEqual(['--junit']);
    expect(complete('progreso', 'im')).toEqual(['importar']);
    expect(complete('progreso', 'importar', '01')).toEqual(['01-uno']);
    expect(complete('autocompletado', 'f')).toEqual(['fish']);
  });

  it('writes scripts that zsh and fish accept, where they are', async () => {
    for (const shell of ['zsh', 'fish']) {
      const { stdout, code } = await small([`completion`, shell]);
      expect(code).toBe(0);
      expect(stdout).toContain('a.1.a');
      try {
        // A file and not the standard input: zsh cannot open what is not a pipe nor a file by name.
        const script = path.join(newHome(), `curso.${shell}`);
        writeFileSync(script, stdout);
        execFileSync(shell, ['-n', script], { stdio: ['ignore', 'pipe', 'pipe'] });
      } catch (error) {
        if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error;
      }
    }
  });
});
