import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createFilesView } from '../../src/backends/files.ts';
import { systemClock } from '../../src/base/clock.ts';
import { seededRandom } from '../../src/base/random.ts';
import type { Unavailable } from '../../src/checks/backend.ts';
import { createExerciseService } from '../../src/commands/services/exercises.ts';
import { finishLeftovers } from '../../src/commands/services/leftovers.ts';
import { type AttemptStore, openAttemptStore } from '../../src/course/attempts.ts';
import { openProgressStore } from '../../src/course/progress-store.ts';
import type { Report } from '../../src/course/services.ts';
import type { ChooseWorld, World } from '../../src/course/world.ts';
import { exerciseOf } from '../helpers/exercise.ts';

let home = '';
let attempts: AttemptStore;
let stop: AbortController;
beforeEach(() => {
  home = mkdtempSync(path.join(tmpdir(), 'curso-servicios-'));
  attempts = openAttemptStore({ folder: home }, systemClock);
  stop = new AbortController();
});
afterEach(() => {
  stop.abort();
  rmSync(home, { recursive: true, force: true });
});

const dockerOff: Unavailable = { reason: 'docker-stopped', why: 'Está parado.', next: 'Arráncalo.' };

/** A world over real folders, with a shell that only writes down what it is asked. */
function fakeWorld(ran: string[], cleaned: string[], missing: World['facts']['missing'] = {}): World {
  const never = () => Promise.reject(new Error('not here'));
  return {
    facts: { cgroup: 'desconocido', rung: 'none', announcement: 'Aquí.', missing },
    openBackend: async (attempt) => ({
      files: createFilesView(attempts.folder(attempt)),
      missing,
      onChange: () => () => {},
      close: async () => {},
    }),
    openShell: async () => ({
      run: async (step) => {
        ran.push(step);
        return step.includes('falla')
          ? { exitCode: 7, output: 'uno\n\u001b[31mdos\u001b[0m\n' }
          : { exitCode: 0, output: '' };
      },
      close: async () => {},
    }),
    interactive: (attempt) => ({
      argv: ['sh'],
      env: { PATH: '/bin' },
      cwd: attempt ? attempts.folder(attempt) : home,
    }),
    clean: async (token) => {
      cleaned.push(token);
      return { removed: [], left: [] };
    },
    cleanProof: never,
  };
}

const service = (chooseWorld: ChooseWorld) =>
  createExerciseService({
    lesson: async () => undefined,
    attempts,
    progress: openProgressStore({ folder: home }, systemClock),
    chooseWorld,
    clock: systemClock,
    random: seededRandom(7),
    home: { folder: home },
    packageRoot: '/paquete',
    platform: process.platform,
    wakeCluster: async () => undefined,
    env: { PATH: '/usr/bin' },
    signal: stop.signal,
  });

