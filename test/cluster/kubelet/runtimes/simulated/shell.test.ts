import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { type Started, simulatedWorld } from './world.ts';

interface Recorded {
  readonly script: string;
  readonly out: string;
  readonly err: string;
  readonly code: number;
}

/** What a real busybox 1.35 did with each script of scripts.txt, alone in an empty folder. */
const recorded = JSON.parse(
  readFileSync(path.join(import.meta.dirname, 'fixtures/busybox-1.35.json'), 'utf8'),
) as readonly Recorded[];

describe('the shell does what busybox did', async () => {
  const world = await simulatedWorld();
  let container: Started | undefined;
  it.each(recorded.map((one, index) => ({ ...one, index })))(
    '$script',
    async ({ script, index, ...wanted }) => {
      container ??= await world.run('busybox:1.35', {
        command: ['sleep', '1000000'],
        env: [
          { name: 'HOME', value: '/root' },
          { name: 'PATH', value: '/bin' },
        ],
      });
      const folder = `/work/${index}`;
      await container.exec(['mkdir', '-p', folder]);
      const got = await container.exec([
        'sh',
        '-c',
        `cd ${folder}; unset OLDPWD; exec sh -c "$1"`,
        'sh',
        script,
      ]);
      expect({ script, out: got.out, err: got.err, code: got.code }).toEqual({
        script,
        out: wanted.out,
        err: wanted.err,
        code: wanted.code,
      });
    },
  );
});
