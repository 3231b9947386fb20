import { describe, expect, it } from 'vitest';
import { serviceResource as service } from '../../../src/kube/resources/service.ts';
import { heldAllocations, missingAllocations } from '../../../src/kube/service-needs.ts';
import { created, updated } from '../../helpers/writtenObjects.ts';

const port = { port: 80 };

describe('a new Service', () => {
  it('gets the defaults of its type', () => {
    const { object, errors } = created(service, { spec: { ports: [port], type: 'NodePort' } });
    expect(errors).toEqual([]);
    expect(object.spec).toMatchObject({
      sessionAffinity: 'None',
      externalTrafficPolicy: 'Cluster',
      internalTrafficPolicy: 'Cluster',
      ports: [{ port: 80, protocol: 'TCP', targetPort: 80 }],
    });
  });

  it('waits three hours for a client to come back', () => {
    const { object } = created(service, { spec: { ports: [port], sessionAffinity: 'ClientIP' } });
    expect(object.spec.sessionAffinityConfig).toEqual({ clientIP: { timeoutSeconds: 10800 } });
  });

  it.each([
    [
      'ports without names',
      { ports: [port, { port: 81 }] },
      ['spec.ports[0].name: Required value', 'spec.ports[1].name: Required value'],
    ],
    ['no ports', { ports: [] }, ['spec.ports: Required value']],
    [
      'an unknown type',
      { ports: [port], type: 'Nube' },
      [
        'spec.type: Unsupported value: "Nube": supported values: "ClusterIP", "ExternalName", "LoadBalancer", "NodePort"',
      ],
    ],
    [
      'the same port twice',
      {
        ports: [
          { name: 'a', port: 80 },
          { name: 'b', port: 80 },
        ],
      },
      [
        'spec.ports[1]: Duplicate value: core.ServicePort{Name:"", Protocol:"TCP", AppProtocol:(*string)(nil), Port:80, TargetPort:intstr.IntOrString{Type:0, IntVal:0, StrVal:""}, NodePort:0}',
      ],
    ],
    [
      'a name that is no host name',
      { type: 'ExternalName', externalName: 'Pan.' },
      [
        "spec.externalName: Invalid value: \"Pan\": a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')",
      ],
    ],
    [
      'a node port nobody can reach',
      { ports: [{ port: 80, nodePort: 30000 }] },
      ["spec.ports[0].nodePort: Forbidden: may not be used when `type` is 'ClusterIP'"],
    ],
  ])('is refused with %s', (_, spec, errors) => {
    expect(created(service, { spec }).errors).toEqual(errors);
  });
});

describe('a Service that changes', () => {
  const given = {
    spec: {
      type: 'NodePort',
      ports: [{ port: 80, nodePort: 30080 }],
      clusterIP: '10.0.0.1',
      clusterIPs: ['10.0.0.1'],
    },
  };

  it('keeps the address that its writer left out', () => {
    const { object, errors } = updated(service, given, (draft) => {
      delete draft.spec.clusterIP;
      delete draft.spec.clusterIPs;
    });
    expect(errors).toEqual([]);
    expect(object.spec.clusterIPs).toEqual(['10.0.0.1']);
    expect(object.spec.clusterIP).toBe('10.0.0.1');
  });

  it('may not move to another address', () => {
    const { errors } = updated(service, given, (draft) => {
      draft.spec.clusterIP = '10.0.0.2';
      draft.spec.clusterIPs = ['10.0.0.2'];
    });
    expect(errors).toContain(
      'spec.clusterIPs[0]: Invalid value: []string{"10.0.0.2"}: may not change once set',
    );
  });

  it('gives its ports back when it turns inward', () => {
    const { object, errors } = updated(service, given, (draft) => {
      draft.spec.type = 'ClusterIP';
      delete draft.spec.externalTrafficPolicy;
    });
    expect(errors).toEqual([]);
    expect(object.spec.ports[0].nodePort).toBeUndefined();
  });

  it('gives everything back when it becomes a mere name', () => {
    const { object, errors } = updated(service, given, (draft) => {
      draft.spec.type = 'ExternalName';
      draft.spec.externalName = 'pan.example';
      delete draft.spec.externalTrafficPolicy;
      delete draft.spec.internalTrafficPolicy;
    });
    expect(errors).toEqual([]);
    expect(object.spec.clusterIPs).toBeUndefined();
  });
});

describe('what a Service needs', () => {
  const needs = (spec: object) => missingAllocations({ spec } as never);

  it.each([
    ['an address', { type: 'ClusterIP', ports: [port] }, { clusterIp: true, nodePorts: [] }],
    [
      'nothing when headless',
      { type: 'ClusterIP', clusterIPs: ['None'] },
      { clusterIp: false, nodePorts: [] },
    ],
    ['nothing for a name', { type: 'ExternalName' }, { clusterIp: false, nodePorts: [] }],
    [
      'node ports that nobody chose',
      { type: 'NodePort', clusterIPs: ['10.0.0.1'], ports: [{ port: 80, nodePort: 30001 }, { port: 81 }] },
      { clusterIp: false, nodePorts: [1] },
    ],
    [
      'no node ports where they were refused',
      { type: 'LoadBalancer', allocateLoadBalancerNodePorts: false, ports: [port] },
      { clusterIp: true, nodePorts: [] },
    ],
  ])('is %s', (_, spec, wanted) => {
    expect(needs(spec)).toEqual({ ...wanted, healthCheckNodePort: false });
  });

  it('is a port for health checks when it balances locally', () => {
    const spec = {
      type: 'LoadBalancer',
      externalTrafficPolicy: 'Local',
      clusterIPs: ['10.0.0.1'],
      ports: [],
    };
    expect(needs(spec).healthCheckNodePort).toBe(true);
    expect(needs({ ...spec, healthCheckNodePort: 30002 }).healthCheckNodePort).toBe(false);
  });

  it('is held while the Service lives', () => {
    const spec = {
      type: 'NodePort',
      clusterIPs: ['10.0.0.1'],
      ports: [{ port: 80, protocol: 'TCP', nodePort: 30001 }],
    };
    expect(heldAllocations({ spec } as never)).toEqual({
      clusterIps: ['10.0.0.1'],
      nodePorts: [{ protocol: 'TCP', port: 30001 }],
    });
  });
});
