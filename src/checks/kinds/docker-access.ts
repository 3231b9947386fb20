import type { Json, JsonObject } from '../../base/json.ts';
import { type Backend, CouldNotLook, type DockerView } from '../backend.ts';
import type { Advice, Observation } from '../check.ts';
import type { EvidenceLevel } from '../verdict.ts';

/** The engine announces almost everything; what it does not (logs, files, HTTP) is looked at again this often. */
export const dockerPollMs = 250;

/** The Docker view, or why there is none. */
export function dockerOf(backend: Backend): DockerView {
  if (backend.docker !== undefined) return backend.docker;
  throw new CouldNotLook(
    backend.missing.docker ?? {
      reason: 'docker-missing',
      why: 'Aquí no hay un motor de Docker que se pueda mirar.',
      next: 'Ejecuta `curso doctor`: dice qué falta y con qué orden se arregla.',
    },
  );
}

export function dockerLevel(backend: Backend): EvidenceLevel {
  return backend.docker?.level ?? 'docker';
}

export function textOf(params: JsonObject, name: string, otherwise = ''): string {
  const value = params[name];
  return typeof value === 'string' || typeof value === 'number' ? String(value) : otherwise;
}

/** A number given as one or as its text; `otherwise` when it is neither. */
export function numberOf(params: JsonObject, name: string, otherwise: number): number {
  const value = Number(params[name] ?? Number.NaN);
  return Number.isFinite(value) ? value : otherwise;
}

/** A word as a POSIX shell reads it back. */
export function shellWord(word: string): string {
  return /^[\w./@:=,+%-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}

export function asObject(value: Json | undefined): JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as JsonObject) : {};
}

export function asList(value: Json | undefined): readonly Json[] {
  return Array.isArray(value) ? (value as readonly Json[]) : [];
}

/**
 * The command that prints a field of an inspected object: `docker inspect -f '{{.State.Pid}}' pan`. What `field` adds
 * to the engine's own JSON is shown through `ours`, a map of first words to the field they come from.
 */
export function inspectCommand(
  prefix: string,
  name: string,
  field: string,
  value: JsonObject,
  ours: { readonly [extra: string]: string } = {},
): string {
  const [first = ''] = field.split(/[.[]/);
  const path = first in ours ? (ours[first] ?? '') : field;
  const target = shellWord(name);
  if (path === '') return `${prefix} inspect ${target}`;
  return `${prefix} inspect -f ${shellWord(`{{${goPath(path, value)}}}`)} ${target}`;
}

/**
 * A field path as a Go template. Names go with dots; what Go could not read that way (`80/tcp`, a dotted label,
 * `[0]`) goes through `index`. Lists and maps are printed as JSON.
 */
function goPath(path: string, value: JsonObject): string {
  const steps = stepsOf(path, value);
  let expression = '';
  let plain = true;
  for (const step of steps) {
    if (typeof step === 'string' && /^[A-Za-z_]\w*$/.test(step) && plain) expression += `.${step}`;
    else {
      const key = typeof step === 'number' ? String(step) : JSON.stringify(step);
      expression = plain ? `index ${expression || '.'} ${key}` : `${expression} ${key}`;
      plain = false;
    }
  }
  const found = steps.reduce<Json | undefined>(child, value);
  const scalar = found === undefined || found === null || typeof found !== 'object';
  if (scalar) return expression;
  return plain ? `json ${expression}` : `json (${expression})`;
}

/** Splits a path the way conditions do: the longest own key wins, `[0]` is an element. */
function stepsOf(path: string, value: JsonObject): readonly (string | number)[] {
  const steps: (string | number)[] = [];
  let here: Json | undefined = value;
  let rest = path;
  while (rest !== '') {
    const index = /^\[(\d+)\]\.?/.exec(rest);
    const own = Object.keys(asObject(here)).filter(
      (key) => rest === key || rest.startsWith(`${key}.`) || rest.startsWith(`${key}[`),
    );
    const longest = own.sort((left, right) => right.length - left.length)[0];
    const step: string | number = index ? Number(index[1]) : (longest ?? /^[^.[]+/.exec(rest)?.[0] ?? rest);
    rest = rest.slice(index ? index[0].length : String(step).length).replace(/^\./, '');
    steps.push(step);
    here = child(here, step);
  }
  return steps;
}

function child(value: Json | undefined, step: string | number): Json | undefined {
  if (typeof step === 'number') return asList(value)[step];
  const map = asObject(value);
  return Object.hasOwn(map, step) ? map[step] : undefined;
}

/** Absent, with names that look like the one asked for. */
export async function absentNear(
  view: DockerView,
  kind: 'container' | 'image' | 'network' | 'volume',
  name: string,
): Promise<Observation> {
  const near = await view.near(kind, name);
  return { state: 'absent', value: near.length > 0 ? { parecidos: near } : {} };
}

/** «No existe…» and, when something is called almost the same, that. */
export function missingAdvice(observation: Observation, what: string, create: string, list: string): Advice {
  const near = asList(observation.value['parecidos']).map(String);
  if (near.length === 0) return { why: `Todavía no existe ${what}.`, next: create };
  return {
    why: `No existe ${what}, pero sí ${near.map((name) => `«${name}»`).join(', ')}.`,
    next: `Compara los nombres letra por letra con \`${list}\`.`,
  };
}
