import { describe, expect, it } from 'vitest';
import { clusterRole } from '../../../src/kube/resources/cluster-role.ts';
import { configMapResource as configMap } from '../../../src/kube/resources/config-map.ts';
import { limitRange } from '../../../src/kube/resources/limit-range.ts';
import { networkPolicy } from '../../../src/kube/resources/network-policy.ts';
import { persistentVolumeClaim } from '../../../src/kube/resources/persistent-volume-claim.ts';
import { priorityClass } from '../../../src/kube/resources/priority-class.ts';
import { resourceQuota } from '../../../src/kube/resources/resource-quota.ts';
import { role } from '../../../src/kube/resources/role.ts';
import { roleBinding } from '../../../src/kube/resources/role-binding.ts';
import { secretResource as secret } from '../../../src/kube/resources/secret.ts';
import { storageClass } from '../../../src/kube/resources/storage-class.ts';
import { created, updated } from '../../helpers/writtenObjects.ts';

describe('a Secret', () => {
  it('takes plain text and is opaque unless told otherwise', () => {
    const { object, errors } = created(secret, { stringData: { receta: 'harina' } });
    expect(errors).toEqual([]);
    expect(object.type).toBe('Opaque');
    expect(object.data).toEqual({ receta: 'aGFyaW5h' });
    expect(object.stringData).toBeUndefined();
  });

  it.each([
    ['kubernetes.io/tls', ['data[tls.crt]: Required value', 'data[tls.key]: Required value']],
    ['kubernetes.io/dockerconfigjson', ['data[.dockerconfigjson]: Required value']],
    ['kubernetes.io/ssh-auth', ['data[ssh-privatekey]: Required value']],
    [
      'kubernetes.io/service-account-token',
      ['metadata.annotations[kubernetes.io/service-account.name]: Required value'],
    ],
  ])('of type %s has what that type is for', (type, errors) => {
    expect(created(secret, { type }).errors).toEqual(errors);
  });

  it('never changes its type', () => {
    const { errors } = updated(secret, {}, (draft) => {
      draft.type = 'otro';
    });
    expect(errors).toEqual(['type: Invalid value: "otro": field is immutable']);
  });
});

describe.each([
  ['ConfigMap', configMap],
  ['Secret', secret],
] as const)('an immutable %s', (_, definition) => {
  it('stays as it is', () => {
    const { errors } = updated(definition, { immutable: true, data: { a: 'YQ==' } }, (draft) => {
      draft.immutable = false;
      draft.data = { a: 'Yg==' };
    });
    expect(errors).toEqual([
      'immutable: Forbidden: field is immutable when `immutable` is set',
      'data: Forbidden: field is immutable when `immutable` is set',
    ]);
  });
});

describe('a PersistentVolumeClaim', () => {
  const spec = {
    accessModes: ['ReadWriteOnce'],
    storageClassName: 'lento',
    resources: { requests: { storage: '2Gi' } },
  };

  it('starts as pending, on a file system', () => {
    const { object, errors } = created(persistentVolumeClaim, { spec });
    expect(errors).toEqual([]);
    expect(object.spec.volumeMode).toBe('Filesystem');
    expect(object.status.phase).toBe('Pending');
  });

  it('grows only once it is bound, and never shrinks', () => {
    const resize = (storage: string, bound: boolean) =>
      updated(
        persistentVolumeClaim,
        { spec: { ...spec, ...(bound ? { volumeName: 'v' } : {}) } },
        (draft) => {
          draft.spec.resources.requests.storage = storage;
        },
      ).errors;
    expect(resize('3Gi', true)).toEqual(
      // The phase of a new claim is Pending, whatever it names.
      expect.arrayContaining([expect.stringContaining('spec: Forbidden: spec is immutable after creation')]),
    );
    expect(resize('1Gi', true).join()).toContain('Forbidden');
  });
});

