import { expect, it } from 'vitest';
import { podActions } from '../../../src/cluster/kubelet/runtime/actions.ts';
import type { PodRuntime } from '../../../src/cluster/kubelet/runtime/pod-runtime.ts';
import type { ContainerStatus, SandboxStatus } from '../../../src/cluster/kubelet/runtime.ts';
import type { Pod } from '../../../src/kube/api/core-v1.ts';
import { containerConfig, sandboxConfig } from './runtimes/simulated/world.ts';

const sandbox: SandboxStatus = {
  id: 's1',
  config: sandboxConfig('a'),
  state: 'ready',
  ip: '10.244.0.5',
  createdAt: 1,
  containers: [],
};
const main: ContainerStatus = {
  id: 'c1',
  config: { ...containerConfig('busybox'), name: 'main' },
  state: 'running',
  createdAt: 1,
  startedAt: 1,
  finishedAt: 0,
  exitCode: 0,
  reason: '',
  message: '',
  terminationMessage: '',
  image: 'busybox',
  imageId: 'busybox',
};
const runtime: PodRuntime = { sandboxes: [sandbox], containers: [main], ip: '10.244.0.5' };
const quiet = { liveness: () => undefined, startup: () => undefined };

it('starts an ephemeral container once, although its node forgot that it ended', () => {
  const pod: Pod = {
    metadata: { name: 'a', uid: 'uid-a' },
    spec: {
      containers: [{ name: 'main', image: 'busybox' }],
      ephemeralContainers: [
        { name: 'over', image: 'busybox' },
        { name: 'fresh', image: 'busybox' },
      ],
    },
    status: {
      ephemeralContainerStatuses: [
        {
          name: 'over',
          state: { terminated: { exitCode: 0 } },
          image: '',
          imageID: '',
          ready: false,
          restartCount: 0,
        },
      ],
    },
  };
  expect(podActions(pod, runtime, quiet).ephemeral.map(({ name }) => name)).toEqual(['fresh']);
});
