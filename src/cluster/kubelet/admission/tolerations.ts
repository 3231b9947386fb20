import type { Taint, Toleration } from '../../../kube/api/core-v1.ts';

/** Mirrors v1.Toleration.ToleratesTaint. */
export function toleratesTaint(
  { key = '', operator = '', value = '', effect = '' }: Toleration,
  taint: Taint,
): boolean {
  if (effect !== '' && effect !== taint.effect) return false;
  if (key !== '' && key !== taint.key) return false;
  return operator === 'Exists' || value === (taint.value ?? '');
}
