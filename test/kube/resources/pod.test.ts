import { describe, expect, it } from 'vitest';
import type { Container, Pod, PodSpec } from '../../../src/kube/api/core-v1.ts';
import { asKind, type KubeObject } from '../../../src/kube/object.ts';
import { pod } from '../../../src/kube/resources/pod.ts';
import { create, update, updateStatus } from './strategy.ts';

const bread: Container = { name: 'horno', image: 'panaderia/horno:1.4' };
const body = (spec: Partial<PodSpec> = {}, annotations?: { [key: string]: string }) => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'hogaza', namespace: 'n', ...(annotations ? { annotations } : {}) },
  spec: { containers: [bread], ...spec },
});
const specOf = (object: KubeObject) => asKind<Pod>(object).spec ?? { containers: [] };
const errorsOf = (spec: Partial<PodSpec>) => create(pod, body(spec)).errors;
const container = (extra: Partial<Container>) => errorsOf({ containers: [{ ...bread, ...extra }] });

describe('a Pod that says little', () => {
  it('gets the defaults of the course of things', () => {
    const { object, errors } = create(pod, body());
    expect(errors).toEqual([]);
    expect(object).toMatchObject({
      spec: {
        restartPolicy: 'Always',
        terminationGracePeriodSeconds: 30,
        dnsPolicy: 'ClusterFirst',
        securityContext: {},
        schedulerName: 'default-scheduler',
        enableServiceLinks: true,
        containers: [{ imagePullPolicy: 'IfNotPresent', terminationMessagePath: '/dev/termination-log' }],
      },
      status: { phase: 'Pending', qosClass: 'BestEffort' },
    });
  });

  it.each([
    ['horno', 'Always'],
    ['horno:latest', 'Always'],
    ['horno:1', 'IfNotPresent'],
    ['registro:5000/pan/horno', 'Always'],
    [`horno@sha256:${'a'.repeat(64)}`, 'IfNotPresent'],
    ['MAL/Imagen', 'IfNotPresent'],
  ])('pulls %s %s', (image, policy) => {
    const { object } = create(pod, body({ containers: [{ name: 'a', image }] }));
    expect(specOf(object).containers[0]?.imagePullPolicy).toBe(policy);
  });

  it('asks for what it may use at most', () => {
    const { object } = create(
      pod,
      body({ containers: [{ ...bread, resources: { limits: { cpu: '1', memory: '1Gi' } } }] }),
    );
    expect(specOf(object).containers[0]?.resources?.requests).toEqual({ cpu: '1', memory: '1Gi' });
    expect(asKind<Pod>(object).status?.qosClass).toBe('Guaranteed');
  });

  it('shows the old name of its account beside the new one', () => {
    const { object } = create(pod, body({ serviceAccount: 'ana' }));
    expect(specOf(object)).toMatchObject({ serviceAccountName: 'ana', serviceAccount: 'ana' });
  });

  it('listens on its node where its containers listen', () => {
    const { object } = create(
      pod,
      body({
        hostNetwork: true,
        containers: [{ ...bread, ports: [{ containerPort: 80, protocol: 'TCP' }] }],
      }),
    );
    expect(specOf(object).containers[0]?.ports?.[0]?.hostPort).toBe(80);
  });

  it('waits behind its gates', () => {
    const { object } = create(pod, body({ schedulingGates: [{ name: 'a' }] }));
    expect(asKind<Pod>(object).status?.conditions).toMatchObject([
      { reason: 'SchedulingGated', status: 'False' },
    ]);
  });

  it('loses what 1.32 has switched off', () => {
    const { object } = create(pod, body({ hostUsers: false, resourceClaims: [{ name: 'a' }] }));
    expect(specOf(object)).not.toHaveProperty('hostUsers');
    expect(specOf(object)).not.toHaveProperty('resourceClaims');
  });
});

