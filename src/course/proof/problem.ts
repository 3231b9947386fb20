/** Something wrong in one exercise, with the path of YAML keys inside it. The loader adds file, line and column. */
export interface ExerciseProblem {
  readonly path: readonly (string | number)[];
  /** Stable id: `comprobacion/ciclo`. */
  readonly rule: string;
  /** Spanish: what is wrong. */
  readonly message: string;
  /** Spanish: how to mend it. */
  readonly remedy: string;
  /** Characters inside the text at `path`, end exclusive, when the problem is inside an expression. */
  readonly within?: { readonly start: number; readonly end: number };
}

export type Report = (
  path: ExerciseProblem['path'],
  rule: string,
  message: string,
  remedy: string,
  within?: ExerciseProblem['within'],
) => void;

/** Collects what `find` reports. */
export function problemsOf(find: (report: Report) => void): readonly ExerciseProblem[] {
  const problems: ExerciseProblem[] = [];
  find((path, rule, message, remedy, within) => {
    const place = within ? { within: { start: within.start, end: within.end } } : {};
    problems.push({ path, rule, message, remedy, ...place });
  });
  return problems;
}
