import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createDemultiplexer } from '../../../src/backends/docker/frames.ts';
import { nearNames } from '../../../src/backends/docker/near.ts';
import { readTar } from '../../../src/backends/docker/tar.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'tar-'));
  mkdirSync(join(folder, 'a', 'n'.repeat(90)), { recursive: true });
  writeFileSync(join(folder, 'a/uno.txt'), 'hola');
  writeFileSync(join(folder, 'a/vacío.txt'), '');
  writeFileSync(join(folder, 'a', 'n'.repeat(90), `${'m'.repeat(90)}.txt`), 'lejos');
  writeFileSync(join(folder, 'a/grande'), Buffer.alloc(5_000, 'x'));
  symlinkSync('uno.txt', join(folder, 'a/enlace'));
});
afterAll(() => rmSync(folder, { recursive: true }));

const archive = (format: string): Buffer =>
  execFileSync('tar', ['-C', folder, `--format=${format}`, '-c', 'a'], { maxBuffer: 1e7 });

/** In pieces of a size that no boundary of the format likes. */
function pieces(data: Buffer, size: number): Readable {
  const parts: Buffer[] = [];
  for (let at = 0; at < data.length; at += size) parts.push(data.subarray(at, at + size));
  return Readable.from(parts);
}

describe('reading a tar as it comes', () => {
  test.each(['gnu', 'pax', 'ustar'])('format %s, whatever the cuts', async (format) => {
    for (const size of [1, 7, 511, 513, 100_000]) {
      const seen: { [name: string]: string } = {};
      let ended = 0;
      const whole = await readTar(
        pieces(archive(format), size),
        1e7,
        ({ name, type }) => {
          seen[name] = type === 'file' ? '' : type;
          if (type !== 'file') return 'skip';
          return (data) => {
            seen[name] += data.toString('utf8');
          };
        },
        () => {
          ended += 1;
        },
      );
      expect(whole).toBe(true);
      expect(seen).toEqual({
        'a/': 'directory',
        [`a/${'n'.repeat(90)}/`]: 'directory',
        'a/uno.txt': 'hola',
        'a/vacío.txt': '',
        [`a/${'n'.repeat(90)}/${'m'.repeat(90)}.txt`]: 'lejos',
        'a/grande': 'x'.repeat(5_000),
        'a/enlace': 'link',
      });
      expect(ended).toBe(4);
    }
  });

  test('stops when told, and when it is too big', async () => {
    const names: string[] = [];
    const first = ({ name }: { name: string }) => {
      names.push(name);
      return 'stop' as const;
    };
    expect(await readTar(pieces(archive('gnu'), 512), 1e7, first)).toBe(true);
    expect(names).toEqual(['a/']);
    expect(await readTar(pieces(archive('gnu'), 512), 2_000, () => 'skip')).toBe(false);
  });

  test('garbage is not a crash', async () => {
    for (const text of ['', 'hola', 'x'.repeat(600), '\0'.repeat(2_000)]) {
      expect(await readTar(Readable.from([Buffer.from(text)]), 1e6, () => 'skip')).toBe(true);
    }
  });
});

test('frames of stdout and stderr are undone, cut anywhere', () => {
  const frame = (stream: number, text: string) => {
    const header = Buffer.from([stream, 0, 0, 0, 0, 0, 0, 0]);
    header.writeUInt32BE(Buffer.byteLength(text), 4);
    return Buffer.concat([header, Buffer.from(text)]);
  };
  const data = Buffer.concat([frame(1, 'uno\n'), frame(2, ''), frame(2, 'dos\n'), frame(1, 'x'.repeat(300))]);
  for (const size of [1, 3, 8, 9, 1_000]) {
    const demultiplex = createDemultiplexer();
    let text = '';
    for (let at = 0; at < data.length; at += size)
      text += demultiplex(data.subarray(at, at + size)).toString();
    expect(text).toBe(`uno\ndos\n${'x'.repeat(300)}`);
  }
});

describe('near names', () => {
  test.each([
    ['pan-7f3c', ['pan-7f3d', 'otro', 'base-de-datos'], ['pan-7f3d']],
    ['pan-7f3c', ['bread-7f3c', 'pan'], ['bread-7f3c']],
    [
      'pan/mostrador:7f3c',
      ['pan/mostrador:latest', 'mostrador:7f3c', 'nginx:1.29'],
      ['pan/mostrador:latest', 'mostrador:7f3c'],
    ],
    ['busybox:1.37', ['<none>:<none>', 'redis:8'], []],
    ['red', ['rad', 'bridge', 'host'], ['rad']],
  ])('%s among %j', (wanted, existing, expected) => {
    expect(nearNames(wanted, existing)).toEqual(expected);
  });
});
