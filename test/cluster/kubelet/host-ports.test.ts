import { afterEach, beforeEach, expect, it } from 'vitest';
import { type TestNodes, testNodes } from '../../helpers/nodes.ts';

let t: TestNodes;
beforeEach(async () => {
  t = await testNodes();
});
afterEach(() => t.stop());

const port = (containerPort: number, more: object = {}) => ({ containerPort, ...more });

it('ports of the node are of the sandbox, from all containers of the Pod', async () => {
  const containers = [
    { name: 'a', image: 'busybox', ports: [port(8080, { hostPort: 8888 }), port(9090)] },
    { name: 'b', image: 'busybox', ports: [port(5353, { hostPort: 53, protocol: 'UDP' })] },
  ];
  await t.pod('open', { containers });
  await t.pod('closed', { containers: [{ name: 'a', image: 'busybox', ports: [port(9090)] }] });
  await t.clock.advance(3000);
  const ports = Object.fromEntries(
    t
      .runtime()
      .sandboxes()
      .map(({ config }) => [config.name, config.hostPorts]),
  );
  expect(ports).toEqual({
    open: [
      { hostPort: 8888, containerPort: 8080, protocol: 'TCP' },
      { hostPort: 53, containerPort: 5353, protocol: 'UDP' },
    ],
    closed: undefined,
  });
});
