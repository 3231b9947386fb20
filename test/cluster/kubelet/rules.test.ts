import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { withDefaultTag } from '../../../src/cluster/kubelet/images/reference.ts';
import { Backoff } from '../../../src/cluster/kubelet/pods/backoff.ts';
import { expand } from '../../../src/cluster/kubelet/runtime/expansion.ts';
import { statusPatch } from '../../../src/cluster/kubelet/status/patch.ts';

describe('what stands for a variable', () => {
  const known = (name: string) => new Map([['A', 'uno']]).get(name);
  it.each([
    ['$(A)', 'uno'],
    ['$$(A)', '$(A)'],
    ['$(B)', '$(B)'],
    ['$A', '$A'],
    ['$(A', '$(A'],
    ['a$', 'a$'],
    ['$$$(A)', '$uno'],
  ])('%s', (text, wanted) => {
    expect(expand(text, known)).toBe(wanted);
  });

  it('leaves text without a dollar as it is', () => {
    fc.assert(
      fc.property(
        fc.string().filter((text) => !text.includes('$')),
        (text) => {
          expect(expand(text, known)).toBe(text);
        },
      ),
    );
  });
});

describe('the name of an image', () => {
  it.each([
    ['nginx', 'nginx:latest'],
    ['nginx:1', 'nginx:1'],
    ['localhost:5000/x', 'localhost:5000/x:latest'],
    [`x@sha256:${'0'.repeat(64)}`, `x@sha256:${'0'.repeat(64)}`],
  ])('%s', (image, wanted) => {
    expect(withDefaultTag(image)).toBe(wanted);
  });

  it.each([
    ['Nginx:UPPER/x', 'couldn\'t parse image name "Nginx:UPPER/x": invalid reference format'],
    [
      'Nginx',
      'couldn\'t parse image name "Nginx": invalid reference format: repository name (library/Nginx) must be lowercase',
    ],
    ['a:b:c', 'couldn\'t parse image name "a:b:c": invalid reference format'],
  ])('%s is none', (image, why) => {
    expect(() => withDefaultTag(image)).toThrow(why);
  });
});

describe('waiting after a crash', () => {
  it('doubles to its limit, and starts anew after twice that without one', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 700_000 }), { maxLength: 30 }), (gaps) => {
        const backoff = new Backoff(10_000, 300_000);
        let nowMs = 1_000_000;
        let wanted = 0;
        for (const gap of gaps) {
          nowMs += gap;
          wanted = wanted === 0 || gap > 600_000 ? 10_000 : Math.min(300_000, wanted * 2);
          backoff.next('c', nowMs);
          expect(backoff.get('c')).toBe(wanted);
          expect(backoff.inBackoffSince('c', nowMs, nowMs + wanted - 1)).toBe(true);
          expect(backoff.inBackoffSince('c', nowMs, nowMs + wanted)).toBe(false);
        }
      }),
    );
  });
});

describe('the patch of a status', () => {
  it('is none when nothing changed', () => {
    const status = { phase: 'Running', conditions: [{ type: 'Ready', status: 'True' }] };
    expect(statusPatch(status, structuredClone(status))).toBeUndefined();
  });

  it('leaves conditions of others alone, and takes away what is gone', () => {
    const before = {
      phase: 'Pending',
      reason: 'X',
      conditions: [
        { type: 'Ready', status: 'False', reason: 'Y' },
        { type: 'Otra', status: 'True' },
      ],
    };
    const after = {
      phase: 'Running',
      conditions: [
        { type: 'Otra', status: 'True' },
        { type: 'Ready', status: 'True' },
      ],
    };
    expect(statusPatch(before, after)).toEqual({
      phase: 'Running',
      reason: null,
      '$setElementOrder/conditions': [{ type: 'Otra' }, { type: 'Ready' }],
      conditions: [{ type: 'Ready', status: 'True', reason: null }],
    });
  });
});
