import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { curso, newHome, small, smallCourse, smallProgram, start } from './curso.ts';

const isRoot = process.getuid?.() === 0;
const progressOf = (home: string) => JSON.parse(readFileSync(path.join(home, 'progreso.json'), 'utf8'));

/** A small file system of its own, or undefined where it cannot be mounted. */
function mountedHome(options: string): string | undefined {
  if (!isRoot || process.platform !== 'linux') return undefined;
  const home = newHome();
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', options, 'tmpfs', home], { stdio: 'pipe' });
  } catch {
    return undefined;
  }
  onTestFinished(() => {
    execFileSync('umount', ['-l', home]);
  });
  return home;
}

describe('two terminals at once', () => {
  it('lose nothing of each other', async () => {
    const home = newHome();
    await small(['preparar', 'a.1.a'], { home });
    const rounds = [
      ['verificar', 'a.1.a'],
      ['pista', 'a.1.a'],
      ['verificar', 'a.1.a'],
      ['pista', 'a.2.a'],
      ['verificar', 'a.1.a'],
      ['responder', 'a.1.a', '4'],
    ];
    const ended = await Promise.all(rounds.map((args) => small(args, { home })));
    for (const { stderr } of ended) expect(stderr).toBe('');
    const { exercises } = progressOf(home);
    expect(exercises['a.1.a']).toMatchObject({ failures: 3, hintsUsed: 1 });
    expect(exercises['a.2.a']).toMatchObject({ hintsUsed: 1 });
    const attempt = JSON.parse(readFileSync(path.join(home, 'intentos', 'a.1.a.json'), 'utf8'));
    expect(attempt).toMatchObject({ failures: 3, hintsSeen: 1, answers: { letras: '4' } });
  });
});

describe('killed at any moment', () => {
  it('leaves something the next start can go on with', async () => {
    const home = newHome();
    await small(['preparar', 'a.1.a'], { home });
    const { token } = JSON.parse(readFileSync(path.join(home, 'intentos', 'a.1.a.json'), 'utf8'));
    for (const delayMs of [60, 90, 120, 150, 180, 220, 280, 350]) {
      const running = start(['pista', 'a.1.a'], { home, program: await smallProgram() });
      await new Promise((resolve) => setTimeout(resolve, delayMs));
      running.kill('SIGKILL');
      await running.ended;
      // Whatever is on the disk is whole.
      progressOf(home);
      JSON.parse(readFileSync(path.join(home, 'intentos', 'a.1.a.json'), 'utf8'));
    }
    const { code, stderr } = await small(['verificar', 'a.1.a'], { home });
    expect({ code, stderr }).toEqual({ code: 1, stderr: '' });
    expect(JSON.parse(readFileSync(path.join(home, 'intentos', 'a.1.a.json'), 'utf8')).token).toBe(token);
    expect(readdirSync(home).filter((name) => name.endsWith('.lock'))).toEqual([]);
  });

  it('finishes the reset that was interrupted', async () => {
    const home = newHome();
    await small(['preparar', 'a.1.a'], { home });
    const [folder = ''] = readdirSync(path.join(home, 'trabajo'));
    const token = folder.split('-').at(-1) ?? '';
    // What a reset leaves when it dies right after forgetting the attempt.
    mkdirSync(path.join(home, 'retirados'));
    writeFileSync(
      path.join(home, 'retirados', `${token}.json`),
      JSON.stringify({ token, exerciseId: 'a.1.a' }),
    );
    rmSync(path.join(home, 'intentos', 'a.1.a.json'));
    await small(['preparar', 'a.1.a'], { home });
    expect(existsSync(path.join(home, 'trabajo', folder))).toBe(false);
    expect(readdirSync(path.join(home, 'retirados'))).toEqual([]);
    expect(readdirSync(path.join(home, 'trabajo'))).toHaveLength(1);
  });
});

