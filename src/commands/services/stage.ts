import { makeFolder, removeTree } from '../../base/files.ts';
import type { CourseHome } from '../../base/platform.ts';
import type { AttemptStore } from '../../course/attempts.ts';
import type { Exercise } from '../../course/model.ts';
import type { Stage } from '../../course/proof/play.ts';
import type { World } from '../../course/world.ts';
import { setScene } from './scene.ts';

/** Where proofs are played: folders and scenes exactly as a learner gets them, each noted until it is cleaned. */
export function createStage(
  exercise: Pick<Exercise, 'id' | 'start' | 'world' | 'needs'>,
  lessonFolder: string,
  world: World,
  attempts: AttemptStore,
  home: CourseHome,
): Stage {
  return {
    folderOf: (attempt) => attempts.folder(attempt),
    announce: ({ token, exerciseId }) => attempts.register({ token, exerciseId }),
    async set(attempt, scope, signal) {
      const folder = attempts.folder(attempt);
      await makeFolder(folder, home.owner);
      const scene = { exercise, attempt, scope, lessonFolder, folder, world, owner: home.owner };
      const set = await setScene(scene, signal, () => {});
      return set.ok ? { ok: true } : { ok: false, why: set.why };
    },
    async strike(attempt) {
      const gone = await removeTree(attempts.folder(attempt));
      if (!gone.kept)
        throw new Error(`La carpeta ${attempts.folder(attempt)} no se pudo borrar: ${gone.why}.`);
      await attempts.cleaned(attempt.token);
    },
  };
}
