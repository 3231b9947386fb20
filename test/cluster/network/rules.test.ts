import { describe, expect, test } from 'vitest';
import { endpointChain, serviceChain } from '../../../src/cluster/network/rules/chain-names.ts';
import { createWorld, service, services, slice, slices } from './world.ts';

describe('chain names', () => {
  test('are what kube-proxy gives', () => {
    const chain = (name: string, kind: 'SVC' | 'EXT' = 'SVC') =>
      serviceChain(kind, { name, protocol: 'TCP' } as never);
    expect(chain('default/kubernetes:https')).toBe('KUBE-SVC-NPX46M4PTMTKRN6Y');
    expect(chain('kube-system/kube-dns:dns-tcp')).toBe('KUBE-SVC-ERIFXISQEP7F7OF4');
    expect(chain('ns1/svc1:p80')).toBe('KUBE-SVC-XPGD46QRK7WJZT7O');
    expect(chain('ns4/svc4:p80', 'EXT')).toBe('KUBE-EXT-4SW47YFZTEDKD3PK');
    expect(endpointChain({ name: 'ns1/svc1:p80', protocol: 'TCP' } as never, '10.180.0.1:80')).toBe(
      'KUBE-SEP-SXIVWICOYRO3J4NJ',
    );
  });
});

describe('the rules of a node', () => {
  test('read as iptables-save prints them', async () => {
    const world = await createWorld();
    const [a, b, c] = [
      await world.pod('a'),
      await world.pod('b', { node: 'nodo-2' }),
      await world.pod('c', { node: 'nodo-3' }),
    ];
    await world.apply(
      services(),
      service('web', { type: 'NodePort', clusterIP: '10.0.7.7', ports: [{ port: 80, nodePort: 30080 }] }),
      service('none', { clusterIP: '10.0.7.8' }),
      service('near', { clusterIP: '10.0.7.9', internalTrafficPolicy: 'Local' }),
    );
    const ready = [{ pod: a }, { pod: b }, { pod: c }];
    await world.apply(slices(), slice('web', ready), slice('near', [{ pod: b }]));
    expect(world.network.rulesOf('nodo-1')).toMatchSnapshot();
    await world.close();
  });
});
