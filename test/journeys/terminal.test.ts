import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { flat, goTo, newHome, openCourse, workFolder } from '../helpers/journey.ts';
import { keys, openTestTerminal, type TestTerminal } from '../helpers/terminal.ts';

const asFound = { alternate: false, bracketedPaste: false, mouse: 'none', cursorHidden: false };

/** A shell that runs the course, so that what is left of the terminal can be seen after it. */
function openInShell(home: string, env: { readonly [name: string]: string } = {}): TestTerminal {
  return openTestTerminal(
    '/bin/sh',
    ['-c', `"${process.execPath}" dist/cli.js; echo "FIN $?"; stty -a; sleep 60`],
    {
      env: { CURSO_K8S_HOME: home, ...env },
    },
  );
}

describe.skipIf(process.platform === 'win32')('the terminal comes back as it was', () => {
  it.each([
    ['q', 'q', 'FIN 0'],
    ['Ctrl-C', keys.ctrlC, 'FIN 0'],
  ])('after %s', async (_name, key, end) => {
    const terminal = openInShell(newHome());
    await terminal.waitFor('Enter para empezar');
    expect(terminal.modes()).toMatchObject({ alternate: true, cursorHidden: true });
    terminal.press(key);
    const after = await terminal.waitFor(/ icanon/);
    expect(after).toContain(end);
    expect(after).toContain('Tu progreso está guardado');
    expect(after).toMatch(/(^|\s)echo\s/m);
    expect(terminal.modes()).toEqual(asFound);
    terminal.kill('SIGKILL');
  });

  it.each(['SIGTERM', 'SIGHUP', 'SIGINT'] as const)('after %s', async (signal) => {
    const terminal = openCourse(newHome());
    await terminal.waitFor('? ayuda');
    await terminal.waitFor('Docker');
    process.kill(terminal.pid, signal);
    await terminal.exited;
    expect(terminal.modes()).toEqual(asFound);
  });

  it('after a crash, which is told in Spanish and without a stack trace', async () => {
    const home = newHome();
    const bomb = path.join(home, 'bomba.cjs');
    writeFileSync(bomb, 'setTimeout(() => { throw new Error("bum"); }, 1500);');
    const terminal = openInShell(home, { NODE_OPTIONS: `--require ${bomb}` });
    await terminal.waitFor('Enter para empezar');
    const after = await terminal.waitFor(/ icanon/);
    expect(after).toContain('FIN 1');
    expect(after).toContain('Tu progreso está guardado');
    expect(after).not.toMatch(/\bat .*:\d+:\d+/);
    expect(terminal.modes()).toEqual(asFound);
    terminal.kill('SIGKILL');
  });

  it('for a shell, also when the shell is killed, and the exercise goes on behind it', async () => {
    const home = newHome();
    const terminal = openCourse(home, { env: { SHELL: '/bin/bash', HOME: home } });
    await terminal.waitFor('? ayuda');
    await goTo(terminal, 'palabra secreta', 'La palabra secreta');
    await terminal.waitFor('✗');
    terminal.press('t');
    await terminal.waitFor(/Ctrl-D[\s\S]*0\.1\.b/);
    expect(terminal.modes()).toMatchObject({ alternate: false, cursorHidden: false });
    terminal.press('echo hogaza-000 > hola.txt\r');
    terminal.press('exit\r');
    const back = flat(await terminal.waitFor((screen) => /Veo: .*hogaza-000/.test(flat(screen))));
    expect(back).toContain('Veo: el archivo hola.txt');
    expect(terminal.modes()).toMatchObject({ alternate: true, cursorHidden: true });

    terminal.press('t');
    await terminal.waitFor((screen) => !screen.includes('Comprobaciones'));
    terminal.press('kill -9 $$\r');
    await terminal.waitFor('De vuelta en el curso');
    terminal.press(keys.escape);
    await terminal.waitFor('0/3 ejercicios');
    terminal.press('q');
    await terminal.exited;
    expect(terminal.modes()).toEqual(asFound);
  });
});

