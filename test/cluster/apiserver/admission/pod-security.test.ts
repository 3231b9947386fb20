import { describe, expect, test } from 'vitest';
import { podSecurity } from '../../../../src/cluster/apiserver/admission/pod-security.ts';
import { admit, podNamed } from '../../../helpers/admission.ts';
import { FakeObjects } from '../../../helpers/fakeObjects.ts';

const LABEL = 'pod-security.kubernetes.io/';

function namespace(labels: { readonly [mode: string]: string }, name = 'obrador') {
  const full = Object.fromEntries(Object.entries(labels).map(([mode, level]) => [`${LABEL}${mode}`, level]));
  return { apiVersion: 'v1', kind: 'Namespace', metadata: { name, labels: full } };
}
const into = (labels: { readonly [mode: string]: string }) => new FakeObjects(namespace(labels)).reader;
const container = (name: string, securityContext?: object, rest: object = {}) => ({
  name,
  image: 'x',
  ...(securityContext === undefined ? {} : { securityContext }),
  ...rest,
});
async function refusal(level: string, spec: object, meta: object = {}): Promise<string | undefined> {
  const { refused } = await admit(
    podSecurity,
    { resource: 'pods', object: podNamed('a', spec, meta) },
    into({ enforce: level }),
  );
  return refused?.message?.replace(`pods "a" is forbidden: violates PodSecurity "${level}:latest": `, '');
}

const RESTRICTED = {
  securityContext: { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } },
  containers: [container('x', { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } })],
};

describe('baseline', () => {
  test.each([
    [{ hostIPC: true, hostPID: true }, 'host namespaces (hostPID=true, hostIPC=true)'],
    [
      { containers: [container('x', { privileged: true }), container('y', { privileged: true })] },
      'privileged (containers "x", "y" must not set securityContext.privileged=true)',
    ],
    [
      {
        containers: [container('x', undefined, { ports: [{ hostPort: 80 }, { hostPort: 443 }] })],
        initContainers: [container('i', undefined, { ports: [{ hostPort: 80 }] })],
      },
      'hostPort (containers "i", "x" use hostPorts 443, 80)',
    ],
    [
      {
        volumes: [
          { name: 'v', hostPath: { path: '/' } },
          { name: 'w', hostPath: { path: '/' } },
        ],
      },
      'hostPath volumes (volumes "v", "w")',
    ],
    [
      { containers: [container('x', { procMount: 'Unmasked' })] },
      'procMount (container "x" must not set securityContext.procMount to "Unmasked")',
    ],
    [
      {
        securityContext: { seLinuxOptions: { type: 'container_t', user: 'u' } },
        containers: [container('x', { seLinuxOptions: { role: 'r', type: 'mal' } })],
      },
      'seLinuxOptions (pod and container "x" set forbidden securityContext.seLinuxOptions: type "mal"; user may not be set; role may not be set)',
    ],
    [
      { securityContext: { appArmorProfile: { type: 'Unconfined' } } },
      'forbidden AppArmor profile (pod must not set AppArmor profile type to "Unconfined")',
    ],
    [
      {
        securityContext: { windowsOptions: { hostProcess: true } },
        containers: [container('x', { windowsOptions: { hostProcess: true } })],
      },
      'hostProcess (pod and container "x" must not set securityContext.windowsOptions.hostProcess=true)',
    ],
    [
      { securityContext: { sysctls: [{ name: 'net.ipv4.tcp_rmem' }, { name: 'kernel.msgmax' }] } },
      'forbidden sysctls (kernel.msgmax)',
    ],
    [
      { containers: [container('x', { capabilities: { add: ['NET_ADMIN', 'CHOWN'] } })] },
      'non-default capabilities (container "x" must not include "NET_ADMIN" in securityContext.capabilities.add)',
    ],
    [{ containers: [container('x', { capabilities: { add: ['NET_BIND_SERVICE'] } })] }, undefined],
  ])('%j', async (spec, text) => {
    expect(await refusal('baseline', spec)).toBe(text);
  });

  test('AppArmor by annotation', async () => {
    const key = 'container.apparmor.security.beta.kubernetes.io/horno';
    expect(await refusal('baseline', {}, { annotations: { [key]: 'unconfined' } })).toBe(
      `forbidden AppArmor profile (annotation must not set AppArmor profile type to "${key}="unconfined"")`,
    );
  });
});

describe('restricted', () => {
  test('a Pod that does everything right', async () => {
    expect(await refusal('restricted', RESTRICTED)).toBeUndefined();
  });
  test.each([
    [
      {
        volumes: [
          { name: 'v', nfs: { server: 's', path: '/' } },
          { name: 'w', emptyDir: {} },
        ],
      },
      'restricted volume types (volume "v" uses restricted volume type "nfs")',
    ],
    [
      { securityContext: { runAsNonRoot: false, seccompProfile: { type: 'Localhost' } } },
      'runAsNonRoot != true (pod must not set securityContext.runAsNonRoot=false)',
    ],
    [
      { securityContext: { ...RESTRICTED.securityContext, runAsUser: 0 } },
      'runAsUser=0 (pod must not set runAsUser=0)',
    ],
    [
      {
        securityContext: { runAsNonRoot: true },
        containers: [
          container('x', {
            allowPrivilegeEscalation: false,
            capabilities: { drop: ['ALL'], add: ['CHOWN'] },
            seccompProfile: { type: 'Unconfined' },
          }),
        ],
      },
      'unrestricted capabilities (container "x" must not include "CHOWN" in securityContext.capabilities.add), seccompProfile (container "x" must not set securityContext.seccompProfile.type to "Unconfined")',
    ],
  ])('%j', async (spec, text) => {
    expect(await refusal('restricted', { ...RESTRICTED, ...spec })).toBe(text);
  });

  test('a Windows Pod need not do what only Linux has', async () => {
    expect(await refusal('restricted', { os: { name: 'windows' } })).toBe(
      'runAsNonRoot != true (pod or container "horno" must set securityContext.runAsNonRoot=true)',
    );
  });

  test('an old version asks for less', async () => {
    const labels = { enforce: 'restricted', 'enforce-version': 'v1.18' };
    const { refused } = await admit(podSecurity, { resource: 'pods', object: podNamed('a') }, into(labels));
    expect(refused?.message).toBe(
      'pods "a" is forbidden: violates PodSecurity "restricted:v1.18": allowPrivilegeEscalation != false (container "horno" must set securityContext.allowPrivilegeEscalation=false), runAsNonRoot != true (pod or container "horno" must set securityContext.runAsNonRoot=true)',
    );
  });
});

