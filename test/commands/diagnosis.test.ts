import { expect, it } from 'vitest';
import { cgroupDetail } from '../../src/commands/services/diagnosis.ts';

it('says to whoever is not root whether groups can be made here', () => {
  const facts = { cgroup: 'v2', fullRoot: false } as const;
  expect(cgroupDetail({ ...facts, delegatedControllers: [] })).toBe('v2; tu usuario no puede crear grupos');
  expect(cgroupDetail({ ...facts, delegatedControllers: ['memory', 'pids'] })).toBe(
    'v2; tu usuario puede repartir memory y pids',
  );
  expect(cgroupDetail({ ...facts, fullRoot: true, delegatedControllers: [] })).toBe('v2');
});