describe('a disk that keeps nothing', () => {
  it('says so and goes on, when it is read-only', async () => {
    const home = mountedHome('ro,size=64k') ?? newHome();
    if (!isRoot) chmodSync(home, 0o500);
    const { code, stdout, stderr } = await small(['verificar', 'a.1.a'], { home });
    expect(code).toBe(1);
    expect(stdout).toContain('✗ falta · saludo.txt');
    if (readdirSync(home).length > 0) return; // Root in a container that may not mount: nothing to see here.
    expect(stderr).toMatch(/no se está guardando: .*(solo lectura|permiso)/);
    expect(stderr).toContain('CURSO_K8S_HOME');
    expect(stderr).not.toMatch(/EROFS|EACCES|at .*\.js/);
    if (!isRoot) chmodSync(home, 0o700);
  });

  it('says so and goes on, when it is full', async () => {
    const home = mountedHome('size=16k,nr_inodes=64');
    if (home === undefined) return;
    try {
      writeFileSync(path.join(home, 'relleno'), Buffer.alloc(1024 * 1024));
    } catch {
      // Full, which is what was wanted.
    }
    const { code, stdout, stderr } = await small(['verificar', 'a.1.a'], { home });
    expect(code).toBe(1);
    expect(stdout).toContain('✗ falta · saludo.txt');
    expect(stderr).toContain('no se está guardando: no queda espacio en el disco');
    expect(stderr.match(/no se está guardando/g)?.length).toBeLessThanOrEqual(2);
    expect(readdirSync(home).filter((name) => name.endsWith('.tmp'))).toEqual([]);
  });

  it('reads the course all the same when the home cannot even be made', async () => {
    const home = path.join(newHome(), 'archivo');
    writeFileSync(home, '');
    expect((await small(['lecciones'], { home })).code).toBe(0);
    const { code, stdout, stderr } = await small(['pista', 'a.1.a'], { home });
    expect(code).toBe(0);
    expect(stdout).toContain('Pista 1 de 4');
    expect(stderr).toContain('no se está guardando');
    expect(stderr).not.toMatch(/at .*\.js/);
  });
});

describe('files that are not what they were', () => {
  it('sets damaged progress aside, says where, and goes on', async () => {
    const home = newHome();
    writeFileSync(path.join(home, 'progreso.json'), '{"version": 1, "exerc');
    const { code, stderr } = await small(['lecciones'], { home });
    expect(code).toBe(0);
    const aside = readdirSync(home).find((name) => name.startsWith('progreso.dañado-')) ?? '';
    expect(stderr).toContain(aside);
    expect(stderr).toContain('curso progreso importar');
    expect(readFileSync(path.join(home, aside), 'utf8')).toBe('{"version": 1, "exerc');
  });

  it('leaves alone what a later version wrote', async () => {
    const home = newHome();
    const future = '{"version":2,"exercises":{}}';
    writeFileSync(path.join(home, 'progreso.json'), future);
    const { stderr } = await small(['verificar', 'a.1.a'], { home });
    expect(stderr).toContain('versión más nueva del curso');
    expect(readFileSync(path.join(home, 'progreso.json'), 'utf8')).toBe(future);
  });

  it('draws another attempt when one is damaged', async () => {
    const home = newHome();
    await small(['preparar', 'a.1.a'], { home });
    writeFileSync(path.join(home, 'intentos', 'a.1.a.json'), '[]');
    const { code, stderr } = await small(['preparar', 'a.1.a'], { home });
    expect(code).toBe(0);
    expect(stderr).toContain('estaba dañado');
  });
});

describe('sudo', () => {
  it.skipIf(!isRoot || process.platform !== 'linux')('leaves files that their owner can use', async () => {
    const home = path.join(newHome(), 'datos');
    await small(['preparar', 'a.1.a'], {
      home,
      env: { SUDO_UID: '65534', SUDO_GID: '65534', SUDO_USER: 'nobody' },
    });
    const files = execFileSync('find', [home], { encoding: 'utf8' }).trim().split('\n');
    expect(files.length).toBeGreaterThan(5);
    for (const file of files) expect([statSync(file).uid, file]).toEqual([65534, file]);
  });

  it.skipIf(!isRoot || process.platform !== 'linux')('does not take away what was somebody’s', async () => {
    const home = newHome();
    chownSync(home, 65534, 65534);
    await small(['lecciones'], { home });
    expect(statSync(home).uid).toBe(65534);
  });
});

