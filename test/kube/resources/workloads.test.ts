import { describe, expect, it } from 'vitest';
import type { DaemonSet, Deployment, StatefulSet } from '../../../src/kube/api/apps-v1.ts';
import type { Job } from '../../../src/kube/api/batch-v1.ts';
import { asKind } from '../../../src/kube/object.ts';
import { cronJob } from '../../../src/kube/resources/cron-job.ts';
import { daemonSet } from '../../../src/kube/resources/daemon-set.ts';
import { deployment } from '../../../src/kube/resources/deployment.ts';
import { job } from '../../../src/kube/resources/job.ts';
import { node } from '../../../src/kube/resources/node.ts';
import { podDisruptionBudget } from '../../../src/kube/resources/pod-disruption-budget.ts';
import { replicaSet } from '../../../src/kube/resources/replica-set.ts';
import { replicationController } from '../../../src/kube/resources/replication-controller.ts';
import { statefulSet } from '../../../src/kube/resources/stateful-set.ts';
import { create, update, updateStatus } from './strategy.ts';

const template = {
  metadata: { labels: { app: 'horno' } },
  spec: { containers: [{ name: 'horno', image: 'panaderia/horno:1.4' }] },
};
const selector = { matchLabels: { app: 'horno' } };
const of = (kind: string, spec: object) => ({ kind, metadata: { name: 'h', namespace: 'n' }, spec });

describe('a Deployment', () => {
  it('rolls a quarter at a time unless told otherwise', () => {
    const { object, errors } = create(deployment, of('Deployment', { selector, template }));
    expect(errors).toEqual([]);
    expect(asKind<Deployment>(object).spec).toMatchObject({
      replicas: 1,
      revisionHistoryLimit: 10,
      progressDeadlineSeconds: 600,
      strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: '25%', maxUnavailable: '25%' } },
    });
  });

  it('must select the Pods that it makes', () => {
    expect(
      create(deployment, of('Deployment', { selector: { matchLabels: { a: 'b' } }, template })).errors,
    ).toEqual([
      'spec.template.metadata.labels: Invalid value: map[string]string{"app":"horno"}: `selector` does not match template `labels`',
    ]);
    expect(create(deployment, of('Deployment', { template })).errors[0]).toBe(
      'spec.selector: Required value',
    );
  });

  it.each([
    [
      { type: 'RollingUpdate', rollingUpdate: { maxSurge: 0, maxUnavailable: 0 } },
      'spec.strategy.rollingUpdate.maxUnavailable: Invalid value: intstr.IntOrString{Type:0, IntVal:0, StrVal:""}: may not be 0 when `maxSurge` is 0',
    ],
    [
      { type: 'Recreate', rollingUpdate: {} },
      "spec.strategy.rollingUpdate: Forbidden: may not be specified when strategy `type` is 'Recreate'",
    ],
    [
      { type: 'Azul' },
      'spec.strategy: Unsupported value: apps.DeploymentStrategy{Type:"Azul", RollingUpdate:(*apps.RollingUpdateDeployment)(nil)}: supported values: "Recreate", "RollingUpdate"',
    ],
  ])('refuses the strategy %j', (strategy, message) => {
    expect(create(deployment, of('Deployment', { selector, template, strategy })).errors).toEqual([message]);
  });

  it('keeps its selector, and tells its controller of new annotations', () => {
    const { object } = create(deployment, of('Deployment', { selector, template }));
    object.metadata.generation = 4;
    expect(
      update(deployment, object, (draft) => {
        asKind<Deployment>(draft).spec = { selector: { matchLabels: { app: 'horno', x: 'y' } }, template };
      }).errors.at(-1),
    ).toContain('field is immutable');
    const noted = update(deployment, object, (draft) => {
      draft.metadata.annotations = { nota: '' };
    });
    expect(noted.object.metadata.generation).toBe(5);
  });

  it('keeps spec and labels when its status is written', () => {
    const { object } = create(deployment, of('Deployment', { selector, template }));
    const { object: after, errors } = updateStatus(deployment, object, (draft) => {
      draft.metadata.labels = { a: 'b' };
      draft.metadata.annotations = { a: 'b' };
      asKind<Deployment>(draft).spec = { selector, template, replicas: 9 };
      asKind<Deployment>(draft).status = { replicas: 1, readyReplicas: 2 };
    });
    expect(after.metadata).not.toHaveProperty('labels');
    expect(after.metadata.annotations).toEqual({ a: 'b' });
    expect(asKind<Deployment>(after).spec?.replicas).toBe(1);
    expect(errors).toEqual([
      'status.readyReplicas: Invalid value: 2: cannot be greater than status.replicas',
    ]);
  });
});

