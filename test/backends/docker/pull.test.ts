import { afterEach, beforeEach, expect, test } from 'vitest';
import { ensureImage } from '../../../src/backends/docker/pull.ts';
import { type FakeEngine, startFakeEngine } from '../../helpers/fake-engine.ts';

let fake: FakeEngine;
beforeEach(async () => {
  fake = await startFakeEngine();
});
afterEach(() => fake.close());

/** What a registry says while an image comes down, one JSON per line, cut anywhere. */
function pulling(...steps: readonly object[]): { readonly asked: string[] } {
  const asked: string[] = [];
  fake.answers['/images/create'] = (response, request) => {
    asked.push(new URL(request.url ?? '', 'http://x').search);
    const text = steps.map((step) => `${JSON.stringify(step)}\r\n`).join('');
    response.write(text.slice(0, 10));
    response.end(text.slice(10));
  };
  return { asked };
}

async function pull(reference: string): Promise<readonly string[]> {
  const lines: string[] = [];
  await ensureImage(await fake.open(), reference, (line) => lines.push(line));
  return lines;
}

test('an image that is there is not pulled', async () => {
  fake.answers['/images/busybox%3A1.37/json'] = (response) => response.end('{"Id":"x"}');
  const { asked } = pulling();
  expect(await pull('busybox:1.37')).toEqual([]);
  expect(asked).toEqual([]);
});

test('one that is not comes down, and tells how far it is', async () => {
  const { asked } = pulling(
    { status: 'Pulling from library/busybox' },
    { status: 'Downloading', progressDetail: { current: 50, total: 200 } },
    { status: 'Status: Downloaded newer image' },
  );
  expect(await pull('busybox:1.37')).toEqual([
    'Descargo la imagen busybox:1.37…',
    'Descargo la imagen busybox:1.37: 25 %',
  ]);
  expect(asked).toEqual(['?fromImage=busybox&tag=1.37']);
});

test('the port of a registry is not a tag', async () => {
  const { asked } = pulling();
  await pull('registro:5000/curso');
  expect(asked).toEqual(['?fromImage=registro%3A5000%2Fcurso&tag=latest']);
});

test.each([
  ['an error in the middle', () => pulling({ status: 'x' }, { error: 'toomanyrequests' }), 'toomanyrequests'],
  [
    'a refusal',
    () => {
      fake.answers['/images/create'] = (response) =>
        response.writeHead(500).end('{"message":"no such host"}');
    },
    'no such host',
  ],
  ['nothing there', () => {}, 'no existe en el registro'],
])('%s is said, with how to try by hand', async (_name, prepare, reason) => {
  prepare();
  await expect(pull('busybox:1.37')).rejects.toMatchObject({
    unavailable: {
      reason: 'docker-image-missing',
      why: expect.stringContaining(reason),
      next: expect.stringContaining('`docker pull busybox:1.37`'),
    },
  });
});
