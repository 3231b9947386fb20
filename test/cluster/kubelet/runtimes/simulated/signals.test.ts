import { expect, it } from 'vitest';
import { simulatedWorld } from './world.ts';

it.each([
  ['registry.k8s.io/pause:3.10', [], 0],
  ['registry.k8s.io/e2e-test-images/agnhost:2.40', ['liveness'], 2],
  ['gcr.io/google-samples/hello-app:1.0', [], 2],
] as const)('%s ends at once when it is asked to, with its own code', async (image, args, code) => {
  const world = await simulatedWorld();
  const one = await world.run(image, { args });
  await world.clock.advance(100);
  void world.runtime.stopContainer(one.id, 30_000);
  await world.clock.advance(100);
  expect(one.status()).toMatchObject({ state: 'exited', exitCode: code });
});
