import * as z from 'zod';
import { say } from './validate.ts';

/**
 * The shape of every file of a course, written once: the loader validates with it and `jsonSchema.ts` turns it into
 * the JSON Schemas that editors use. Keys are the authors' Spanish ones; `build*.ts` translates them to the model.
 */

const text = z.string().min(1);
const texts = z.array(text).default([]);
const json = z.json();

const id = (doc: string) =>
  z
    .string()
    .regex(/^[a-z0-9]+(-[a-z0-9]+)*$/, {
      error: say(
        'id',
        '{nombre} no vale como id.',
        'Usa minúsculas sin tilde, cifras y guiones: `en-marcha`.',
      ),
    })
    .describe(doc);

const lessonIdPattern = /^[A-Za-z0-9]+(\.[A-Za-z0-9]+)*$/;

const condition = z
  .union([text, z.record(z.string(), json)], {
    error: say(
      'condicion',
      '{nombre} debe ser un mapa `campo: valor` o una expresión entre comillas.',
      'Por ejemplo `{ State.Running: true }` o `"o.State.Pid > 1"`.',
    ),
  })
  .describe('Mapa campo → valor o comparador, o una expresión CEL con `o`');

const advice = {
  porque: text.describe('«Por qué»: una frase con el concepto de la lección'),
  sigue: text.describe('«Sigue por aquí»: por dónde continuar, sin dar la solución'),
};

const shows = z
  .strictObject({
    objeto: text.optional(),
    campo: z.string().optional(),
    esperaba: text.optional(),
    veo: text.optional(),
    ver: z.string().optional().describe('Orden con la que el alumno ve lo mismo'),
  })
  .describe('Sustituye lo que enseña el mensaje');

const slip = z.strictObject({
  id: id('Único en su comprobación'),
  si: condition,
  ...advice,
  muestra: shows.optional(),
});

export const durationPattern = /^(\d+)(ms|s)$/;

export const checkSchema = z.strictObject({
  id: id('Único en el ejercicio'),
  que: text.describe('El requisito, como frase que se lee bien en cualquier estado'),
  mira: text.describe('Tipo de comprobación'),
  con: z.record(z.string(), json).default({}).describe('Parámetros del tipo'),
  tras: z.array(text).default([]).describe('Comprobaciones que deben pasar antes'),
  modo: z
    .enum(['nivel', 'borde'])
    .default('nivel')
    .describe('nivel: es verdad ahora; borde: ocurrió una vez'),
  espera: condition,
  antes: condition.optional().describe('Línea base: lo que tuvo que verse antes'),
  antesFalta: z.strictObject(advice).optional(),
  dura: z
    .string()
    .regex(durationPattern, {
      error: say('dura', '{nombre} no es una duración.', 'Escribe un número y `ms` o `s`: `500ms`, `3s`.'),
    })
    .optional(),
  convergiendo: z.strictObject({ si: condition, texto: text }).optional(),
  muestra: shows.optional(),
  exenta: z.boolean().default(false).describe('Ningún error declarado tiene por qué fallar en ella'),
  ...advice,
  falta: z.strictObject(advice).optional().describe('Consejo cuando el objeto no existe'),
  deslices: z.array(slip).default([]).describe('Errores que se reconocen; gana el primero'),
});

const parameter = z.discriminatedUnion('tipo', [
  z.strictObject({ tipo: z.literal('nombre'), prefijo: id('Comienzo del nombre').default('pan') }),
  z.strictObject({ tipo: z.literal('puerto') }),
  z.strictObject({ tipo: z.literal('palabra') }),
  z.strictObject({ tipo: z.literal('numero'), min: z.int(), max: z.int() }),
  z.strictObject({ tipo: z.literal('eleccion'), entre: z.array(json).min(1) }),
]);

const script = {
  pasos: texts.describe('Órdenes de shell, en un solo `sh`'),
  respuestas: z.record(z.string(), json).default({}),
  peldanos: z
    .array(z.enum(['root', 'userns', 'station']))
    .default([])
    .describe('Mundos donde se prueba; vacío: en todos'),
};