describe('a Pod that is refused', () => {
  it.each<[string, Partial<PodSpec>, string]>([
    ['no containers', { containers: [] }, 'spec.containers: Required value'],
    [
      'an unknown policy',
      { restartPolicy: 'Siempre' },
      'spec.restartPolicy: Unsupported value: "Siempre": supported values: "Always", "OnFailure", "Never"',
    ],
    [
      'no nameserver',
      { dnsPolicy: 'None' },
      'spec.dnsConfig: Required value: must provide `dnsConfig` when `dnsPolicy` is None',
    ],
    [
      'a toleration of everything by accident',
      { tolerations: [{ value: 'x' }] },
      'spec.tolerations[0].operator: Invalid value: "": operator must be Exists when `key` is empty, which means "match all values and all keys"',
    ],
    [
      'no skew',
      {
        topologySpreadConstraints: [
          { maxSkew: 0, topologyKey: 'z', whenUnsatisfiable: 'DoNotSchedule', labelSelector: {} },
        ],
      },
      'spec.topologySpreadConstraints[0].maxSkew: Invalid value: 0: must be greater than zero',
    ],
    [
      'ephemeral containers',
      {
        ephemeralContainers: [
          { name: 'e', image: 'x', imagePullPolicy: 'Always', terminationMessagePolicy: 'File' },
        ],
      },
      'spec.ephemeralContainers: Forbidden: cannot be set on create',
    ],
  ])('for %s', (_, spec, message) => {
    expect(errorsOf(spec)).toContain(message);
  });

  it.each<[string, Partial<Container>, string]>([
    ['no image', { image: '' }, 'spec.containers[0].image: Required value'],
    [
      'port 0',
      { ports: [{ containerPort: 0, protocol: 'TCP' }] },
      'spec.containers[0].ports[0].containerPort: Required value',
    ],
    [
      'more asked for than allowed',
      { resources: { requests: { cpu: '2' }, limits: { cpu: '1' } } },
      'spec.containers[0].resources.requests: Invalid value: "2": must be less than or equal to cpu limit of 1',
    ],
    [
      'a resource that nobody knows',
      { resources: { limits: { gpu: '1' } } },
      'spec.containers[0].resources.limits[gpu]: Invalid value: "gpu": must be a standard resource type or fully qualified',
    ],
    [
      'a mount of nothing',
      { volumeMounts: [{ name: 'v', mountPath: '/x' }] },
      'spec.containers[0].volumeMounts[0].name: Not found: "v"',
    ],
    [
      'a probe of nothing',
      { livenessProbe: {} },
      'spec.containers[0].livenessProbe: Required value: must specify a handler type',
    ],
    [
      'two kinds of value',
      { env: [{ name: 'A', value: '1', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } }] },
      'spec.containers[0].env[0].valueFrom: Invalid value: "": may not be specified when `value` is not empty',
    ],
    [
      'half a privilege',
      { securityContext: { privileged: true, allowPrivilegeEscalation: false } },
      'cannot set `allowPrivilegeEscalation` to false and `privileged` to true',
    ],
  ])('for %s in a container', (_, extra, message) => {
    expect(container(extra).join('\n')).toContain(message);
  });

  it('says what is wrong with each volume', () => {
    expect(
      errorsOf({
        volumes: [
          { name: 'a', emptyDir: {}, hostPath: { path: '/x' } },
          { name: 'b', secret: { secretName: '', defaultMode: 512 } },
          { name: 'c', hostPath: { path: '/a/../b', type: 'Nada' } },
          { name: 'a' },
        ],
      }),
    ).toEqual([
      'spec.volumes[0].hostPath: Forbidden: may not specify more than 1 volume type',
      'spec.volumes[1].secret.secretName: Required value',
      'spec.volumes[1].secret.defaultMode: Invalid value: 512: must be a number between 0 and 0777 (octal), both inclusive',
      'spec.volumes[2].hostPath.path: Invalid value: "/a/../b": must not contain \'..\'',
      'spec.volumes[2].hostPath.type: Unsupported value: "Nada": supported values: "", "BlockDevice", "CharDevice", "Directory", "DirectoryOrCreate", "File", "FileOrCreate", "Socket"',
    ]);
  });
});