describe('other sets of Pods', () => {
  it('a ReplicaSet tells its errors twice on update, as upstream does', () => {
    const { object } = create(replicaSet, of('ReplicaSet', { selector, template }));
    const { errors } = update(replicaSet, object, (draft) => {
      asKind<Deployment>(draft).spec = { selector, template, replicas: -1 };
    });
    expect(errors).toEqual(
      Array(2).fill('spec.replicas: Invalid value: -1: must be greater than or equal to 0'),
    );
  });

  it('a ReplicationController takes selector and labels from its template', () => {
    const { object, errors } = create(replicationController, of('ReplicationController', { template }));
    expect(errors).toEqual([]);
    expect(object).toMatchObject({
      metadata: { labels: { app: 'horno' } },
      spec: { selector: { app: 'horno' } },
    });
    expect(
      create(replicationController, of('ReplicationController', { selector: { a: 'b' } })).errors,
    ).toEqual(['spec.template: Required value']);
  });

  it('a StatefulSet may change little', () => {
    const { object, errors } = create(
      statefulSet,
      of('StatefulSet', { selector, template, serviceName: 'h' }),
    );
    expect(errors).toEqual([]);
    expect(
      update(statefulSet, object, (draft) => {
        const { spec } = asKind<StatefulSet>(draft);
        if (spec) spec.serviceName = 'otro';
      }).errors,
    ).toEqual([
      "spec: Forbidden: updates to statefulset spec for fields other than 'replicas', 'ordinals', 'template', 'updateStrategy', 'persistentVolumeClaimRetentionPolicy' and 'minReadySeconds' are forbidden",
    ]);
    expect(
      update(statefulSet, object, (draft) => {
        const { spec } = asKind<StatefulSet>(draft);
        if (spec) spec.replicas = 3;
      }).errors,
    ).toEqual([]);
  });

  it('a DaemonSet counts the changes of its template', () => {
    const key = 'deprecated.daemonset.template.generation';
    const { object } = create(daemonSet, of('DaemonSet', { selector, template }));
    expect(object.metadata.annotations?.[key]).toBe('1');
    const labelled = update(daemonSet, object, (draft) => {
      draft.metadata.labels = { a: 'b' };
    }).object;
    expect(labelled.metadata.annotations?.[key]).toBe('1');
    const changed = update(daemonSet, object, (draft) => {
      const first = asKind<DaemonSet>(draft).spec?.template.spec?.containers[0];
      if (first) first.image = 'x:2';
    }).object;
    expect(changed.metadata.annotations?.[key]).toBe('2');
  });
});

