import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { seededRandom } from '../../../src/base/random.ts';
import { EvenChance } from '../../../src/cluster/network/rules/even-chance.ts';
import { printRules } from '../../../src/cluster/network/rules/print.ts';
import { internalOutcome, reachOf } from '../../../src/cluster/network/rules/reach.ts';
import type { Endpoint, ServicePort } from '../../../src/cluster/network/rules/service-ports.ts';

const endpoint = fc.record({
  ip: fc.integer({ min: 2, max: 250 }).map((last) => `10.244.1.${last}`),
  port: fc.constant(80),
  node: fc.constantFrom('n1', 'n2', undefined),
  ready: fc.boolean(),
  serving: fc.boolean(),
  terminating: fc.boolean(),
  zoneHints: fc.constantFrom<string[]>([], [], ['z1'], ['z2'], ['z1', 'z2']),
});
const servicePort = fc
  .record({
    endpoints: fc.uniqueArray(endpoint, { selector: ({ ip }) => ip, maxLength: 6 }),
    nodePort: fc.constantFrom(0, 30080),
    internalLocal: fc.boolean(),
    externalLocal: fc.boolean(),
    affinitySeconds: fc.constantFrom(undefined, 10_800),
  })
  .map(
    (given): ServicePort => ({
      namespace: 'shop',
      service: 'web',
      name: 'shop/web',
      protocol: 'TCP',
      port: 80,
      clusterIps: ['10.0.7.7'],
      externalIps: [],
      loadBalancerIps: [],
      sourceRanges: [],
      healthCheckNodePort: 0,
      ...given,
    }),
  );
const node = { name: 'n1', zone: 'z1' };
const names = (endpoints: readonly Endpoint[]) => endpoints.map(({ ip }) => ip).sort();

describe('where a cluster IP leads', () => {
  test('is exactly to the ready endpoints when nothing narrows them', () => {
    fc.assert(
      fc.property(servicePort, (port) => {
        const plain = {
          ...port,
          internalLocal: false,
          endpoints: port.endpoints.map((one) => ({ ...one, zoneHints: [] })),
        };
        const outcome = internalOutcome(plain, reachOf(plain, node));
        const ready = plain.endpoints.filter((one) => one.ready);
        const leaving = plain.endpoints.filter((one) => !one.ready && one.serving && one.terminating);
        const expected = ready.length > 0 ? ready : leaving;
        if (expected.length === 0) expect(outcome.kind).toBe('reject');
        else expect(outcome.kind === 'endpoints' && names(outcome.endpoints)).toEqual(names(expected));
      }),
    );
  });

  test('never to one that does not serve, and to one of its own node when it must', () => {
    fc.assert(
      fc.property(servicePort, (port) => {
        const reach = reachOf(port, node);
        for (const one of [...reach.cluster, ...reach.local])
          expect(one.ready || (one.serving && one.terminating)).toBe(true);
        for (const one of reach.local) expect(one.node).toBe('n1');
        if (port.endpoints.some((one) => one.ready)) expect(reach.any || !port.endpoints.length).toBe(true);
      }),
    );
  });
});

describe('the rules of a Service', () => {
  /** Follows the nat table from a chain, as the kernel does: how likely each endpoint is. */
  function chances(rules: string, chain: string): Map<string, number> {
    const found = new Map<string, number>();
    let left = 1;
    for (const line of rules.split('\n')) {
      if (!line.startsWith(`-A ${chain} `) || line.includes('-m recent') || line.includes('KUBE-MARK-MASQ'))
        continue;
      const target = line.split(' -j ')[1] ?? '';
      const share = Number(line.match(/--probability ([0-9.]+)/)?.[1] ?? 1);
      const dnat = rules
        .split('\n')
        .find((other) => other.startsWith(`-A ${target} `) && other.includes('DNAT'));
      const address = dnat?.split('--to-destination ')[1] ?? `none of ${target}`;
      found.set(address, (found.get(address) ?? 0) + left * share);
      left *= 1 - share;
    }
    return found;
  }

  test('give every endpoint that it reaches the same chance, and no other any', () => {
    fc.assert(
      fc.property(servicePort, (port) => {
        const view = {
          services: new Map([['shop/web', [port]]]),
          atAddress: () => undefined,
          atNodePort: () => undefined,
          atHealthPort: () => undefined,
        };
        const rules = printRules(view, node);
        const outcome = internalOutcome(port, reachOf(port, node));
        const jump = rules.match(/-d 10\.0\.7\.7\/32 .* -j (KUBE-SV[CL]-\w+)$/m)?.[1];
        if (outcome.kind !== 'endpoints') {
          expect(jump).toBe(undefined);
          expect(rules).toMatch(
            outcome.kind === 'drop' ? /10\.0\.7\.7.* -j DROP/ : /10\.0\.7\.7.* -j REJECT/,
          );
          return;
        }
        const found = chances(rules, jump ?? '');
        expect([...found.keys()].sort()).toEqual(
          names(outcome.endpoints)
            .map((ip) => `${ip}:80`)
            .sort(),
        );
        for (const chance of found.values()) expect(chance).toBeCloseTo(1 / outcome.endpoints.length, 6);
      }),
    );
  });
});

describe('an even chance', () => {
  test('gives each its share in any run of a thousand, in no fixed order', () => {
    fc.assert(
      fc.property(fc.integer(), fc.integer({ min: 2, max: 7 }), (seed, n) => {
        const chance = new EvenChance(seededRandom(seed));
        const among = Array.from({ length: n }, (_, i) => `e${i}`);
        const counts = among.map(() => 0);
        const first: number[] = [];
        for (let i = 0; i < 1000; i++) {
          const at = chance.pick('rule', among);
          counts[at] = (counts[at] ?? 0) + 1;
          if (i < 12) first.push(at);
        }
        for (const count of counts) expect(Math.abs(count - 1000 / n)).toBeLessThan(100 / n);
        // Not one after the other: somewhere in a dozen, one comes twice in a row or a turn is broken.
        const inTurn = first.every((at, i) => i < n || at === first[i - n]);
        return n > 4 || !inTurn;
      }),
    );
  });
});
