import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** These look at a whole engine, or pack the program that others run: nobody else may be at work. */
const alone = [
  'test/backends/{docker,world}/**/*.test.ts',
  'test/checks/kinds/docker*.test.ts',
  'test/commands/docker.test.ts',
  'test/journeys/exercise.test.ts',
  'test/pack.test.ts',
];

/** Short files with long tests. */
const long = /test\/(kubectl|golden|conformance)\//;

/** What takes long begins first, so that one worker is not left alone with it in the end. */
class LongFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    const isLong = ({ moduleId }: TestSpecification) => long.test(moduleId);
    return [...sorted.filter(isLong), ...sorted.filter((file) => !isLong(file))];
  }
}

export default defineConfig({
  test: {
    globalSetup: ['test/helpers/engine-setup.ts'],
    sequence: { sequencer: LongFirst },
    // Real kernels, engines and terminals: slow machines are normal, hanging is not.
    testTimeout: 180_000,
    hookTimeout: 240_000,
    // Colour would change what tests read; the course under test asks for it when it needs it.
    env: { NO_COLOR: '1' },
    projects: [
      {
        extends: true,
        test: { name: 'solo', include: alone, maxWorkers: 1, sequence: { groupOrder: 0 } },
      },
      {
        extends: true,
        test: {
          name: 'juntas',
          include: ['test/**/*.test.{ts,tsx}'],
          exclude: alone,
          // Many wait for a process of theirs: two at a time even with one processor.
          maxWorkers: Math.max(2, availableParallelism()),
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
});