describe('a Pod that is there', () => {
  const there = create(pod, body({ nodeName: 'n1', tolerations: [{ key: 'a', operator: 'Exists' }] })).object;
  const change = (edit: (spec: PodSpec) => void) => update(pod, there, (draft) => edit(specOf(draft))).errors;

  it('may change its image, and how long it may run', () => {
    expect(
      change((spec) => {
        spec.containers = [{ ...bread, ...spec.containers[0], image: 'x:2' }];
        spec.activeDeadlineSeconds = 60;
      }),
    ).toEqual([]);
  });

  it('may change nothing else, and says what changed', () => {
    const [error = ''] = change((spec) => {
      spec.restartPolicy = 'Never';
    });
    expect(error.split('\n')[0]).toBe(
      'spec: Forbidden: pod updates may not change fields other than `spec.containers[*].image`,`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)',
    );
    expect(error).toContain('RestartPolicy');
  });

  it('keeps its containers and its tolerations', () => {
    expect(change((spec) => spec.containers.push({ ...bread, name: 'dos' })).at(-1)).toBe(
      'spec.containers: Forbidden: pod updates may not add or remove containers',
    );
    expect(
      change((spec) => {
        spec.tolerations = [];
      })[0],
    ).toBe(
      'spec.tolerations: Forbidden: existing toleration can not be modified except its tolerationSeconds',
    );
  });

  it('keeps its class of service and the end of what has ended', () => {
    const running = create(pod, body({ nodeName: 'n1', restartPolicy: 'Never' })).object;
    const ended = updateStatus(pod, running, (draft) => {
      asKind<Pod>(draft).status = {
        phase: 'Running',
        containerStatuses: [
          {
            name: 'horno',
            ready: false,
            restartCount: 0,
            image: '',
            imageID: '',
            state: { terminated: { exitCode: 0 } },
          },
        ],
      };
    });
    expect(ended.errors).toEqual([]);
    expect(asKind<Pod>(ended.object).status?.qosClass).toBe('BestEffort');
    const again = updateStatus(pod, ended.object, (draft) => {
      asKind<Pod>(draft).status = {
        qosClass: 'Burstable',
        containerStatuses: [
          { name: 'horno', ready: true, restartCount: 0, image: '', imageID: '', state: { running: {} } },
        ],
      };
    });
    expect(again.errors).toEqual([
      'status.qosClass: Invalid value: "Burstable": field is immutable',
      'status.containerStatuses[0].state: Forbidden: may not be transitioned to non-terminated state',
    ]);
  });

  it('is given its time to go only when it runs somewhere', () => {
    const grace = (edit: (draft: Pod) => void, asked?: number) => {
      const { object } = update(pod, there, (draft) => edit(asKind<Pod>(draft)));
      edit(asKind<Pod>(object));
      return pod.graceSeconds?.(object, asked);
    };
    const same = () => {};
    expect(grace(same)).toBe(30);
    expect(grace(same, 5)).toBe(5);
    expect(grace(same, -1)).toBe(1);
    expect(
      grace((draft) => {
        draft.spec = { ...specOf(there), nodeName: '' };
      }),
    ).toBe(0);
    expect(
      grace((draft) => {
        draft.status = { phase: 'Succeeded' };
      }),
    ).toBe(0);
  });
});

describe('warnings about a Pod', () => {
  it('speak of ports and variables that hide others', () => {
    const { warnings } = create(
      pod,
      body({
        containers: [
          {
            ...bread,
            ports: [
              { containerPort: 80, protocol: 'TCP' },
              { containerPort: 80, protocol: 'TCP' },
            ],
            env: [
              { name: 'A', value: '1' },
              { name: 'A', value: '2' },
              { name: 'A', value: '$(A)3' },
            ],
          },
        ],
      }),
    );
    expect(warnings).toEqual([
      'spec.containers[0].env[1]: hides previous definition of "A", which may be dropped when using apply',
      'spec.containers[0].ports[1]: duplicate port definition with spec.containers[0].ports[0]',
    ]);
  });

  it('speak of what has another name now', () => {
    const { warnings } = create(
      pod,
      body(
        { nodeSelector: { 'beta.kubernetes.io/os': 'linux' }, terminationGracePeriodSeconds: -1 },
        {
          'seccomp.security.alpha.kubernetes.io/pod': 'runtime/default',
        },
      ),
    );
    expect(warnings).toEqual([
      'spec.nodeSelector[beta.kubernetes.io/os]: deprecated since v1.14; use "kubernetes.io/os" instead',
      'metadata.annotations[seccomp.security.alpha.kubernetes.io/pod]: non-functional in v1.27+; use the "seccompProfile" field instead',
      'spec.terminationGracePeriodSeconds: must be >= 0; negative values are invalid and will be treated as 1',
    ]);
  });
});
