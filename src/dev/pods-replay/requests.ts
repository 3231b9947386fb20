import { masked } from './mask.ts';
import type { RequestLine } from './recording.ts';
import { nodeIp, nodeName, type ReplayWorld } from './world.ts';

/** A direct call to the API, as recorded; a refusal there is one here. Names that were drawn are those of the Pods that come next. */
export async function runRequest(
  world: ReplayWorld,
  { request, body, code = 200 }: RequestLine,
): Promise<void> {
  const { client } = world;
  const [method = '', rawPath = ''] = request.split(' ');
  const path = await named(world, rawPath);
  if (path === undefined) return;
  try {
    if (method !== 'PATCH') {
      await client.raw(method, path, body);
      return;
    }
    const [, group = '', version = '', plural = '', name = '', subresource] =
      /^\/(?:api|apis\/([^/]+))\/([^/]+)\/(?:namespaces\/[^/]+\/)?([^/?]+)\/([^/?]+)(?:\/([^/?]+))?/.exec(
        path,
      ) ?? [];
    const namespace = path.includes('/namespaces/') ? 'default' : '';
    const kind = Array.isArray(body) ? 'json' : 'strategic';
    const options = subresource === undefined ? {} : { subresource };
    await client.patch({ group, version, plural }, namespace, name, kind, body as object, options);
  } catch (error) {
    if (code < 400) throw error;
  }
}

/** `web-54cb9cb45-<rnd1>` is any Pod whose name is so but for its end. */
async function named({ client }: ReplayWorld, path: string): Promise<string | undefined> {
  const whole = path.replaceAll('<node>', nodeName);
  const drawn = /\/([a-z0-9.-]+)<rnd\d*>/.exec(whole)?.[1];
  if (drawn === undefined) return whole;
  const { items } = await client.list({ group: '', version: 'v1', plural: 'pods' }, { namespace: 'default' });
  const base = masked(drawn, { node: nodeName, nodeIp });
  const found = items
    .map(({ metadata }) => metadata.name ?? '')
    .find(
      (name) =>
        name.startsWith(base) ||
        name.replace(/[a-z0-9]{8,10}-[a-z0-9]{5}$/, '') === base.replace(/[a-z0-9]{8,10}-$/, ''),
    );
  return found === undefined ? undefined : whole.replace(/[a-z0-9.-]+<rnd\d*>/, found);
}