describe('progress in and out', () => {
  it('is exported, erased leaving a copy, and added again', async () => {
    const home = newHome();
    const file = path.join(newHome(), 'copia.json');
    await small(['pista', 'a.1.a'], { home });
    expect((await small(['progreso', 'exportar', file], { home })).code).toBe(0);
    const again = await small(['progreso', 'exportar', file], { home });
    expect(again).toMatchObject({ code: 2 });
    expect(again.stderr).toContain('ya hay un archivo con ese nombre');

    const asked = await small(['progreso', 'borrar'], { home });
    expect(asked.code).toBe(2);
    expect(asked.stderr).toContain('--si');
    expect(progressOf(home).exercises['a.1.a']).toBeDefined();
    const erased = await small(['progreso', 'borrar', '--si'], { home });
    expect(erased.stdout).toContain('progreso.copia-');
    expect(progressOf(home).exercises).toEqual({});

    await small(['pista', 'a.2.a'], { home });
    expect((await small(['progreso', 'importar', file], { home })).code).toBe(0);
    expect(Object.keys(progressOf(home).exercises)).toEqual(['a.1.a', 'a.2.a']);
    expect((await small(['progreso'], { home })).stdout).toContain('2 pistas vistas');
  });

  it.each([
    ['{"version":9}', 'versión más nueva'],
    ['hola', 'no es JSON válido'],
    ['{"x":1}', 'no dice de qué versión es'],
  ])('does not import %j', async (text, why) => {
    const home = newHome();
    const file = path.join(home, 'entra.json');
    writeFileSync(file, text);
    const { code, stderr } = await small(['progreso', 'importar', file], { home });
    expect(code).toBe(2);
    expect(stderr).toContain(why);
  });

  it('says that the file to import is not there', async () => {
    const { code, stderr } = await small(['progreso', 'importar', 'no-esta.json']);
    expect(code).toBe(2);
    expect(stderr).toContain('No existe el archivo');
  });
});

describe('cleaning', () => {
  // No engine: other containers of this machine are somebody else's business here.
  const env = { DOCKER_HOST: 'unix:///no/hay.sock' };

  it('shows the list, asks, and removes work but never progress', async () => {
    const home = newHome();
    await small(['pista', 'a.1.a'], { home });
    const asked = await small(['limpiar'], { home, env });
    expect(asked.code).toBe(2);
    expect(asked.stdout).toContain('el intento del ejercicio a.1.a');
    expect(asked.stderr).toContain('curso limpiar --si');
    expect(readdirSync(path.join(home, 'trabajo'))).toHaveLength(1);

    const cleaned = await small(['limpiar', '--si'], { home, env });
    expect(cleaned.stdout).toContain('Tu progreso sigue guardado.');
    expect(readdirSync(path.join(home, 'trabajo'))).toEqual([]);
    expect(readdirSync(path.join(home, 'intentos'))).toEqual([]);
    expect(progressOf(home).exercises['a.1.a'].hintsUsed).toBe(1);
  });

  it('has nothing to do in a new home', async () => {
    expect(await small(['limpiar'], { env: {} })).toMatchObject({ code: 0 });
  });
});

describe('the doctor', () => {
  it('tells what there is, and leaves it where lessons look', async () => {
    const home = newHome();
    const { code, stdout } = await curso(['doctor', '--json'], {
      home,
      env: { DOCKER_HOST: 'unix:///no/hay.sock' },
    });
    expect(code).toBe(0);
    const document = JSON.parse(stdout);
    expect(document).toMatchObject({ version: 1, ok: false });
    const docker = document.checks.find(({ id }: { id: string }) => id === 'docker');
    expect(docker).toMatchObject({ state: 'missing' });
    expect(docker.remedy).not.toBe('');
    expect(document.checks.map(({ id }: { id: string }) => id)).toEqual(
      expect.arrayContaining(['node', 'system', 'docker', 'kubectl', 'terminal', 'home']),
    );
    expect(JSON.parse(readFileSync(path.join(home, 'diagnostico.json'), 'utf8'))).toMatchObject({
      hecho: true,
      sistema: process.platform,
      docker: { listo: false },
    });
  });

  it('serves exercise 0.1.a', async () => {
    const home = newHome();
    expect((await curso(['verificar', '0.1.a'], { home })).code).toBe(1);
    await curso(['doctor'], { home });
    expect((await curso(['verificar', '0.1.a'], { home })).stdout).toMatch(/✓ conseguido/);
  });
});

