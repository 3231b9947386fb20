import * as z from 'zod';
import { nearestNames } from '../../base/text.ts';
import type { Problem } from './problem.ts';
import type { YamlFile } from './yamlFile.ts';

export type Checked<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly problems: readonly Problem[] };

/**
 * Checks a YAML file against a schema. `area` starts the rule ids: `ejercicio` gives `ejercicio/clave-desconocida`.
 * Zod's own English messages never come out: each kind of issue has its sentence here.
 */
export function validate<T>(schema: z.ZodType<T>, yaml: YamlFile, area: string): Checked<T> {
  const result = schema.safeParse(yaml.value, { error: (issue) => JSON.stringify(explain(issue)) });
  if (result.success) return { ok: true, value: result.data };
  const misspelt = new Set(result.error.issues.flatMap(misspeltKeys));
  const problems = result.error.issues.flatMap((issue): Problem[] => {
    const said = readExplanation(issue.message);
    // A misspelt key is one mistake, not two.
    if (said.rule === 'falta' && misspelt.has(JSON.stringify(issue.path))) return [];
    if (issue.code === 'unrecognized_keys') {
      const known = said.known ?? [];
      return issue.keys.map((key) => ({
        file: yaml.file,
        ...yaml.keyPosition([...issue.path, key]),
        rule: `${area}/clave-desconocida`,
        message: `La clave \`${key}\` no existe aquí.`,
        remedy: remedyForKey(key, known),
      }));
    }
    const name = nameOf(issue.path);
    return [
      {
        file: yaml.file,
        ...yaml.position(issue.path),
        rule: `${area}/${said.rule}`,
        message: upperFirst(said.message.replaceAll('{nombre}', name)),
        remedy: upperFirst(said.remedy.replaceAll('{nombre}', name)),
      },
    ];
  });
  return { ok: false, problems };
}

/** Paths of the keys that unknown ones probably meant. */
function misspeltKeys(issue: z.core.$ZodIssue): readonly string[] {
  if (issue.code !== 'unrecognized_keys') return [];
  const known = readExplanation(issue.message).known ?? [];
  return issue.keys.flatMap((key) =>
    nearestNames(key, known, 1).map((near) => JSON.stringify([...issue.path, near])),
  );
}

function remedyForKey(key: string, known: readonly string[]): string {
  const near = nearestNames(key, known)[0];
  if (near !== undefined) return `¿Querías decir \`${near}\`?`;
  return `Las que hay son: ${known.map((name) => `\`${name}\``).join(', ')}.`;
}

/** The last key, since the line tells the rest: `texto`, «el elemento 3 de `pistas`». */
function nameOf(path: readonly PropertyKey[]): string {
  const last = path.at(-1);
  if (last === undefined) return 'El archivo';
  if (typeof last !== 'number') return `\`${String(last)}\``;
  return `el elemento ${last + 1} de ${nameOf(path.slice(0, -1))}`;
}

interface Explanation {
  readonly rule: string;
  /** `{nombre}` becomes the name of the value. */
  readonly message: string;
  readonly remedy: string;
  readonly known?: readonly string[];
}

/** A rule written by hand in a schema: `refine(…, {error: say('pistas-cuatro', …)})`. */
export function say(rule: string, message: string, remedy: string): string {
  return JSON.stringify({ rule, message, remedy } satisfies Explanation);
}

function readExplanation(message: string): Explanation {
  return JSON.parse(message) as Explanation;
}

const typeNames: { readonly [zodType: string]: string } = {
  string: 'un texto',
  number: 'un número',
  int: 'un número entero',
  boolean: '`true` o `false`',
  array: 'una lista (líneas que empiezan por `- `)',
  tuple: 'una pareja de textos: `["a", "b"]`',
  object: 'un mapa (`clave: valor`)',
  record: 'un mapa (`clave: valor`)',
  null: 'nada',
};

