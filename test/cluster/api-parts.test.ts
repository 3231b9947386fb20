import { expect, test } from 'vitest';
import { checkAdmission } from '../../src/cluster/api-parts.ts';
import { admissionNames } from '../../src/cluster/apiserver/admission/index.ts';
import { ClusterRefused } from '../../src/cluster/options.ts';

test('admission plugins are switched off by upstream’s names, and others are told', () => {
  expect(() => checkAdmission([])).not.toThrow();
  expect(() => checkAdmission(admissionNames)).not.toThrow();
  expect(() => checkAdmission(['PodSecurity', 'podsecurity', 'Nada'])).toThrow(
    /`--admision-sin`: no hay ningún plugin de admisión llamado podsecurity, Nada\./,
  );
  // That nobody grants what they do not have is no plugin upstream.
  expect(() => checkAdmission(['RBACEscalation'])).toThrow(ClusterRefused);
});