describe('a Job', () => {
  const once = { ...template, spec: { ...template.spec, restartPolicy: 'Never' } };

  it('is given labels and a selector that only its Pods match', () => {
    const { object, errors } = create(job, of('Job', { template: once }));
    expect(errors).toEqual([]);
    expect(object).toMatchObject({
      spec: {
        completions: 1,
        parallelism: 1,
        backoffLimit: 6,
        completionMode: 'NonIndexed',
        selector: { matchLabels: { 'batch.kubernetes.io/controller-uid': 'u-1' } },
        template: { metadata: { labels: { app: 'horno', 'job-name': 'h', 'controller-uid': 'u-1' } } },
      },
    });
  });

  it('must end', () => {
    expect(create(job, of('Job', { template })).errors).toEqual([
      'spec.template.spec.restartPolicy: Required value: valid values: "OnFailure", "Never"',
    ]);
  });

  it('checks rules of failure', () => {
    const podFailurePolicy = {
      rules: [{ action: 'Nada', onExitCodes: { operator: 'In', values: [0, 3, 2] } }, { action: 'Count' }],
    };
    expect(create(job, of('Job', { template: once, podFailurePolicy })).errors).toEqual([
      'spec.podFailurePolicy.rules[0].action: Unsupported value: "Nada": supported values: "Count", "FailIndex", "FailJob", "Ignore"',
      'spec.podFailurePolicy.rules[0].onExitCodes.values[0]: Invalid value: 0: must not be 0 for the In operator',
      'spec.podFailurePolicy.rules[0].onExitCodes.values: Invalid value: []int32{0, 3, 2}: must be ordered',
      'spec.podFailurePolicy.rules[1]: Invalid value: specifying one of OnExitCodes and OnPodConditions is required',
    ]);
  });

  it('keeps its template, except where its Pods may run while it waits', () => {
    const change = (suspend: boolean) => {
      const { object } = create(job, of('Job', { template: once, suspend }));
      return update(job, object, (draft) => {
        const spec = asKind<Job>(draft).spec?.template.spec;
        if (spec) spec.nodeSelector = { disco: 'ssd' };
      }).errors;
    };
    expect(change(true)).toEqual([]);
    expect(change(false)).toHaveLength(1);
    expect(change(false)[0]).toMatch(
      /^spec\.template: Invalid value: core\.PodTemplateSpec\{.*field is immutable$/,
    );
  });

  it('cannot be complete and unfinished', () => {
    const { object } = create(job, of('Job', { template: once }));
    const { errors } = updateStatus(job, object, (draft) => {
      asKind<Job>(draft).status = {
        active: 1,
        startTime: '2026-01-01T00:00:00Z',
        conditions: [{ type: 'Complete', status: 'True' }],
      };
    });
    expect(errors).toEqual([
      'status.completionTime: Required value: completionTime is required for Complete jobs',
      'status.conditions: Invalid value: cannot set Complete=True condition without the SuccessCriteriaMet=true condition',
      'status.active: Invalid value: 1: active>0 is invalid for finished job',
    ]);
  });
});

describe('a CronJob', () => {
  const jobTemplate = {
    spec: { template: { ...template, spec: { ...template.spec, restartPolicy: 'Never' } } },
  };
  const errorsOf = (spec: object) => create(cronJob, of('CronJob', { jobTemplate, ...spec })).errors;

  it.each([
    [{ schedule: '0 5 * * *', timeZone: 'Europe/Madrid' }, []],
    [{ schedule: '' }, ['spec.schedule: Required value']],
    [
      { schedule: 'TZ=UTC 0 5 * * *' },
      [
        'spec.schedule: Invalid value: "TZ=UTC 0 5 * * *": cannot use TZ or CRON_TZ in schedule, use timeZone field instead',
      ],
    ],
    [
      { schedule: '@daily', timeZone: 'Marte/Olimpo' },
      ['spec.timeZone: Invalid value: "Marte/Olimpo": unknown time zone Marte/Olimpo'],
    ],
    [
      { schedule: '@daily', concurrencyPolicy: 'Quizas' },
      ['spec.concurrencyPolicy: Unsupported value: "Quizas": supported values: "Allow", "Forbid", "Replace"'],
    ],
  ])('%j', (spec, errors) => {
    expect(errorsOf(spec)).toEqual(errors);
  });

  it('leaves room in its name for its Jobs', () => {
    const body = of('CronJob', { schedule: '@daily', jobTemplate });
    body.metadata.name = 'a'.repeat(53);
    expect(create(cronJob, body).errors).toEqual([
      `metadata.name: Invalid value: "${'a'.repeat(53)}": must be no more than 52 characters`,
    ]);
  });
});

describe('what goes with Pods', () => {
  it('a PodDisruptionBudget says one of two things', () => {
    expect(create(podDisruptionBudget, of('PodDisruptionBudget', { minAvailable: '120%' })).errors).toEqual([
      'spec.minAvailable: Invalid value: intstr.IntOrString{Type:1, IntVal:0, StrVal:"120%"}: must not be greater than 100%',
    ]);
    expect(
      create(podDisruptionBudget, of('PodDisruptionBudget', { minAvailable: 1, maxUnavailable: 1 }))
        .errors[0],
    ).toContain('minAvailable and maxUnavailable cannot be both set');
  });

  it('a node keeps its range of addresses', () => {
    const { object, errors } = create(node, of('Node', { podCIDR: '10.1.0.0/24' }));
    expect(errors).toEqual([]);
    expect(object).toMatchObject({ spec: { podCIDRs: ['10.1.0.0/24'] } });
    expect(
      update(node, object, (draft) => {
        (draft as unknown as { spec: object }).spec = { podCIDR: '10.2.0.0/24' };
      }).errors,
    ).toEqual(['spec.podCIDRs: Forbidden: node updates may not change podCIDR except from "" to valid']);
  });
});
