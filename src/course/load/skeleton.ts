/** Names for the files of a new lesson. */
export interface SkeletonNames {
  /** `3.1` */
  readonly id: string;
  /** `el-pod`; lower case, digits and hyphens. */
  readonly alias: string;
  readonly title: string;
}

/**
 * The files of a lesson that validates as it is, so that its author changes one thing at a time and sees at once what
 * broke. What must be written is marked with `PENDIENTE`. Keys are file names.
 */
export function lessonSkeleton({ id, alias, title }: SkeletonNames): { readonly [file: string]: string } {
  return {
    'leccion.md': leccion(id, alias, title),
    'ejercicios.yaml': ejercicios(id),
    'quiz.yaml': quiz,
  };
}

/** `modulo.yaml` for a folder that has none. */
export function moduleSkeleton(id: string): string {
  return `id: ${id}
titulo: "PENDIENTE: título del módulo"
resumen: "PENDIENTE: una frase que diga qué se aprende."
`;
}

function leccion(id: string, alias: string, title: string): string {
  return `---
id: ${JSON.stringify(id)}
alias: ${alias}
titulo: ${JSON.stringify(title)}
minutos: 15
optativa: false
objetivos:
  - "PENDIENTE: lo que sabrá hacer quien termine"
---

@prediccion p1

## Primera página

PENDIENTE: la explicación, en 400 palabras como mucho. Cada \`##\` empieza otra página.

\`\`\`sh
echo hola > saludo.txt
\`\`\`

@ejercicio ${id}.a
`;
}

function ejercicios(id: string): string {
  return `ejercicios:
  - id: ${id}.a
    titulo: "PENDIENTE: título del ejercicio"
    estilo: guiado
    mundo: nada
    pide: |
      PENDIENTE: qué hay que conseguir. Por ahora: escribe \`hola @{nombre}\` en el archivo \`saludo.txt\`.
    parametros:
      nombre: { tipo: nombre, prefijo: pan }
    comprobaciones:
      - id: saludo
        que: "saludo.txt dice hola @{nombre}"
        mira: archivo
        con: { ruta: saludo.txt }
        espera: { texto: { contiene: "hola @{nombre}" } }
        porque: "PENDIENTE: el concepto que explica lo que se ve."
        sigue: "PENDIENTE: por dónde seguir, sin dar la solución."
        falta:
          porque: "Todavía no existe el archivo."
          sigue: "Empieza por crear saludo.txt en la carpeta de trabajo."
    pistas:
      - "PENDIENTE: ¿dónde mirar?"
      - "PENDIENTE: el concepto."
      - "\`echo … > saludo.txt\`"
      - "\`echo hola @{nombre} > saludo.txt\`: echo escribe el texto y \`>\` lo guarda en el archivo."
    despues: "PENDIENTE: qué significa lo conseguido."
    solucion:
      pasos:
        - echo hola @{nombre} > saludo.txt
    errores:
      - id: otro-texto
        pasos: ["echo adiós > saludo.txt"]
        falla: saludo
        mensaje: { porque: "PENDIENTE: el concepto que explica lo que se ve." }
      - id: otro-archivo
        pasos: ["echo hola @{nombre} > otro.txt"]
        falla: saludo
        mensaje: { porque: "Todavía no existe el archivo." }
`;
}

const quiz = `predicciones:
  - id: p1
    pregunta: "PENDIENTE: ¿qué crees que pasará?"
    opciones: ["PENDIENTE: una posibilidad", "PENDIENTE: otra"]
    observa: "PENDIENTE: lo que pasa de verdad y por qué."
preguntas:
  - id: q1
    pregunta: "PENDIENTE: una pregunta con opciones"
    tipo: opcion
    opciones:
      - { texto: "PENDIENTE: la correcta", correcta: true, porque: "PENDIENTE: por qué." }
      - { texto: "PENDIENTE: una confusión", porque: "PENDIENTE: qué confusión hay detrás." }
    porque: "PENDIENTE: lo que conviene recordar."
  - id: q2
    pregunta: "PENDIENTE: una pregunta de respuesta escrita"
    tipo: texto
    acepta: ["PENDIENTE"]
    porque: "PENDIENTE: lo que conviene recordar."
`;
