import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { describeWithDocker } from '../helpers/engine.ts';
import { flat, goTo, newHome, openCourse, workFolder } from '../helpers/journey.ts';
import { keys } from '../helpers/terminal.ts';

describe.each([
  [80, 24],
  [120, 40],
])('an exercise at %d×%d', (columns, rows) => {
  it('is done wrongly, explained, done right, and still there tomorrow', async () => {
    const home = newHome();
    const terminal = openCourse(home, { columns, rows });
    await terminal.waitFor('Enter para empezar: 0.1');
    terminal.press(keys.enter);
    await terminal.waitFor('página 1 de');
    await goTo(terminal, 'palabra secreta', 'La palabra secreta');
    const asked = flat(
      await terminal.waitFor((screen) => flat(screen).includes('Veo: el archivo hola.txt: no existe')),
    );
    const file = path.join(workFolder(home, '0.1.b'), 'hola.txt');
    const word = /\b[a-zñáéíóú]+-\d+\b/.exec(asked)?.[0] ?? '';
    expect(word).not.toBe('');

    writeFileSync(file, 'pan-integral');
    const wrong = flat(await terminal.waitFor((screen) => flat(screen).includes('pan-integral')));
    expect(wrong).toMatch(/Veo: .*pan-integral.* Esperaba: /);
    expect(wrong).toContain('Por qué:');
    expect(wrong).toContain('Sigue por aquí:');
    expect(wrong).toContain('✗');

    writeFileSync(file, word);
    const right = flat(await terminal.waitFor('Todo en verde'));
    expect(right).toContain('✓');
    expect(right).toContain('conseguido');
    expect(right).toContain('evidencia:');

    terminal.press('q');
    await terminal.waitFor('1/3 ejercicios');
    terminal.press('q');
    expect((await terminal.exited).exitCode).toBe(0);

    const again = openCourse(home, { columns, rows });
    expect(await again.waitFor('Enter para seguir con 0.1')).toContain('1/3 ejercicios');
    again.press(keys.enter);
    await again.waitFor((screen) => flat(screen).includes('conseguido'));
    again.press(keys.ctrlC);
    await again.exited;
  });
});

it('gives hints, resets with a confirmation, and keeps the pass', async () => {
  const home = newHome();
  const terminal = openCourse(home);
  await terminal.waitFor('? ayuda');
  await goTo(terminal, 'palabra secreta', 'La palabra secreta');
  await terminal.waitFor('pista (0/4)');
  await terminal.waitFor('✗');
  terminal.press('p');
  await terminal.waitFor('Pista 1 de 4');
  terminal.press('p');
  await terminal.waitFor('Pista 2 de 4');
  const before = workFolder(home, '0.1.b');
  terminal.press('r');
  await terminal.waitFor('Reiniciar el ejercicio 0.1.b');
  terminal.press(keys.escape);
  await terminal.waitFor('pista (2/4)');
  terminal.press('r');
  await terminal.waitFor('Reiniciar el ejercicio 0.1.b');
  terminal.press(keys.enter);
  await terminal.waitFor('pista (0/4)');
  await terminal.waitFor('✗');
  expect(workFolder(home, '0.1.b')).not.toBe(before);
});