describe('a ResourceQuota', () => {
  it.each([
    [
      { hard: { cpu: '1' }, scopes: ['BestEffort'] },
      [
        'spec.scopes: Invalid value: []core.ResourceQuotaScope{"BestEffort"}: unsupported scope applied to resource',
      ],
    ],
    [
      { hard: { pods: '1' }, scopes: ['BestEffort', 'NotBestEffort'] },
      [
        'spec.scopes: Invalid value: []core.ResourceQuotaScope{"BestEffort", "NotBestEffort"}: conflicting scopes',
      ],
    ],
    [
      { hard: { pods: '1.5' } },
      [
        'spec.hard[pods]: Invalid value: resource.Quantity{i:resource.int64Amount{value:15, scale:-1}, d:resource.infDecAmount{Dec:(*inf.Dec)(nil)}, s:"", Format:"DecimalSI"}: must be an integer',
      ],
    ],
  ])('%j is refused', (spec, errors) => {
    expect(created(resourceQuota, { spec }).errors).toEqual(errors);
  });
});

describe('a LimitRange', () => {
  it('fills in what follows from the limits', () => {
    const { object, errors } = created(limitRange, {
      spec: { limits: [{ type: 'Container', max: { cpu: '2' }, min: { cpu: '1' } }] },
    });
    expect(errors).toEqual([]);
    expect(object.spec.limits[0]).toEqual({
      type: 'Container',
      max: { cpu: '2' },
      min: { cpu: '1' },
      default: { cpu: '2' },
      defaultRequest: { cpu: '2' },
    });
  });

  it('speaks of each kind once', () => {
    const limits = [{ type: 'Pod' }, { type: 'Pod' }];
    expect(created(limitRange, { spec: { limits } }).errors).toEqual([
      'spec.limits[1].type: Duplicate value: "Pod"',
    ]);
  });
});

describe('rules', () => {
  it('name verbs, groups and resources', () => {
    expect(created(role, { rules: [{}] }).errors).toEqual([
      'rules[0].verbs: Required value: verbs must contain at least one value',
      'rules[0].apiGroups: Required value: resource rules must supply at least one api group',
      'rules[0].resources: Required value: resource rules must supply at least one resource',
    ]);
  });

  it('speak of URLs in the whole cluster only', () => {
    const rules = [{ verbs: ['get'], nonResourceURLs: ['/salud'] }];
    expect(created(clusterRole, { rules }).errors).toEqual([]);
    expect(created(role, { rules }).errors).toEqual([
      'rules[0].nonResourceURLs: Invalid value: []string{"/salud"}: namespaced rules cannot apply to non-resource URLs',
    ]);
  });

  it('are bound for good', () => {
    const given = { roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: 'r' } };
    const { errors } = updated(roleBinding, given, (draft) => {
      draft.roleRef.name = 'otro';
    });
    expect(errors).toEqual([
      'roleRef: Invalid value: rbac.RoleRef{APIGroup:"rbac.authorization.k8s.io", Kind:"Role", Name:"otro"}: cannot change roleRef',
    ]);
  });
});

describe('a NetworkPolicy', () => {
  it('is about what comes in, and about what goes out if it says so', () => {
    const types = (spec: object) => created(networkPolicy, { spec }).object.spec.policyTypes;
    expect(types({ podSelector: {} })).toEqual(['Ingress']);
    expect(types({ podSelector: {}, egress: [{}] })).toEqual(['Ingress', 'Egress']);
  });

  it('does not mix addresses with Pods', () => {
    const from = [{ ipBlock: { cidr: '10.0.0.0/8' }, podSelector: {} }];
    expect(created(networkPolicy, { spec: { podSelector: {}, ingress: [{ from }] } }).errors).toEqual([
      'spec.ingress[0].from[0]: Forbidden: may not specify both ipBlock and another peer',
    ]);
  });
});

describe('what never changes', () => {
  it.each([
    [priorityClass, { value: 1 }, { value: 2 }, ['value: Forbidden: may not be changed in an update.']],
    [
      storageClass,
      { provisioner: 'a.b/c' },
      { provisioner: 'a.b/d' },
      ['provisioner: Forbidden: updates to provisioner are forbidden.'],
    ],
  ] as const)('is kept', (definition, given, change, errors) => {
    expect(updated(definition, given, (draft) => Object.assign(draft, change)).errors).toEqual(errors);
  });
});