export const exerciseSchema = z.strictObject({
  id: text.describe('Empieza por el id de la lección: `1.2.b`'),
  titulo: text,
  estilo: z.enum(['guiado', 'huecos', 'libre']),
  mundo: z.enum(['docker', 'linux', 'cluster', 'nada']),
  necesita: z
    .array(z.enum(['cgroup', 'cpu', 'cluster-entero']))
    .default([])
    .describe(
      'Lo que el peldaño debe ofrecer sin ser root: `cgroup`, poder crear grupos; `cpu`, también limitar su CPU. `cluster-entero`: toca masters, nodos, componentes o el reloj',
    ),
  pide: text.describe('Lo que se pide, en Markdown'),
  parametros: z.record(z.string(), parameter).default({}),
  inicio: z
    .strictObject({
      archivos: z.array(z.strictObject({ de: text, a: text, plantilla: z.boolean().optional() })).default([]),
      pasos: texts,
    })
    .prefault({}),
  preguntas: z
    .array(
      z.strictObject({
        id: id('Único en el ejercicio'),
        texto: text,
        tipo: z.enum(['numero', 'conjunto', 'texto', 'opcion']),
        opciones: texts,
      }),
    )
    .default([]),
  comprobaciones: z.array(checkSchema).min(1),
  pistas: z
    .array(text)
    .length(4, {
      error: say(
        'pistas-cuatro',
        'Un ejercicio lleva cuatro pistas.',
        'Escribe cuatro: dónde mirar, el concepto, casi la orden y la solución explicada.',
      ),
    })
    .describe('Dónde mirar, el concepto, casi la orden, la solución explicada'),
  despues: text.describe('Qué significa lo conseguido'),
  solucion: z.strictObject(script),
  errores: z
    .array(
      z.strictObject({
        id: id('Único en el ejercicio'),
        ...script,
        falla: text.describe('La comprobación que debe fallar'),
        mensaje: z.strictObject({
          veo: text.optional(),
          esperaba: text.optional(),
          porque: text,
          sigue: text.optional(),
        }),
      }),
    )
    .min(2, {
      error: say(
        'errores-dos',
        'Un ejercicio declara al menos dos respuestas equivocadas.',
        'Añade en `errores` otra con su `falla` y su `mensaje`.',
      ),
    }),
  validas: z.array(z.strictObject({ id: id('Único en el ejercicio'), ...script })).default([]),
});

export const exercisesSchema = z.strictObject({ ejercicios: z.array(exerciseSchema).min(1) });

const options = z.array(
  z.strictObject({
    texto: text,
    correcta: z.boolean().default(false),
    porque: text.describe('Por qué sí, o qué confusión hay detrás'),
  }),
);
const question = { id: id('Único en la lección'), pregunta: text, porque: text };

export const quizSchema = z.strictObject({
  predicciones: z
    .array(
      z.strictObject({
        id: id('Único en la lección'),
        pregunta: text,
        opciones: z.array(text).min(2),
        observa: text.describe('Lo que pasa de verdad y por qué'),
      }),
    )
    .default([]),
  preguntas: z
    .array(
      z.discriminatedUnion('tipo', [
        z.strictObject({ ...question, tipo: z.literal('opcion'), opciones: options.min(2) }),
        z.strictObject({ ...question, tipo: z.literal('varias'), opciones: options.min(2) }),
        z.strictObject({
          ...question,
          tipo: z.literal('numero'),
          valor: z.number(),
          tolerancia: z.number().min(0).default(0),
        }),
        z.strictObject({ ...question, tipo: z.literal('texto'), acepta: z.array(text).min(1) }),
        z.strictObject({ ...question, tipo: z.literal('orden'), orden: z.array(text).min(2) }),
        z.strictObject({
          ...question,
          tipo: z.literal('parejas'),
          parejas: z.array(z.tuple([text, text])).min(1),
        }),
      ]),
    )
    .min(2, {
      error: say('preguntas-dos-o-tres', 'Una lección lleva dos o tres preguntas.', 'Añade las que faltan.'),
    })
    .max(3, {
      error: say('preguntas-dos-o-tres', 'Una lección lleva dos o tres preguntas.', 'Quita las que sobran.'),
    }),
  repaso: z.array(text).max(2).default([]).describe('Preguntas de lecciones anteriores: `0.1/q1`'),
});

export const frontMatterSchema = z.strictObject({
  id: z.string().regex(lessonIdPattern, {
    error: say('id', '{nombre} no vale como id de lección.', 'Usa cifras y letras con puntos: `"1.2"`.'),
  }),
  alias: id('Segundo nombre, para las órdenes'),
  titulo: text,
  minutos: z.int().min(1).max(120),
  optativa: z.boolean().default(false),
  objetivos: z.array(text).min(1),
  apuntes: z.array(z.strictObject({ fila: text, decian: text, sabemos: text })).default([]),
});

export const moduleSchema = z.strictObject({
  id: z.string().regex(/^[A-Za-z0-9]+$/, {
    error: say('id', '{nombre} no vale como id de módulo.', 'Usa letras y cifras: `M1`.'),
  }),
  titulo: text,
  resumen: text,
});

export const diagramSchema = z.strictObject({
  titulo: text,
  alt: text.describe('Lo que necesita saber quien no puede verlo'),
  dibujo: text.describe('El dibujo, de 58 columnas como mucho'),
});

export const glossarySchema = z.strictObject({
  terminos: z
    .array(
      z.strictObject({
        termino: text,
        ingles: text,
        definicion: text,
        otros: texts.describe('Otras formas de escribirlo que `[[…]]` encuentra'),
      }),
    )
    .min(1),
});

export const terminologySchema = z.strictObject({
  reglas: z
    .array(
      z.strictObject({
        palabras: z
          .array(text)
          .min(1)
          .describe('Palabras o frases; `*` al final vale por cualquier terminación'),
        remedio: text.describe('Qué escribir en su lugar'),
        salvo: texts.describe('Contextos en los que sí vale, como frase completa'),
      }),
    )
    .min(1),
});