it.skipIf(process.platform === 'win32')(
  'lays itself out for a size that changed while a shell was open',
  async () => {
    const home = newHome();
    const terminal = openCourse(home, { env: { SHELL: '/bin/bash', HOME: home } });
    await terminal.waitFor('? ayuda');
    await goTo(terminal, 'palabra secreta', 'La palabra secreta');
    await terminal.waitFor('✗');
    terminal.press('t');
    await terminal.waitFor(/Ctrl-D[\s\S]*0\.1\.b/);
    terminal.resize(120, 40);
    terminal.press('exit\r');
    await terminal.waitFor((screen) => screen.split('\n')[1] === '─'.repeat(120) && /│ ✗ /.test(screen));
  },
);

describe('any size', () => {
  it('leaves no residue when it changes: the screen is that of a fresh start', async () => {
    const home = newHome();
    const terminal = openCourse(home, { columns: 120, rows: 40 });
    await terminal.waitFor('? ayuda');
    await terminal.waitFor(/Docker [●○]/);
    for (const [columns, rows] of [
      [60, 20],
      [100, 30],
      [61, 40],
      [140, 24],
      [80, 24],
    ] as const) {
      terminal.resize(columns, rows);
      const rule = '─'.repeat(columns);
      await terminal.waitFor(
        (screen) =>
          screen.split('\n')[1] === rule && (screen.split('\n')[rows - 1] ?? '').includes('? ayuda'),
      );
    }
    const fresh = openCourse(home);
    await fresh.waitFor('? ayuda');
    const wanted = await fresh.waitFor(/Docker [●○]/);
    await terminal.waitFor((screen) => screen === wanted);
  });

  it('says so below 60×20, and recovers', async () => {
    const terminal = openCourse(newHome());
    await terminal.waitFor('? ayuda');
    terminal.resize(59, 19);
    const small = flat(await terminal.waitFor('59×19'));
    expect(small).toContain('al menos 60×20');
    expect(small).not.toContain('ayuda');
    terminal.press(keys.down);
    terminal.resize(60, 20);
    await terminal.waitFor('Enter para empezar: 0.1');
  });

  it('starts too small, and recovers', async () => {
    const terminal = openCourse(newHome(), { columns: 40, rows: 10 });
    await terminal.waitFor('40×10');
    terminal.resize(80, 24);
    await terminal.waitFor('? ayuda');
  });

  it('fits an exercise in 60×20 with the next step and the keys in sight', async () => {
    const home = newHome();
    const terminal = openCourse(home, { columns: 60, rows: 20 });
    await terminal.waitFor('? ayuda');
    await goTo(terminal, 'palabra secreta', 'La palabra secreta');
    const screen = await terminal.waitFor('✗');
    const lines = screen.split('\n');
    expect(lines).toHaveLength(20);
    expect(await terminal.waitFor('Sigue por aquí:')).toContain('? ayuda');
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(60);
    expect(workFolder(home, '0.1.b')).toContain('0.1.b');
  });
});

describe('keys', () => {
  it('typed before anything is on the screen are not lost, and never on it', async () => {
    const terminal = openCourse(newHome());
    terminal.press(`jj${keys.up}`);
    const screen = await terminal.waitFor(/▸ +1\.1 /);
    expect(screen).not.toContain('jj');
    expect(screen).not.toContain('^[[A');
  });

  it('in a burst are understood one by one', async () => {
    const terminal = openCourse(newHome());
    await terminal.waitFor('? ayuda');
    terminal.press('jjjkj');
    await terminal.waitFor(/▸ +1\.3 /);
    terminal.press(`/pid 1${keys.escape}`);
    await terminal.waitFor(/▸ +1\.3 /);
  });

  it('of the mouse, and pastes where nothing is written, do nothing at all', async () => {
    const terminal = openCourse(newHome());
    await terminal.waitFor('? ayuda');
    await terminal.waitFor(/Docker [●○]/);
    const before = terminal.screen().join('\n');
    terminal.press('\u001b[<0;10;5M\u001b[<0;10;5m\u001b[M qq\u001b[32;10;5M\u001b[I\u001b[O');
    terminal.press('\u001b[200~q\nrm -rf /\n\u001b[201~');
    terminal.press('?');
    await terminal.waitFor('Moverse');
    terminal.press(keys.escape);
    await terminal.waitFor((screen) => screen === before);
  });

  it('pasted in a search become its first line, clean', async () => {
    const terminal = openCourse(newHome());
    await terminal.waitFor('? ayuda');
    terminal.press('/');
    await terminal.waitFor('Buscar:');
    terminal.press('\u001b[200~\ncgroup\u001b[31m v2\nborrar todo\u001b[201~');
    await terminal.waitFor('Buscar: cgroup v2_');
  });
});

