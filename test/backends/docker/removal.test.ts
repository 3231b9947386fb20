import { afterEach, beforeEach, expect, test } from 'vitest';
import { type ObjectKind, removeObjects, type SceneObject } from '../../../src/backends/docker/scene.ts';
import { type FakeEngine, startFakeEngine } from '../../helpers/fake-engine.ts';

let fake: FakeEngine;
beforeEach(async () => {
  fake = await startFakeEngine();
});
afterEach(() => fake.close());

const named = (kind: ObjectKind, name: string): SceneObject => ({
  kind,
  id: name,
  name,
  labels: {},
  createdAtMs: 0,
});

/** What a removal is refused with. */
const refusing = (path: string, message: string) => {
  fake.answers[path] = (response, { method }) =>
    response.writeHead(method === 'DELETE' ? 500 : 404).end(JSON.stringify({ message }));
};

test('what another one removed meanwhile is gone, whatever the engine says of it', async () => {
  refusing('/images/abc', 'unrecognized image ID sha256:abc');
  refusing('/volumes/masa', 'no such thing any more');
  const objects = [named('image', 'abc'), named('volume', 'masa')];
  expect(await removeObjects(await fake.open(), objects)).toEqual({ removed: [], left: [] });
});

test('what is still there is left, with the reason and the command', async () => {
  refusing('/containers/pan', 'device or resource busy');
  fake.answers['/containers/pan/json'] = (response) => response.end('{"Id":"pan"}');
  const { left } = await removeObjects(await fake.open(), [named('container', 'pan')]);
  expect(left).toEqual([
    expect.stringMatching(/el contenedor pan \(.*busy.*\); se quita con `docker rm -fv pan`/),
  ]);
});
