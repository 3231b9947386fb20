/** Something wrong in a course's files, said so that its author can mend it without reading our code. */
export interface Problem {
  /** Relative to the folder that was loaded, with `/`: `01-contenedores/02-cgroups/ejercicios.yaml`. */
  readonly file: string;
  /** From 1. */
  readonly line: number;
  /** From 1. */
  readonly column: number;
  /** Stable id: `ejercicio/pistas-cuatro`. */
  readonly rule: string;
  /** Spanish: what is wrong. */
  readonly message: string;
  /** Spanish: how to mend it. */
  readonly remedy: string;
}

export interface Position {
  readonly line: number;
  readonly column: number;
}

/** `archivo:línea:columna: qué pasa (regla)` and, on a second line, the remedy. Editors follow the first. */
export function formatProblem(problem: Problem): string {
  const where = `${problem.file}:${problem.line}:${problem.column}`;
  return `${where}: ${problem.message} (${problem.rule})\n    → ${problem.remedy}`;
}

/** Files in order of name, then by place. */
export function compareProblems(left: Problem, right: Problem): number {
  if (left.file !== right.file) return left.file < right.file ? -1 : 1;
  return left.line - right.line || left.column - right.column;
}
