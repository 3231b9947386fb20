import { describe, expect, test } from 'vitest';
import { ingressRoutes } from '../../../src/cluster/network/ingress/routes.ts';
import type { Ingress } from '../../../src/kube/api/networking-v1.ts';

const backend = (service: string) => ({ service: { name: service, port: { number: 80 } } });
const path = (text: string, service: string, pathType = 'Prefix') => ({
  path: text,
  pathType,
  backend: backend(service),
});
const ingress = (name: string, spec: object, creationTimestamp = '2026-01-01T00:00:00Z'): Ingress => ({
  apiVersion: 'networking.k8s.io/v1',
  kind: 'Ingress',
  metadata: { name, namespace: 'shop', creationTimestamp },
  spec,
});

describe('the routes of Ingresses', () => {
  const routes = ingressRoutes([
    ingress(
      'late',
      { rules: [{ host: 'pan.local', http: { paths: [path('/', 'late')] } }] },
      '2026-02-02T00:00:00Z',
    ),
    ingress('shop', {
      rules: [
        {
          host: 'pan.local',
          http: {
            paths: [
              path('/', 'front'),
              path('/orders', 'orders'),
              path('/orders/old/', 'old'),
              path('/orders', 'exact', 'Exact'),
              path('/any', 'any', 'ImplementationSpecific'),
            ],
          },
        },
        { host: '*.wild.local', http: { paths: [path('/', 'wild')] } },
        { host: 'named.wild.local', http: { paths: [path('/only', 'named')] } },
        { http: { paths: [path('/open', 'open')] } },
      ],
    }),
    ingress('fallback', { defaultBackend: backend('default') }, '2026-03-03T00:00:00Z'),
  ]);

  test.each([
    ['pan.local', '/', 'front'],
    ['PAN.local:8080', '/x', 'front'],
    ['pan.local', '/orders', 'exact'],
    ['pan.local', '/orders?x=/1', 'exact'],
    ['pan.local', '/orders/', 'orders'],
    ['pan.local', '/orders/7', 'orders'],
    ['pan.local', '/ordersx', 'front'],
    ['pan.local', '/orders/old', 'old'],
    ['pan.local', '/orders/old/1', 'old'],
    ['pan.local', '/any/thing', 'any'],
    ['a.wild.local', '/x', 'wild'],
    ['a.b.wild.local', '/open', 'open'],
    ['wild.local', '/open/x', 'open'],
    ['named.wild.local', '/only', 'named'],
    ['named.wild.local', '/x', 'default'],
    ['other', '/open', 'open'],
    ['other', '/x', 'default'],
    ['__proto__', '/x', 'default'],
  ])('%s%s goes to %s', (host, asked, service) => {
    expect(routes.match(host, asked)?.service).toBe(service);
  });

  test('are nobody’s without a rule or a default backend', () => {
    const only = ingressRoutes([
      ingress('one', { rules: [{ host: 'a', http: { paths: [path('/x', 'x')] } }] }),
    ]);
    expect(only.match('a', '/y')).toBe(undefined);
    expect(only.match('b', '/x')).toBe(undefined);
    expect(ingressRoutes([]).match('a', '/')).toBe(undefined);
  });
});
