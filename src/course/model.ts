import type { Json, JsonObject } from '../base/json.ts';
import type { CheckSpec } from '../checks/check.ts';

/** The course as values. Loading is the only thing that can fail (see `load/`); everything here is immutable. */
export interface Course {
  readonly modules: readonly Module[];
  readonly glossary: readonly GlossaryTerm[];
  readonly diagrams: { readonly [id: string]: Diagram };
}

export interface Module {
  /** `M1`: declared in `modulo.yaml`, independent of the folder's position. */
  readonly id: string;
  readonly title: string;
  readonly summary: string;
  readonly lessons: readonly Lesson[];
}

export interface Lesson {
  /** `1.2`: declared, stable, independent of the folder's name. Progress is keyed by it. */
  readonly id: string;
  /** Second name that commands accept: `cgroups`. */
  readonly alias: string;
  readonly moduleId: string;
  readonly title: string;
  readonly minutes: number;
  readonly optional: boolean;
  readonly goals: readonly string[];
  /** Rows of the old notes and their correction. */
  readonly notes: readonly NoteRow[];
  /** Pages in order; the learner's place is kept by page id. */
  readonly pages: readonly Page[];
  readonly exercises: readonly Exercise[];
  readonly predictions: readonly Prediction[];
  readonly questions: readonly Question[];
  /** Ids `lesson/question` of earlier lessons asked again at the end. */
  readonly review: readonly string[];
  /** Absolute folder, to find `inicio/`, `soluciones/` and `errores/`. */
  readonly folder: string;
}

export interface NoteRow {
  /** `S10` */
  readonly row: string;
  readonly said: string;
  readonly now: string;
}

/** One screenful of reading or work. */
export type Page =
  | { readonly kind: 'text'; readonly id: string; readonly title: string; readonly blocks: readonly Block[] }
  | {
      readonly kind: 'prediction';
      readonly id: string;
      readonly title: string;
      readonly predictionId: string;
    }
  | { readonly kind: 'exercise'; readonly id: string; readonly title: string; readonly exerciseId: string }
  | { readonly kind: 'explain'; readonly id: string; readonly title: string }
  | { readonly kind: 'quiz'; readonly id: string; readonly title: string }
  | { readonly kind: 'review'; readonly id: string; readonly title: string };

export type Block =
  | { readonly kind: 'markdown'; readonly text: string }
  | { readonly kind: 'diagram'; readonly diagramId: string }
  | { readonly kind: 'notes'; readonly rows: readonly string[] };

export interface Diagram {
  readonly id: string;
  readonly title: string;
  /** What a reader who cannot see it needs to know. */
  readonly alt: string;
  /** At most 58 columns each. */
  readonly lines: readonly string[];
}

export interface GlossaryTerm {
  readonly term: string;
  readonly english: string;
  readonly definition: string;
  /** Other spellings under which `[[…]]` finds it. */
  readonly aliases: readonly string[];
}

export interface Exercise {
  /** `1.2.b` */
  readonly id: string;
  readonly lessonId: string;
  readonly title: string;
  /** Fading: worked out together → gaps → free. */
  readonly style: 'guiado' | 'huecos' | 'libre';
  /** Where the learner works: `docker`, `linux` (ladder), `cluster` (Kubernetes) or `nada` (only files and answers). */
  readonly world: 'docker' | 'linux' | 'cluster' | 'nada';
  /** What a rung of the ladder must offer besides; one that does not is passed over while there is a lower one. */
  readonly needs?: readonly ExerciseNeed[];
  /** Markdown template. */
  readonly task: string;
  readonly parameters: { readonly [name: string]: ParameterSpec };
  readonly start: Start;
  readonly questions: readonly AnswerSlot[];
  readonly checks: readonly CheckSpec[];
  /** Exactly four, from vague to the explained solution. Templates. */
  readonly hints: readonly string[];
  /** Shown when passed: what it meant. Template. */
  readonly afterword: string;
  readonly solution: Script;
  readonly wrong: readonly WrongAnswer[];
  readonly unusual: readonly (Script & { readonly id: string })[];
}

/**
 * `cgroup`: a part of the cgroup tree where the learner may make groups; `cpu`: and limit their CPU. `cluster-entero`: the
 * exercise touches masters, nodes, components or the clock of the built-in cluster, and has it for itself.
 */
export type ExerciseNeed = 'cgroup' | 'cpu' | 'cluster-entero';

/** How a parameter's value is drawn for each attempt; kept until reset. */
export type ParameterSpec =
  | { readonly type: 'name'; readonly prefix: string } // pan-7f3c
  | { readonly type: 'port' } // a free loopback port in 20000–29999
  | { readonly type: 'word' } // Spanish word + digits, pronounceable: «canela-482»
  | { readonly type: 'number'; readonly min: number; readonly max: number }
  | { readonly type: 'choice'; readonly options: readonly Json[] };

export interface Start {
  /** Files copied into the working folder; text files are templates. */
  readonly files: readonly { readonly from: string; readonly to: string; readonly template: boolean }[];
  /** Shell lines run by the course itself in the exercise's world before the learner begins (docker build, …). */
  readonly steps: readonly string[];
}

/** Something the learner types instead of doing. */
export interface AnswerSlot {
  readonly id: string;
  readonly text: string;
  readonly type: 'numero' | 'conjunto' | 'texto' | 'opcion';
  readonly options: readonly string[];
}

/** Shell steps in one shell that stays alive, plus answers. Templates; `$CURSO_<PARAM>` also carries each parameter. */
export interface Script {
  readonly steps: readonly string[];
  /** Values, or `$(command)` which the proof runs in the same shell to obtain the answer. */
  readonly answers: { readonly [questionId: string]: Json };
  /** World in which it makes sense, when not in every one: `['root']`, `['root','station']`. Empty: all. */
  readonly rungs: readonly string[];
}

export interface WrongAnswer extends Script {
  readonly id: string;
  /** The check that must fail. */
  readonly fails: string;
  /** Texts the message must have, exactly, after rendering. */
  readonly message: {
    readonly found?: string;
    readonly expected?: string;
    readonly why: string;
    readonly next?: string;
  };
}

export interface Prediction {
  readonly id: string;
  readonly question: string;
  readonly options: readonly string[];
  /** What really happens and why; shown next to the learner's prediction on the `explain` page. Markdown. */
  readonly observed: string;
}

export interface Question {
  readonly id: string;
  readonly text: string;
  readonly answer:
    | { readonly type: 'opcion'; readonly options: readonly Option[] }
    | { readonly type: 'varias'; readonly options: readonly Option[] }
    | { readonly type: 'numero'; readonly value: number; readonly tolerance: number }
    | { readonly type: 'texto'; readonly accepts: readonly string[] }
    | { readonly type: 'orden'; readonly items: readonly string[] }
    | { readonly type: 'parejas'; readonly pairs: readonly (readonly [string, string])[] };
  /** Shown after answering, whatever the answer. */
  readonly because: string;
}

export interface Option {
  readonly text: string;
  readonly correct: boolean;
  /** Refutation of this distractor, or confirmation. */
  readonly because: string;
}

/** Values of one attempt: drawn parameters, answers and what the engine must remember between looks. */
export interface Attempt {
  readonly exerciseId: string;
  /** 8 hex digits; goes into labels and the environment of processes, so that cleaning finds only what is ours. */
  readonly token: string;
  readonly startedAtMs: number;
  readonly parameters: JsonObject;
  readonly answers: { readonly [questionId: string]: Json };
  readonly failures: number;
  /** Per check: serialised engine memory (baseline seen, held since, edge passed). */
  readonly memory: JsonObject;
}
