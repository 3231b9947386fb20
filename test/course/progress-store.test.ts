import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../src/base/clock.ts';
import { emptyProgress, failExercise, passExercise } from '../../src/course/progress.ts';
import { openProgressStore } from '../../src/course/progress-store.ts';

let folder = '';
let file = '';
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'curso-progreso-'));
  file = path.join(folder, 'progreso.json');
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

const open = () => openProgressStore({ folder }, systemClock);

describe('progress on disk', () => {
  it('is empty at first, and found again', async () => {
    expect(await open().load()).toEqual({ progress: emptyProgress, notices: [], kept: true });
    await open().update((before) => passExercise(before, '1.1.a', 'real', 5));
    expect((await open().load()).progress.exercises['1.1.a']).toMatchObject({ passedAt: 5 });
    expect(readdirSync(folder)).toEqual(['progreso.json']);
  });

  it('loses nothing when two write at once', async () => {
    const stores = [open(), open(), open()];
    await Promise.all(
      Array.from({ length: 30 }, (_, turn) =>
        stores[turn % 3]?.update((before) =>
          failExercise(passExercise(before, `x.${turn}`, 'real', 1), 'comun', 1),
        ),
      ),
    );
    const { progress } = await open().load();
    expect(Object.keys(progress.exercises)).toHaveLength(31);
    expect(progress.exercises['comun']?.failures).toBe(30);
  });

  it('sets a damaged file aside and says where it is', async () => {
    for (const damage of ['{"version":1,', '[]', '', '\u0000\u0001']) {
      writeFileSync(file, damage);
      const { notices, kept } = await open().update((before) => passExercise(before, 'x', 'real', 1));
      expect(kept).toBe(true);
      expect(notices.join()).toMatch(/dañado .*Lo aparté en .*progreso importar/);
      const aside = /en (\S+\.json) y/.exec(notices.join())?.[1] ?? '';
      expect(readFileSync(aside, 'utf8')).toBe(damage);
      expect((await open().load()).progress.exercises['x']).toBeDefined();
    }
    // Four damages in the same second: none wrote over another.
    expect(readdirSync(folder).filter((name) => name.includes('dañado'))).toHaveLength(4);
  });

  it('only looking at a damaged file also sets it aside', async () => {
    writeFileSync(file, 'basura');
    expect((await open().load()).notices.join()).toContain('Lo aparté en');
    expect((await open().load()).notices).toEqual([]);
  });

  it('keeps the original when part of it makes no sense', async () => {
    const strange = JSON.stringify({ version: 1, exercises: { a: { startedAt: 'ayer' } } });
    writeFileSync(file, strange);
    const { notices } = await open().update((before) => passExercise(before, 'b', 'real', 1));
    expect(notices.join()).toContain('exercises.a');
    const copy = readdirSync(folder).find((name) => name.includes('dañado')) ?? '';
    expect(JSON.parse(readFileSync(path.join(folder, copy), 'utf8'))).toEqual(JSON.parse(strange));
  });

  it('does not write over what a later version wrote', async () => {
    const future = JSON.stringify({ version: 99, exercises: {}, cosas: 'nuevas' });
    writeFileSync(file, future);
    const { notices, kept, progress } = await open().update((before) => passExercise(before, 'x', 'real', 1));
    expect(kept).toBe(false);
    expect(notices.join()).toContain('versión más nueva');
    expect(progress.exercises['x']).toBeDefined();
    expect(readFileSync(file, 'utf8')).toBe(future);
  });

  it('goes on in memory when the disk does not keep anything, and keeps it when it can', async () => {
    // A file where the folder should be: nobody can write there, root neither.
    const blocked = path.join(folder, 'casa');
    writeFileSync(blocked, '');
    const store = openProgressStore({ folder: blocked }, systemClock);
    const first = await store.update((before) => passExercise(before, 'x', 'real', 1));
    expect(first.kept).toBe(false);
    expect(first.notices.join()).toMatch(/no se está guardando: .*CURSO_K8S_HOME/);
    const second = await store.update((before) => failExercise(before, 'y', 2));
    expect(Object.keys(second.progress.exercises)).toEqual(['x', 'y']);
    rmSync(blocked);
    mkdirSync(blocked);
    const third = await store.update((before) => before);
    expect(third.kept).toBe(true);
    expect(
      Object.keys((await openProgressStore({ folder: blocked }, systemClock).load()).progress.exercises),
    ).toEqual(['x', 'y']);
  });

  it('starts again only leaving a copy', async () => {
    await open().update((before) => passExercise(before, 'x', 'real', 1));
    const { progress, backup } = await open().replace(emptyProgress);
    expect(progress).toEqual(emptyProgress);
    expect(JSON.parse(readFileSync(backup ?? '', 'utf8'))).toMatchObject({
      exercises: { x: { passedAt: 1 } },
    });
    expect((await open().load()).progress.exercises).toEqual({});
  });
});

describe('a change that changes nothing', () => {
  it('is not written', async () => {
    await open().update((before) => passExercise(before, 'x', 'real', 1));
    const { ino } = statSync(file);
    const again = await open().update((before) => passExercise(before, 'x', 'docker', 9));
    expect(again).toMatchObject({ kept: true, progress: { exercises: { x: { passedAt: 1 } } } });
    expect(statSync(file).ino).toBe(ino);
    await open().update((before) => failExercise(before, 'x', 10));
    expect(statSync(file).ino).not.toBe(ino);
  });
});
