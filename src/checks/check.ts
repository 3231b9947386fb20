import type { Json, JsonObject } from '../base/json.ts';
import type { Backend } from './backend.ts';
import type { EvidenceLevel } from './verdict.ts';

/**
 * A condition over an observation. Either a map of `field path → matcher` (all must hold) or a CEL expression whose
 * variables are the attempt's parameters, `o` (this observation) and, by check id, the observations of its ancestors.
 */
export type Condition = string | { readonly [fieldPath: string]: Matcher };

/** A literal means "equal". An object with exactly one of these keys means that comparison; texts are templates. */
export type Matcher = Json;
export const matcherOperators = [
  'min', // number >= n
  'max', // number <= n
  'distinto', // not equal
  'contiene', // text contains, or list has an equal element
  'patron', // regular expression (JavaScript, `u` flag) finds a match in the text
  'existe', // true: the field is there and not null; false: it is not
  'conjunto', // list equals as a set
  'uno', // equals one of the list
  'vacio', // true: '' , [] , {} , null or missing; false: anything else
] as const;
export type MatcherOperator = (typeof matcherOperators)[number];

/** A check as an author writes it (YAML keys are Spanish; see `lessons/README.md`). Texts are templates with `@{…}`. */
export interface CheckSpec {
  /** Unique in its exercise; letters, digits and hyphens. */
  readonly id: string;
  /** The requirement, a sentence that reads right in every state: «el contenedor pan-7f3c está en marcha». */
  readonly description: string;
  /** Name of a kind in `kinds/index.ts`. */
  readonly kind: string;
  readonly params: JsonObject;
  /** Ids of checks that must have passed before; their observations are variables here. */
  readonly requires: readonly string[];
  /** `level`: true now. `edge`: happened once, then kept for the attempt. An edge check may not require a level one. */
  readonly mode: 'level' | 'edge';
  readonly expect: Condition;
  /** Baseline: must have been observed earlier in this attempt before a pass counts (for disappearances). */
  readonly before?: Condition;
  /** What to say while the baseline has not been seen. */
  readonly beforeMissing?: Advice;
  /** The expectation must hold for this long before it passes; meanwhile the verdict is `waiting`. */
  readonly holdMs: number;
  /** When this holds and the expectation does not, the state is still converging: `waiting`, not `failed`. */
  readonly converging?: { readonly when: Condition; readonly progress: string };
  /** Overrides for what the message shows; by default taken from the first mismatching field. */
  readonly shows?: Partial<Record<'object' | 'field' | 'expected' | 'found' | 'command', string>>;
  /** Advice by default; `absent` when the object does not exist. */
  readonly advice: Advice;
  readonly absent?: Advice;
  /** The proof of the lesson does not ask that some declared wrong answer fail here. */
  readonly exempt?: boolean;
  /** Recognised slips, most likely first. They are looked at only when the expectation fails. */
  readonly slips: readonly Slip[];
}

export interface Advice {
  /** «Por qué»: one sentence with the lesson's concept. */
  readonly why: string;
  /** «Sigue por aquí»: where to go on; never the solution. */
  readonly next: string;
}

export interface Slip extends Advice {
  readonly id: string;
  readonly when: Condition;
  readonly shows?: CheckSpec['shows'];
}

/** What a kind saw. `absent` means: looked properly, and the object is not there (`value` may carry what is near). */
export type Observation =
  | { readonly state: 'found'; readonly value: JsonObject }
  | { readonly state: 'absent'; readonly value: JsonObject };

export interface CheckContext {
  readonly backend: Backend;
  /** The attempt's parameters and answers (`nombre`, `puerto`, …; answers under `respuestas`). */
  readonly scope: JsonObject;
  readonly attempt: AttemptFacts;
  readonly signal: AbortSignal;
}

/** What a check may know about the attempt itself. */
export interface AttemptFacts {
  readonly exerciseId: string;
  readonly startedAtMs: number;
  /** Absolute path of the learner's working folder for this attempt. */
  readonly folder: string;
  readonly answers: { readonly [questionId: string]: Json };
  /** Verifications that ended with a failed check in this attempt so far. */
  readonly failures: number;
}

/** One parameter of a kind; the loader derives validation, JSON Schema and the docs table from it. */
export interface ParamSpec {
  readonly type: 'text' | 'number' | 'boolean' | 'list' | 'map';
  readonly required?: boolean;
  /** Spanish, for authors. */
  readonly doc: string;
}

/**
 * A check kind: the only I/O is `observe`; everything else is pure.
 * `observe` throws `CouldNotLook` when the world cannot be looked at; any other throw is a bug (`internal`).
 */
export interface CheckKind {
  /** `docker.contenedor`, `linux.cgroup`, `respuesta`… */
  readonly name: string;
  readonly view: 'docker' | 'linux' | 'cluster' | 'none';
  /** Spanish, one line, for the generated table in `lessons/README.md`. */
  readonly doc: string;
  readonly params: { readonly [name: string]: ParamSpec };
  /** The fields an author can use, with a Spanish explanation: `{ 'State.Running': '…' }`. */
  readonly fields: { readonly [path: string]: string };
  /** «el contenedor pan-7f3c» */
  object(params: JsonObject): string;
  /** The command that shows the learner the field, or '' */
  command(params: JsonObject, fieldPath: string, observation: Observation): string;
  /** Standard advice when the object is missing, used when the author gives none. May look at what is near. */
  absentAdvice(params: JsonObject, observation: Observation): Advice;
  /** What was found, in the learner's own words, when the value of the field is only our reading of it. */
  found?(fieldPath: string, observation: Observation): string | undefined;
  /** The expected value is the very answer: messages say the requirement instead. */
  readonly secret?: boolean;
  observe(context: CheckContext, params: JsonObject): Promise<Observation>;
  /** Evidence level of what `observe` saw; `estático` for kinds that look at no live system. */
  level(backend: Backend): EvidenceLevel;
  /** It tells what happened, as far back as the world remembers: whoever wants to know had better begin to look before. */
  readonly past?: true;
  /** How often a polled world must be looked at while somebody watches; undefined when events announce changes. */
  readonly pollMs?: number;
}