describe('namespaces', () => {
  const relabel = (before: object, after: object, pods: readonly object[] = []) =>
    admit(
      podSecurity,
      { resource: 'namespaces', operation: 'UPDATE', object: after, oldObject: before },
      new FakeObjects(before, ...pods).reader,
    );

  test.each([
    [
      { enforce: 'fuerte' },
      'Namespace "obrador" is invalid: metadata.labels[pod-security.kubernetes.io/enforce]: Invalid value: "fuerte": must be one of privileged, baseline, restricted',
    ],
    [
      { 'warn-version': 'v1.01' },
      'Namespace "obrador" is invalid: metadata.labels[pod-security.kubernetes.io/warn-version]: Invalid value: "v1.01": must be "latest" or "v1.x"',
    ],
  ])('%j', async (labels, text) => {
    expect((await relabel(namespace({}), namespace(labels))).refused?.message).toBe(text);
    // What was wrong already does not stand in the way of other changes.
    expect((await relabel(namespace(labels), namespace(labels))).refused).toBeUndefined();
  });

  test('Pods that are there and would not come in are told, together when they are alike', async () => {
    const owned = (name: string) =>
      podNamed(name, { hostPID: true }, { ownerReferences: [{ uid: 'u', controller: true }] });
    const pods = [
      owned('b'),
      owned('a'),
      owned('c'),
      podNamed('z', { hostPID: true, hostNetwork: true }),
      podNamed('sola', { securityContext: { sysctls: [{ name: 'x' }] } }),
      podNamed('bien'),
    ];
    const { warnings } = await relabel(namespace({}), namespace({ enforce: 'baseline' }), pods);
    expect(warnings).toEqual([
      'existing pods in namespace "obrador" violate the new PodSecurity enforce level "baseline:latest"',
      'a (and 3 other pods): host namespaces',
      'sola: forbidden sysctls',
    ]);
  });

  test('nothing is checked when the level becomes laxer', async () => {
    const { warnings } = await relabel(
      namespace({ enforce: 'restricted' }),
      namespace({ enforce: 'baseline' }),
      [podNamed('a', { hostPID: true })],
    );
    expect(warnings).toEqual([]);
  });
});

describe('what a level is asked of', () => {
  const template = { metadata: {}, spec: { containers: [container('x', { privileged: true })] } };
  test.each([
    ['apps', 'deployments', { kind: 'Deployment', spec: { template } }],
    ['batch', 'cronjobs', { kind: 'CronJob', spec: { jobTemplate: { spec: { template } } } }],
    ['', 'podtemplates', { kind: 'PodTemplate', template }],
  ])('%s/%s is warned about, never refused', async (group, resource, rest) => {
    const object = { apiVersion: 'v1', metadata: { name: 'd', namespace: 'obrador' }, ...rest };
    const { refused, warnings } = await admit(
      podSecurity,
      { group, resource, object },
      into({ enforce: 'baseline' }),
    );
    expect(refused).toBeUndefined();
    expect(warnings).toEqual([
      'would violate PodSecurity "baseline:latest": privileged (container "x" must not set securityContext.privileged=true)',
    ]);
  });

  test('a change that touches no image is free', async () => {
    const before = podNamed('a', { hostPID: true });
    const asked = { resource: 'pods', operation: 'UPDATE', oldObject: before } as const;
    const reader = into({ enforce: 'baseline' });
    const labelled = podNamed('a', { hostPID: true }, { labels: { x: 'y' } });
    expect((await admit(podSecurity, { ...asked, object: labelled }, reader)).refused).toBeUndefined();
    const other = podNamed('a', { hostPID: true, containers: [container('horno')] });
    expect((await admit(podSecurity, { ...asked, object: other }, reader)).refused?.code).toBe(403);
    const status = { ...asked, object: other, subresource: 'status' };
    expect((await admit(podSecurity, status, reader)).refused).toBeUndefined();
  });

  test('audit leaves a note that only the audit sees', async () => {
    const { refused, warnings, annotations } = await admit(
      podSecurity,
      { resource: 'pods', object: podNamed('a', { hostPID: true }) },
      into({ audit: 'baseline' }),
    );
    expect({ refused, warnings }).toEqual({ refused: undefined, warnings: [] });
    expect(annotations['pod-security.kubernetes.io/audit-violations']).toBe(
      'would violate PodSecurity "baseline:latest": host namespaces (hostPID=true)',
    );
  });
});