describe('how it is drawn', () => {
  it('uses no colour with NO_COLOR, and says the same', async () => {
    const terminal = openCourse(newHome(), { env: { NO_COLOR: '1' } });
    await terminal.waitFor('? ayuda');
    await goTo(terminal, 'palabra secreta', 'La palabra secreta');
    await terminal.waitFor((screen) => flat(screen).includes('✗ hola.txt'));
    expect(terminal.output().replace(/\u001b\[0m(?=\u001b\[\?1000l)/g, '')).not.toMatch(/\u001b\[[0-9;]*m/);
  });

  it('puts the screens one below the other where the cursor cannot move', async () => {
    const terminal = openCourse(newHome(), { env: { TERM: 'dumb' } });
    await terminal.waitFor('Teclas:');
    terminal.press('q');
    await terminal.exited;
    expect(terminal.output()).not.toMatch(/\u001b\[(\d*[ABCDEFGHJK]|\?1049h)/);
  });

  it('uses ASCII alone where the locale does not promise UTF-8', async () => {
    const terminal = openCourse(newHome(), { env: { LANG: 'C', LC_ALL: 'C' } });
    const screen = await terminal.waitFor('? ayuda');
    expect(screen).toContain('Contenedores por dentro');
    expect(screen).toContain('Tu laboratorio: que tienes');
    terminal.press('q');
    await terminal.exited;
    expect([...terminal.output()].every((character) => (character.codePointAt(0) ?? 0) < 0x80)).toBe(true);
  });

  it('is told line by line with --accesible: no drawing, no repaint, nothing while idle', async () => {
    const home = newHome();
    const terminal = openCourse(home, { args: ['--accesible'] });
    await terminal.waitFor('Teclas:');
    terminal.press(keys.enter);
    await terminal.waitFor(/Predice antes de seguir/);
    terminal.press(keys.down);
    await terminal.waitFor(/2 de 3:/);
    terminal.press('/');
    await terminal.waitFor('Buscar:');
    terminal.press('palabra secreta');
    await terminal.waitFor('La palabra secreta');
    terminal.press(keys.enter);
    await terminal.waitFor((screen) => /hola.txt contiene \S+ y nada más: falta/.test(flat(screen)));
    const quiet = terminal.output().length;
    await new Promise((resolve) => setTimeout(resolve, 1200));
    expect(terminal.output().length).toBe(quiet);
    writeFileSync(path.join(workFolder(home, '0.1.b'), 'hola.txt'), 'otra');
    await terminal.waitFor((screen) => flat(screen).includes('otra'));
    expect(terminal.output()).not.toMatch(/[─│█░▸●○]/);
    expect(terminal.output()).not.toMatch(/\u001b\[(\d*[ABCDEFGHJK]|\?1049h)/);
    terminal.press(keys.ctrlC);
    await terminal.exited;
  });
});

it('opens and says that progress is not being kept when the home cannot be written', async () => {
  const home = newHome();
  writeFileSync(path.join(home, 'archivo'), '');
  const terminal = openCourse(path.join(home, 'archivo', 'dentro'));
  await terminal.waitFor('? ayuda');
  terminal.press(keys.enter);
  const said = flat(await terminal.waitFor('Tu progreso no se está guardando'));
  // The reason fits in the line, even in 80 columns.
  expect(said).toContain('Tu progreso no se está guardando: hay un archivo donde');
});