describe('exercise services', () => {
  it('set the scene once, with the attempt’s own names', async () => {
    const ran: string[] = [];
    const exercises = service(async () => fakeWorld(ran, []));
    const exercise = exerciseOf({ start: { files: [], steps: ['touch @{masa}', 'echo @{intento}'] } });
    const told: string[] = [];
    const first = await exercises.prepare(exercise, stop.signal, (line) => told.push(line));
    expect(first).toMatchObject({ ok: true, open: { prepared: true, needsPreparing: true } });
    const { masa } = first.open.attempt.parameters;
    expect(ran).toEqual([`touch ${masa}`, `echo ${first.open.attempt.token}`]);
    expect(told).toEqual(ran);
    expect((await exercises.prepare(exercise, stop.signal)).ok).toBe(true);
    expect(ran).toHaveLength(2);
  });

  it('say which step failed and what it said, and try again the next time', async () => {
    const ran: string[] = [];
    const exercises = service(async () => fakeWorld(ran, []));
    const exercise = exerciseOf({ start: { files: [], steps: ['bien', 'falla', 'nunca'] } });
    const set = await exercises.prepare(exercise, stop.signal);
    expect(set).toMatchObject({ ok: false, open: { prepared: false } });
    expect(!set.ok && set.why).toContain('`falla` terminó con el código 7:\nuno\ndos');
    await exercises.prepare(exercise, stop.signal);
    expect(ran).toEqual(['bien', 'falla', 'bien', 'falla']);
  });

  it('do not run a scene where its world is missing', async () => {
    const ran: string[] = [];
    const exercises = service(async () => fakeWorld(ran, [], { docker: dockerOff }));
    const exercise = exerciseOf({ world: 'docker', start: { files: [], steps: ['docker run x'] } });
    expect(await exercises.prepare(exercise, stop.signal)).toMatchObject({
      ok: false,
      why: 'Está parado.',
      next: 'Arráncalo.',
    });
    expect(ran).toEqual([]);
  });

  it('record a pass while watching, follow answers at once, and count no failures', async () => {
    const exercises = service(async () => fakeWorld([], []));
    const exercise = exerciseOf({});
    const { folder, attempt } = await exercises.open(exercise);
    writeFileSync(path.join(folder, 'receta.txt'), `${attempt.parameters['masa']}\n2 kg`);
    const reports: Report[] = [];
    // Resolves when everything it saw is kept.
    await exercises.watch(exercise, stop.signal, (report) => {
      reports.push(report);
      if (reports.length === 1) void exercises.answer(exercise, 'kilos', '2');
      if (report.outcome === 'passed') stop.abort();
    });
    expect(reports[0]?.outcome).not.toBe('passed');
    expect(reports.at(-1)).toMatchObject({ outcome: 'passed', afterword: 'Bien hecho.' });
    const saved = JSON.parse(readFileSync(path.join(home, 'progreso.json'), 'utf8'));
    expect(saved.exercises['X.a']).toMatchObject({ failures: 0, evidenceLevel: 'estático' });
    expect(saved.current.lessonId).toBe('X');
  });

  it('notice that Docker came back', async () => {
    let off = true;
    let chosen = 0;
    const exercises = service(async () => {
      chosen += 1;
      return fakeWorld([], [], off ? { docker: dockerOff } : {});
    });
    const exercise = exerciseOf({ world: 'docker' });
    const first = await exercises.open(exercise);
    expect(first.world.missing.docker).toEqual(dockerOff);
    off = false;
    expect((await exercises.open(exercise)).world.missing.docker).toBeUndefined();
    const before = chosen;
    await exercises.open(exercise);
    expect(chosen).toBe(before);
  });

  it('clean what they made when resetting, and leave a note while they cannot', async () => {
    const cleaned: string[] = [];
    let off = true;
    const choose: ChooseWorld = async () => fakeWorld([], cleaned, off ? { docker: dockerOff } : {});
    const exercises = service(choose);
    const exercise = exerciseOf({ world: 'docker' });
    const { attempt, folder } = await exercises.open(exercise);
    const reset = await exercises.reset(exercise, stop.signal);
    expect(reset.pending).toEqual([dockerOff]);
    expect(cleaned).toEqual([attempt.token]);
    expect(readdirSync(path.dirname(folder))).toEqual([]);
    expect(await attempts.leftovers()).toEqual([{ token: attempt.token, exerciseId: 'X.a' }]);
    // Still stopped: the note stays. Back again: it is finished.
    await finishLeftovers(attempts, choose, stop.signal);
    expect(await attempts.leftovers()).toHaveLength(1);
    off = false;
    await finishLeftovers(attempts, choose, stop.signal);
    expect(await attempts.leftovers()).toEqual([]);
    expect(cleaned).toEqual([attempt.token, attempt.token, attempt.token]);
  });

  it('give every terminal its own curso, in the working folder', async () => {
    const exercises = service(async () => fakeWorld([], []));
    const exercise = exerciseOf({});
    const { folder } = await exercises.open(exercise);
    const terminal = await exercises.terminal(exercise);
    expect(terminal.cwd).toBe(folder);
    expect(terminal.env['CURSO_K8S_HOME']).toBe(home);
    expect(terminal.env['PATH']?.split(path.delimiter)).toEqual([path.join(home, 'bin'), '/bin']);
    const [launcher = ''] = readdirSync(path.join(home, 'bin'));
    expect(readFileSync(path.join(home, 'bin', launcher), 'utf8')).toContain(
      '/paquete/dist/cli.js'.replaceAll('/', path.sep),
    );
  });
});
