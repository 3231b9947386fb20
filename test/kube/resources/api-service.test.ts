import { describe, expect, it } from 'vitest';
import type { KubeObject } from '../../../src/kube/object.ts';
import { apiService } from '../../../src/kube/resources/api-service.ts';

const context = { now: '2026-01-02T03:04:05Z', user: { name: 'ana', groups: [] }, dryRun: false };
const object = (name: string, spec: object, more: object = {}): KubeObject =>
  ({
    apiVersion: 'apiregistration.k8s.io/v1',
    kind: 'APIService',
    metadata: { name },
    spec: { groupPriorityMinimum: 1000, versionPriority: 15, ...spec },
    ...more,
  }) as KubeObject;
const problems = (given: KubeObject) =>
  apiService.validate(given, context).map(({ field, body }) => `${field}: ${body}`);

describe('an APIService', () => {
  it('of this server is available from the beginning', () => {
    const draft = object('v1.apps', { group: 'apps', version: 'v1' });
    apiService.prepareForCreate?.(draft, context);
    expect(problems(draft)).toEqual([]);
    expect(draft).toMatchObject({
      status: {
        conditions: [{ type: 'Available', status: 'True', lastTransitionTime: context.now, reason: 'Local' }],
      },
    });
    expect(apiService.table?.cells(draft, 0).slice(0, 3)).toEqual(['v1.apps', 'Local', 'True']);
  });

  it('is named by version and group, and only v1 has no group', () => {
    expect(problems(object('apps', { group: 'apps', version: 'v1' }))).toEqual([
      'metadata.name: Invalid value: "apps": must be `spec.version+"."+spec.group`: "v1.apps"',
    ]);
    expect(problems(object('v2.', { version: 'v2' }))).toEqual([
      'spec.group: Required value: only v1 may have an empty group and it better be legacy kube',
    ]);
  });

  it('has priorities within bounds', () => {
    const spec = { group: 'a.b', version: 'v1', groupPriorityMinimum: 0, versionPriority: 1001 };
    expect(problems(object('v1.a.b', spec))).toEqual([
      'spec.groupPriorityMinimum: Invalid value: 0: must be positive and less than 20000',
      'spec.versionPriority: Invalid value: 1001: must be positive and less than 1000',
    ]);
  });

  it('cannot send requests elsewhere, and says so', () => {
    const spec = { group: 'a.b', version: 'v1', service: { namespace: 'x', name: 'y' } };
    const draft = object('v1.a.b', spec);
    expect(problems(draft)).toEqual([
      'spec.service: Forbidden: this control plane does not aggregate other API servers',
    ]);
    expect(apiService.table?.cells(draft, 0).slice(1, 3)).toEqual(['x/y', 'Unknown']);
  });

  it('takes only statuses that there are', () => {
    const status = { conditions: [{ type: 'Available', status: 'Quizá' }] };
    const given = object('v1.apps', { group: 'apps', version: 'v1' }, { status });
    expect(apiService.subresources?.status?.validateUpdate?.(given, given)).toEqual([
      expect.objectContaining({
        field: 'status.conditions[0].status',
        body: 'Unsupported value: "Quizá": supported values: "True", "False", "Unknown"',
      }),
    ]);
  });
});