describe.skipIf(process.platform !== 'linux' || process.getuid?.() !== 0)(
  'on the real kernel, as root',
  () => {
    it('1.2.b: the folder in the wrong place is explained; the right one turns green', async () => {
      const home = newHome();
      const terminal = openCourse(home);
      await terminal.waitFor('? ayuda');
      await goTo(terminal, 'crear, meter, mirar y borrar', 'Ejemplo resuelto');
      // The page has highlighted code and no Markdown marks.
      expect(await terminal.waitFor('mkdir')).not.toContain('```');
      expect(terminal.output()).toMatch(/\u001b\[90m# /);
      await goTo(terminal, 'Crea un grupo y habítalo', 'Crea un grupo y habítalo');
      const asked = await terminal.waitFor(/pan-[0-9a-f]{4}/);
      const name = /pan-[0-9a-f]{4,}/.exec(asked)?.[0] ?? '';
      const v2 = readFileSync('/proc/mounts', 'utf8').includes('cgroup2 /sys/fs/cgroup ');
      const wrong = v2 ? path.join(workFolder(home, '1.2.b'), name) : `/sys/fs/cgroup/${name}`;
      mkdirSync(wrong);
      onTestFinished(() => remove(wrong));
      if (!v2) {
        const seen = flat(await terminal.waitFor((screen) => flat(screen).includes(`la carpeta ${wrong}`)));
        expect(seen).toMatch(/Por qué: .*(no en|fuera de) un controlador/);
        expect(seen).toContain(`Veo: el cgroup ${name}: la carpeta ${wrong}`);
      }
      remove(wrong);
      const right = `/sys/fs/cgroup/${v2 ? '' : 'pids/'}${name}`;
      mkdirSync(right);
      const sleeper = spawn('sleep', ['600'], { stdio: 'ignore' });
      const ended = new Promise((resolve) => sleeper.once('exit', resolve));
      onTestFinished(async () => {
        sleeper.kill('SIGKILL');
        await ended;
        remove(right);
      });
      await terminal.waitFor((screen) => flat(screen).includes('Creaste el grupo, pero está vacío'));
      writeFileSync(path.join(right, 'cgroup.procs'), String(sleeper.pid));
      const green = flat(await terminal.waitFor((screen) => flat(screen).includes('conseguido')));
      expect(green).toContain('evidencia: real');
    });
  },
);

const docker = (...args: string[]) => execFileSync('docker', args, { encoding: 'utf8' }).trim();

describeWithDocker('with Docker', () => {
  it('1.1.a: the container turns one check green, and the answer the other', async () => {
    const home = newHome();
    const terminal = openCourse(home, { columns: 120, rows: 40 });
    await terminal.waitFor('? ayuda');
    await goTo(terminal, 'El mismo proceso, visto desde fuera', 'El mismo proceso, visto desde fuera');
    const asked = await terminal.waitFor(/pan-[0-9a-f]{4}/);
    const name = /pan-[0-9a-f]{4,}/.exec(asked)?.[0] ?? '';
    await terminal.waitFor('✗');
    onTestFinished(() => {
      spawnSync('docker', ['rm', '-f', name], { stdio: 'ignore' });
    });
    docker('run', '-d', '--name', name, 'busybox:1.37', 'sleep', '600');
    await terminal.waitFor('conseguido');
    const pid = docker('inspect', '-f', '{{.State.Pid}}', name);
    terminal.press('e');
    await terminal.waitFor('Responder');
    terminal.press(`1${keys.backspace}`);
    terminal.press(`\u001b[200~${pid}\nrm -rf /\u001b[201~`);
    await terminal.waitFor(` ${pid}_`);
    terminal.press(keys.enter);
    await terminal.waitFor('Todo en verde');
  });
});

describeWithDocker('2.1.a with Docker', () => {
  it.each([
    [80, 24],
    [120, 40],
  ])(
    'open to all is explained; only for you turns green, and is still there at %d×%d',
    async (columns, rows) => {
      const home = newHome();
      const terminal = openCourse(home, { columns, rows });
      await terminal.waitFor('? ayuda');
      await goTo(terminal, 'publicar solo para ti', 'Publicar solo para ti');
      const asked = flat(await terminal.waitFor((screen) => /Veo: .*no existe/.test(flat(screen))));
      const name = /pan-[0-9a-f]{4,}/.exec(asked)?.[0] ?? '';
      const port = /127\.0\.0\.1:(\d+)/.exec(asked)?.[1] ?? '';
      expect([name, port]).toEqual([expect.stringMatching(/^pan-/), expect.stringMatching(/^\d+$/)]);
      onTestFinished(() => {
        spawnSync('docker', ['rm', '-f', name], { stdio: 'ignore' });
      });

      docker('create', '--name', name, '-p', `${port}:80`, 'nginx:1.29-alpine');
      const wrong = flat(await terminal.waitFor((screen) => flat(screen).includes('Antepón')));
      expect(wrong).toContain('abierto a toda tu red');

      docker('rm', name);
      await terminal.waitFor((screen) => /Veo: .*no existe/.test(flat(screen)));
      docker('run', '-d', '--name', name, '-p', `127.0.0.1:${port}:80`, 'nginx:1.29-alpine');
      const right = await terminal.waitFor('Todo en verde');
      expect(right).toContain('evidencia: Docker');
      terminal.press('q');
      await terminal.waitFor('1/4 ejercicios');
      terminal.press('q');
      expect((await terminal.exited).exitCode).toBe(0);

      const again = openCourse(home, { columns, rows });
      expect(await again.waitFor('Enter para seguir con 2.1')).toContain('1/4 ejercicios');
      again.press(keys.enter);
      await again.waitFor('Todo en verde');
      again.press(keys.ctrlC);
      await again.exited;
    },
  );
});

function remove(folder: string): void {
  try {
    rmdirSync(folder);
  } catch {
    // Already gone.
  }
}
