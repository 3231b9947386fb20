import { expect, it } from 'vitest';
import { compareKubeVersions } from '../../src/kube/kube-version.ts';

it('prefers stable versions to betas, newer to older ones, and any of them to other texts', () => {
  const versions = [
    'foo1',
    'v1beta1',
    'v2alpha1',
    'v1',
    'v11',
    'v2',
    'v10beta3',
    'v1beta2',
    'foo10',
    'v12alpha1',
  ];
  expect([...versions].sort((a, b) => compareKubeVersions(b, a))).toEqual([
    'v11',
    'v2',
    'v1',
    'v10beta3',
    'v1beta2',
    'v1beta1',
    'v12alpha1',
    'v2alpha1',
    'foo1',
    'foo10',
  ]);
  expect(compareKubeVersions('foo', 'foo')).toBe(0);
});
