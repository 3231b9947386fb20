import { CelBudgetError } from './errors.ts';

const outOfBudget =
  'validation failed due to running out of cost budget, no further validation rules will be run';

/** Of the evaluation that runs now. They are synchronous; one inside another (a policy's variables) has its own. */
let left = Number.POSITIVE_INFINITY;

/** Takes steps of the running evaluation's budget. Throws a CelBudgetError when it is spent. */
export function charge(steps: number): void {
  left -= steps;
  if (left < 0) throw new CelBudgetError(outOfBudget);
}

/** Runs `evaluate` with so many steps. */
export function withBudget<T>(steps: number, evaluate: () => T): T {
  const before = left;
  left = steps;
  try {
    return evaluate();
  } finally {
    left = before;
  }
}
