import type { Attempt } from '../../course/model.ts';

/**
 * Parameter values with chance in them (`pan-7f3c`, `canela-482`): nobody else has that name, so what carries it is of
 * this attempt.
 */
export function drawnNames(attempt: Pick<Attempt, 'parameters'>): readonly string[] {
  return Object.values(attempt.parameters).filter(
    (value): value is string => typeof value === 'string' && /^[a-z][a-z0-9]*-[0-9a-f]{3,8}$/.test(value),
  );
}
