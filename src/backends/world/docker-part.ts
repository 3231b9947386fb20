import type { Attempt } from '../../course/model.ts';
import { listBuildLeftovers, listNamed, removeObjects, removeScene } from '../docker/scene.ts';
import type { DockerLink } from '../docker/view.ts';
import { drawnNames } from './drawn-names.ts';
import type { DockerPart } from './host-world.ts';

/** Looking at an engine, and removing what an attempt left in it. */
export function dockerPart({ engine, view, onChange }: DockerLink): DockerPart {
  return {
    view,
    onChange,
    clean: (token) => removeScene(engine, token),
    async cleanProof(attempt: Attempt) {
      const labelled = await removeScene(engine, attempt.token);
      // The course itself played the learner, so what has this attempt's names is the course's.
      const named = await removeObjects(engine, await listNamed(engine, drawnNames(attempt)));
      const built = await removeObjects(engine, await listBuildLeftovers(engine, attempt.startedAtMs));
      return {
        // Images without a name may be of another scenario that is being played now: not found again because of this one.
        removed: [labelled, named].flatMap(({ removed }) => removed),
        left: [labelled, named, built].flatMap(({ left }) => left),
      };
    },
  };
}