describe('authors', () => {
  it('get a lesson that is sound as it is, and never lose one', async () => {
    const cwd = newHome();
    const made = await curso(['autor', 'nueva', '3.1', '--titulo', 'El Pod, por dentro'], { cwd });
    expect(made.code).toBe(0);
    expect(made.stdout).toContain('03-modulo-3/01-el-pod-por-dentro/leccion.md');
    const again = await curso(['autor', 'nueva', '3.1'], { cwd });
    expect(again.code).toBe(2);
    expect(again.stderr).toContain('Ya hay una lección 3.1');
    expect((await curso(['autor', 'nueva', '3.2'], { cwd })).stdout).toContain('03-modulo-3/02-leccion-3-2');
    const review = await curso(['autor', 'revisar', '.', '--solo-archivos'], { cwd });
    expect(review.stdout).toContain('2 lecciones y 2 ejercicios leídos');
  });

  it('prove an exercise for real, and see what is wrong in another', async () => {
    const home = newHome();
    const right = await curso(['autor', 'revisar', smallCourse, '--ejercicio', 'a.1.a', '--json'], { home });
    const document = JSON.parse(right.stdout);
    expect(document.exercises).toMatchObject([{ id: 'a.1.a', outcome: 'right' }]);
    expect(document.exercises[0].scenarios.map(({ part }: { part: string }) => part)).toEqual([
      'inicio',
      'solucion',
      'reinicio',
      'error',
      'error',
      'valida',
    ]);
    expect(right.code).toBe(document.problems.length === 0 ? 0 : 1);
    expect(readdirSync(path.join(home, 'trabajo'))).toEqual([]);
    expect(readdirSync(path.join(home, 'retirados'))).toEqual([]);

    const broken = path.join(newHome(), 'curso');
    execFileSync('cp', ['-r', smallCourse, broken]);
    const file = path.join(broken, '01-uno', '01-saludo', 'ejercicios.yaml');
    const text = readFileSync(file, 'utf8');
    writeFileSync(
      file,
      text.replace(
        'pasos: ["echo hola @{nombre} > saludo.txt"]\n      respuestas: { letras: 4 }',
        'pasos: ["echo adiós > saludo.txt"]\n      respuestas: { letras: 4 }',
      ),
    );
    const wrong = await curso(['autor', 'revisar', broken, '--ejercicio', 'a.1.a'], { home });
    expect(wrong.code).toBe(1);
    expect(wrong.stdout).toMatch(/✗ mal · solucion/);
    expect(wrong.stdout).toContain('mal: a.1.a');
  }, 90_000);
});

describe('something mounted in the work folder', () => {
  it.skipIf(!isRoot || process.platform !== 'linux')('is never deleted through', async () => {
    const home = newHome();
    const treasure = path.join(newHome(), 'cosas mías');
    mkdirSync(treasure);
    writeFileSync(path.join(treasure, 'única copia'), 'oro');
    await small(['preparar', 'a.1.a'], { home });
    const [name = ''] = readdirSync(path.join(home, 'trabajo'));
    const point = path.join(home, 'trabajo', name, 'raíz');
    mkdirSync(point);
    try {
      execFileSync('mount', ['--bind', treasure, point], { stdio: 'pipe' });
    } catch {
      return; // Root in a container that may not mount.
    }
    const env = { DOCKER_HOST: 'unix:///no/hay.sock' };
    const reset = await small(['reiniciar', 'a.1.a'], { home, env });
    const cleaned = await small(['limpiar', '--si'], { home, env });
    execFileSync('umount', [point]);
    expect(reset.code).toBe(3);
    expect(reset.stderr).toContain(`umount '${point}'`);
    expect(cleaned.stdout).toContain('hay algo montado');
    expect(readFileSync(path.join(treasure, 'única copia'), 'utf8')).toBe('oro');
    await small(['limpiar', '--si'], { home, env });
    expect(existsSync(path.join(home, 'trabajo', name))).toBe(false);
    expect(readFileSync(path.join(treasure, 'única copia'), 'utf8')).toBe('oro');
  });
});
