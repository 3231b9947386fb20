import { writeSync } from 'node:fs';
import { systemRandom } from '../../../src/base/random.ts';
import { damageOf, describedValue, openDiskMasters } from './disk-masters.ts';

/**
 * Run by kill.test.ts as a process of its own, until it is killed: writes under load at three masters and says on its
 * output, in one write each, what it found (`open <revision> <damage>`) and what was acknowledged (`<key> <revision>`).
 */
const [, , folder = '', run = ''] = process.argv;
const say = (line: string) => writeSync(1, `${line}\n`);

const stores = await openDiskMasters(folder);
const lists = stores.map((store) => store.list('').items);
const damage = lists.flat().flatMap(({ key, value }) => damageOf(key, value) ?? []);
if (new Set(lists.map((items) => items.map((item) => `${item.key}@${item.modRevision}`).join())).size > 1)
  damage.push('the masters do not agree');
say(`open ${stores[0]?.revision ?? 0} ${damage.join('; ')}`);

const writers = Array.from({ length: 16 }, async (_, writer) => {
  for (let n = 0; ; n += 1) {
    const store = stores[(writer + n) % stores.length];
    const key = `/${run}/${writer}/${n}`;
    const value = describedValue(key, systemRandom.int(4_000));
    const result = await store?.commit([
      { key, value, expectedRevision: 0 },
      { key: `/shared/${n % 8}`, value: describedValue(`/shared/${n % 8}`, systemRandom.int(9_000)) },
    ]);
    if (result?.done !== true) throw new Error(`${key} was there already`);
    say(`${key} ${result.revision}`);
  }
});
await Promise.all(writers);