function typeOf(value: unknown): string {
  if (value === null) return 'está vacío';
  if (Array.isArray(value)) return 'es una lista';
  switch (typeof value) {
    case 'string':
      return 'es un texto';
    case 'number':
      return 'es un número';
    case 'boolean':
      return 'es `true` o `false`';
    default:
      return 'es un mapa';
  }
}

function explain(issue: z.core.$ZodRawIssue): Explanation {
  const input = issue.input;
  switch (issue.code) {
    case 'invalid_type': {
      if (input === undefined) {
        return { rule: 'falta', message: 'Falta {nombre}.', remedy: 'Añade {nombre}; es obligatorio.' };
      }
      const wanted = typeNames[issue.expected] ?? 'otra cosa';
      return {
        rule: 'tipo',
        message: `{nombre} debe ser ${wanted} y ${typeOf(input)}.`,
        remedy: remedyForType(issue.expected, input),
      };
    }
    case 'unrecognized_keys':
      return { rule: 'clave-desconocida', message: '', remedy: '', known: keysOf(issue.inst) };
    case 'invalid_value':
      return oneOf(issue.values.map(String), input);
    case 'invalid_union': {
      const options = discriminatorValues(issue.inst);
      if (issue.discriminator !== undefined && options.length > 0) {
        const given = (input as { readonly [key: string]: unknown } | null)?.[issue.discriminator];
        return oneOf(options, given);
      }
      return {
        rule: 'valor',
        message: `{nombre} no tiene la forma esperada: ${typeOf(input)}.`,
        remedy: 'Compara con el ejemplo de `lessons/README.md`.',
      };
    }
    case 'too_small':
      return {
        rule: 'valor',
        message: `{nombre} es demasiado corto o pequeño: el mínimo es ${issue.minimum}.`,
        remedy:
          issue.origin === 'string' ? 'Escribe el texto que falta.' : `Llega al menos a ${issue.minimum}.`,
      };
    case 'too_big':
      return {
        rule: 'valor',
        message: `{nombre} es demasiado largo o grande: el máximo es ${issue.maximum}.`,
        remedy: `No pases de ${issue.maximum}.`,
      };
    default:
      return {
        rule: 'valor',
        message: '{nombre} no tiene la forma esperada.',
        remedy: 'Compara con el ejemplo de `lessons/README.md`.',
      };
  }
}

function remedyForType(expected: string, input: unknown): string {
  if (expected === 'string' && (typeof input === 'number' || typeof input === 'boolean')) {
    return `Ponlo entre comillas: "${input}".`;
  }
  if (expected === 'array') return 'Escribe cada elemento en su línea, con `- ` delante.';
  if (input === null) return 'Escribe el valor que falta después de los dos puntos.';
  if (expected === 'string') return 'Escribe un texto; si lleva «: », `{` o `[`, entre comillas.';
  return 'Compara con el ejemplo de `lessons/README.md`.';
}

function oneOf(options: readonly string[], given: unknown): Explanation {
  const list = options.map((option) => `\`${option}\``).join(', ');
  if (given === undefined) {
    return { rule: 'falta', message: `Falta {nombre}.`, remedy: `Añádelo; puede ser ${list}.` };
  }
  const near = typeof given === 'string' ? nearestNames(given, options)[0] : undefined;
  return {
    rule: 'valor',
    message: `{nombre} no puede ser \`${typeof given === 'object' ? '…' : String(given)}\`.`,
    remedy: near === undefined ? `Puede ser ${list}.` : `¿Querías decir \`${near}\`? Puede ser ${list}.`,
  };
}

function keysOf(schema: unknown): readonly string[] {
  return schema instanceof z.ZodObject ? Object.keys(schema.shape) : [];
}

function discriminatorValues(schema: unknown): readonly string[] {
  if (!(schema instanceof z.ZodDiscriminatedUnion)) return [];
  const { discriminator } = schema.def;
  return schema.options.flatMap((option) => {
    const tag = option instanceof z.ZodObject ? option.shape[discriminator] : undefined;
    return tag instanceof z.ZodLiteral ? [...tag.values].map(String) : [];
  });
}

function upperFirst(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
