import type { Clock } from '../base/clock.ts';
import type { Json, JsonObject } from '../base/json.ts';
import { hexToken, type Random } from '../base/random.ts';
import type { AttemptFacts } from '../checks/check.ts';
import type { Attempt, Exercise, ParameterSpec } from './model.ts';
import type { WorldFacts } from './world.ts';

export interface AttemptSources {
  readonly random: Random;
  readonly clock: Clock;
  /** Whether a loopback port can be used now; asked for at most 50 candidates. Every port, when missing. */
  readonly portIsFree?: (port: number) => Promise<boolean>;
}

const firstPort = 20_000;
const portCount = 10_000;
const portTries = 50;

/** Short, well-known and hard to mistype; together with three digits they make a word that cannot be guessed. */
const words = [
  'anis azafran canela cebada centeno comino hinojo jengibre laurel levadura manteca masa menta miel',
  'mijo mostaza nuez oregano queso romero sal salvia semilla sesamo tomillo trigo vainilla yerba',
]
  .join(' ')
  .split(' ');

/** A new attempt: its token and its parameters, drawn with `random`, different in each attempt. */
export async function newAttempt(
  exercise: Pick<Exercise, 'id' | 'parameters'>,
  sources: AttemptSources,
): Promise<Attempt> {
  const parameters: Record<string, Json> = {};
  for (const [name, spec] of Object.entries(exercise.parameters)) {
    parameters[name] = await draw(spec, sources, Object.values(parameters));
  }
  return {
    exerciseId: exercise.id,
    token: hexToken(sources.random, 8),
    startedAtMs: sources.clock.now(),
    parameters,
    answers: {},
    failures: 0,
    memory: {},
  };
}

/** Names that every template and expression may use, besides the parameters. */
export const scopeNames = ['intento', 'carpeta', 'respuestas', 'mundo'] as const;

/** What templates and expressions of an attempt may use. `folder` is its absolute working folder. */
export function attemptScope(
  attempt: Attempt,
  world: Pick<WorldFacts, 'cgroup' | 'rung'>,
  folder: string,
): JsonObject {
  return {
    ...attempt.parameters,
    intento: attempt.token,
    carpeta: folder,
    respuestas: attempt.answers,
    mundo: { cgroup: world.cgroup, peldano: world.rung },
  };
}

/** What the checks may know about the attempt. */
export function attemptFacts(attempt: Attempt, folder: string): AttemptFacts {
  return {
    exerciseId: attempt.exerciseId,
    startedAtMs: attempt.startedAtMs,
    folder,
    answers: attempt.answers,
    failures: attempt.failures,
  };
}

/** Environment of every shell of an attempt: `$CURSO_NOMBRE`, … one per parameter, and where it runs. */
export function attemptEnvironment(
  attempt: Pick<Attempt, 'token' | 'parameters'>,
  world: Pick<WorldFacts, 'cgroup' | 'rung'>,
): { readonly [name: string]: string } {
  const parameters = Object.entries(attempt.parameters).map(([name, value]) => [
    `CURSO_${name.toUpperCase()}`,
    typeof value === 'string' ? value : JSON.stringify(value),
  ]);
  return {
    ...Object.fromEntries(parameters),
    CURSO_INTENTO: attempt.token,
    CURSO_CGROUP: world.cgroup,
    CURSO_PELDANO: world.rung,
  };
}

async function draw(spec: ParameterSpec, sources: AttemptSources, taken: readonly Json[]): Promise<Json> {
  const { random } = sources;
  switch (spec.type) {
    case 'name':
      return `${spec.prefix}-${hexToken(random)}`;
    case 'word':
      return `${words[random.int(words.length)] ?? 'pan'}-${100 + random.int(900)}`;
    case 'number':
      return spec.min + random.int(spec.max - spec.min + 1);
    case 'choice':
      return spec.options[random.int(spec.options.length)] ?? null;
    case 'port':
      return drawPort(sources, taken);
  }
}

/** When every candidate is busy, the last one: the learner then sees Docker's own message about the port. */
async function drawPort({ random, portIsFree }: AttemptSources, taken: readonly Json[]): Promise<number> {
  let port = firstPort;
  for (let tries = 0; tries < portTries; tries++) {
    port = firstPort + random.int(portCount);
    if (!taken.includes(port) && (portIsFree === undefined || (await portIsFree(port)))) return port;
  }
  return port;
}
