/** One mistake of an author: what changes in a sound course and everything the loader says then. */
export interface BrokenCourse {
  readonly name: string;
  /** File of `test/fixtures/cursos/sano`. */
  readonly file: string;
  /** The first match gives way to `to`. */
  readonly from: string | RegExp;
  readonly to: string;
  /** `file:line:column rule: message → remedy`, all of them. */
  readonly problems: readonly string[];
}

const saludo = '01-uno/01-saludo';
const copia = '01-uno/02-copia';

export const brokenCourses: readonly BrokenCourse[] = [
  {
    name: 'una clave mal escrita',
    file: `${saludo}/ejercicios.yaml`,
    from: '    titulo: Escribe',
    to: '    titlo: Escribe',
    problems: [
      '01-uno/01-saludo/ejercicios.yaml:3:5 ejercicio/clave-desconocida: La clave `titlo` no existe aquí. → ¿Querías decir `titulo`?',
    ],
  },
  {
    name: 'una clave que no se parece a ninguna',
    file: `${saludo}/quiz.yaml`,
    from: '    observa:',
    to: '    zzz: 1\n    observa:',
    problems: [
      '01-uno/01-saludo/quiz.yaml:5:5 quiz/clave-desconocida: La clave `zzz` no existe aquí. → Las que hay son: `id`, `pregunta`, `opciones`, `observa`.',
    ],
  },
  {
    name: 'una clave que falta',
    file: `${saludo}/ejercicios.yaml`,
    from: '    estilo: guiado\n',
    to: '',
    problems: [
      '01-uno/01-saludo/ejercicios.yaml:2:5 ejercicio/falta: Falta `estilo`. → Añádelo; puede ser `guiado`, `huecos`, `libre`.',
    ],
  },
  {
    name: 'un valor fuera de la lista',
    file: `${saludo}/ejercicios.yaml`,
    from: 'estilo: guiado',
    to: 'estilo: guidado',
    problems: [
      '01-uno/01-saludo/ejercicios.yaml:4:13 ejercicio/valor: `estilo` no puede ser `guidado`. → ¿Querías decir `guiado`? Puede ser `guiado`, `huecos`, `libre`.',
    ],
  },
  {
    name: 'un tipo de pregunta que no existe',
    file: `${saludo}/quiz.yaml`,
    from: 'tipo: opcion',
    to: 'tipo: opciones',
    problems: [
      '01-uno/01-saludo/quiz.yaml:9:11 quiz/valor: `tipo` no puede ser `opciones`. → ¿Querías decir `opcion`? Puede ser `opcion`, `varias`, `numero`, `texto`, `orden`, `parejas`.',
    ],
  },
  {
    name: 'un parámetro sin tipo',
    file: `${saludo}/ejercicios.yaml`,
    from: '{ tipo: nombre, prefijo: pan }',
    to: '{ prefijo: pan }',
    problems: [
      '01-uno/01-saludo/ejercicios.yaml:9:15 ejercicio/falta: Falta `tipo`. → Añádelo; puede ser `nombre`, `puerto`, `palabra`, `numero`, `eleccion`.',
    ],
  },
  {
    name: 'un texto que es número',
    file: `${saludo}/leccion.md`,
    from: 'id: "a.1"',
    to: 'id: 1.1',
    problems: [
      '01-uno/01-saludo/leccion.md:2:5 leccion/tipo: `id` debe ser un texto y es un número. → Ponlo entre comillas: "1.1".',
      '01-uno/02-copia/leccion.md:17:1 texto/enlace: `[[a.1]]` no es una lección ni un término del glosario. → ¿Querías decir `a.2`? Si no: añade el término a `assets/glosario.yaml` o quita los corchetes.',
      '01-uno/02-copia/quiz.yaml:9:10 quiz/repaso: La pregunta `a.1/q1` no existe. → ¿Querías decir `a.2/q1`? Si no: escribe `lección/pregunta`, como `0.1/q1`.',
      '01-uno/02-copia/quiz.yaml:9:20 quiz/repaso: La pregunta `a.1/q2` no existe. → ¿Querías decir `a.2/q2`? Si no: escribe `lección/pregunta`, como `0.1/q1`.',
    ],
  },
  {
    name: 'una lista que es texto',
    file: `${saludo}/ejercicios.yaml`,
    from: 'pasos: ["echo hola @{nombre} > saludo.txt"]',
    to: 'pasos: echo hola',
    problems: [
      '01-uno/01-saludo/ejercicios.yaml:42:14 ejercicio/tipo: `pasos` debe ser una lista (líneas que empiezan por `- `) y es un texto. → Escribe cada elemento en su línea, con `- ` delante.',
    ],
  },
  {
    name: 'un valor vacío',
    file: `${saludo}/leccion.md`,
    from: 'alias: saludo',
    to: 'alias:',
    problems: [
      '01-uno/01-saludo/leccion.md:3:7 leccion/tipo: `alias` debe ser un texto y está vacío. → Escribe el valor que falta después de los dos puntos.',
    ],
  },
  {
    name: 'un id con tilde',
    file: `${saludo}/ejercicios.yaml`,
    from: '- id: saludo',
    to: '- id: salúdo',
    problems: [
      '01-uno/01-saludo/ejercicios.yaml:18:13 ejercicio/id: `id` no vale como id. → Usa minúsculas sin tilde, cifras y guiones: `en-marcha`.',
    ],
  },
  {
    name: 'un tabulador',
    file: `${saludo}/quiz.yaml`,
    from: '    opciones: ["Cero',
    to: '\topciones: ["Cero',
    problems: [
      '01-uno/01-saludo/quiz.yaml:4:1 yaml/tabulador: La línea está sangrada con un tabulador y YAML solo admite espacios. → Cambia el tabulador por espacios (dos por nivel).',
    ],
  },
  {
    name: 'una clave repetida',
    file: `${saludo}/quiz.yaml`,
    from: '    pregunta: "¿Qué es',
    to: '    pregunta: x\n    pregunta: "¿Qué es',
    problems: [
      '01-uno/01-saludo/quiz.yaml:9:5 yaml/clave-repetida: La clave `pregunta` está dos veces en el mismo sitio. → Deja una sola; la primera está en la línea 8.',
    ],
  },
  {
    name: 'una arroba sin comillas',
    file: `${saludo}/ejercicios.yaml`,
    from: 'con: { ruta: saludo.txt }',
    to: 'con: { ruta: @{nombre} }',
    problems: [
      '01-uno/01-saludo/ejercicios.yaml:21:22 yaml/arroba: Un valor de YAML no puede empezar por «@» sin comillas. → Ponlo entre comillas: "@…".',
    ],
  },
  {
    name: 'un acento grave sin comillas',
    file: `${saludo}/ejercicios.yaml`,
    from: 'despues: "Ya tienes un archivo."',
    to: 'despues: `cat` enseña',
    problems: [
      '01-uno/01-saludo/ejercicios.yaml:40:14 yaml/arroba: Un valor de YAML no puede empezar por «`» sin comillas. → Ponlo entre comillas: "`…".',
    ],
  },
  {
    name: 'dos puntos dentro de un texto',
    file: `${saludo}/ejercicios.yaml`,
    from: 'despues: "Ya tienes un archivo."',
    to: 'despues: Ya tienes: un archivo',
    problems: [
      '01-uno/01-saludo/ejercicios.yaml:40:14 yaml/dos-puntos: Aquí hay unos dos puntos de más, o falta sangrar la línea. → Si el texto lleva «: », ponlo entre comillas. Si no, revisa la sangría.',
    ],
  },
  {
    name: 'unas comillas sin cerrar',
    file: `${saludo}/ejercicios.yaml`,
    from: '"Cuéntalas."',
    to: '"Cuéntalas.',
    problems: [
      '01-uno/01-saludo/ejercicios.yaml:33:27 yaml/sin-cerrar: Falta un signo: unas comillas, un corchete, una llave o unos dos puntos. → Cierra lo que se abrió en esta línea o poco antes; después de `clave:` va un espacio.',
    ],
  },
  {
    name: 'un escape que no existe',
    file: `${saludo}/ejercicios.yaml`,
    from: '"Cuéntalas."',
    to: '"Cuéntalas\\."',
    problems: [
      "01-uno/01-saludo/ejercicios.yaml:33:26 yaml/escape: Dentro de comillas dobles, `\\` empieza un escape y este no existe. → Usa comillas simples ('…') o escribe `\\\\`.",
    ],
  },
  {
    name: 'una llave sin cerrar',
    file: `${saludo}/ejercicios.yaml`,
    from: 'con: { ruta: saludo.txt }',
    to: 'con: { ruta: saludo.txt',
    problems: [
      '01-uno/01-saludo/ejercicios.yaml:22:9 yaml/sin-cerrar: Falta un signo: unas comillas, un corchete, una llave o unos dos puntos. → Cierra lo que se abrió en esta línea o poco antes; después de `clave:` va un espacio.',
    ],
  },
  {
    name: 'una sangría torcida',
    file: `${saludo}/quiz.yaml`,
    from: '    observa:',
    to: '   observa:',
    problems: [
      '01-uno/01-saludo/quiz.yaml:5:1 yaml/sangria: Esta línea no es una `clave: valor`, o su sangría no cuadra con la de sus vecinas. → Alinéala con sus hermanas; después de `clave:` va un espacio.',
    ],
  },
  {
    name: 'un bloque que empieza con espacios',
    file: 'assets/diagramas/F1.yaml',
    from: '|2',
    to: '|',
    problems: [
      'assets/diagramas/F1.yaml:5:1 yaml/sangria-bloque: El bloque de texto de la línea 3 empieza con espacios que no son sangría. → Escribe `|2` en vez de `|`: así la sangría son dos espacios.',
    ],
  },
  {
    name: 'una bomba de alias',
    file: `${saludo}/quiz.yaml`,
    from: 'predicciones:',
    to: 'a: &a [x, x, x, x, x, x, x, x, x]\nb: &b [*a, *a, *a, *a, *a, *a, *a, *a]\nc: [*b, *b, *b, *b, *b, *b, *b, *b]\npredicciones:',
    problems: [
      '01-uno/01-saludo/quiz.yaml:1:1 yaml/alias-demasiados: El archivo repite partes con alias (`*nombre`) hasta crecer demasiado. → Escribe el texto completo en cada sitio en vez de usar `&` y `*`.',
    ],
  },
  {
    name: 'un alias que no existe',
    file: `${saludo}/ejercicios.yaml`,
    from: 'despues: "Ya tienes un archivo."',
    to: 'despues: *importante*',
    problems: [
      '01-uno/01-saludo/ejercicios.yaml:40:14 yaml/alias: Un valor que empieza por `*` o `&` es un alias de YAML, y este no se puede usar. → Si es texto, ponlo entre comillas.',
    ],
  },
  {
    name: 'una etiqueta de YAML',
    file: `${saludo}/ejercicios.yaml`,
    from: 'despues: "Ya tienes un archivo."',
    to: 'despues: !importante leer',
    problems: [
      '01-uno/01-saludo/ejercicios.yaml:40:14 yaml/etiqueta: Un valor que empieza por `!` es una etiqueta de YAML y esta no se conoce. → Si es texto, ponlo entre comillas.',
    ],
  },
  {
    name: 'un carácter de control escrito',
    file: `${saludo}/leccion.md`,
    from: 'Sigue la misma',
    to: 'Sigue \u001b[2Jla misma',
    problems: [
      '01-uno/01-saludo/leccion.md:22:7 archivo/control: Hay un carácter de control, que no se ve y que la terminal obedecería. → Bórralo y vuelve a escribir la palabra.',
    ],
  },
  {
    name: 'un carácter de control con un escape de YAML',
    file: `${saludo}/ejercicios.yaml`,
    from: '"Cuéntalas."',
    to: '"Cuéntalas\\x1b[2J."',
    problems: [
      '01-uno/01-saludo/ejercicios.yaml:33:16 archivo/control: Hay un carácter de control, que no se ve y que la terminal obedecería. → Bórralo y vuelve a escribir la palabra.',
    ],
  },
  {
    name: 'dos documentos',
    file: `${saludo}/quiz.yaml`,
    from: 'preguntas:',
    to: '---\npreguntas:',
    problems: [
      '01-uno/01-saludo/quiz.yaml:6:1 yaml/varios: Hay más de un documento YAML (`---`) en el archivo. → Quita la línea `---`: cada archivo lleva un solo documento.',
    ],
  },
  {
    name: 'tres pistas',
    file: `${saludo}/ejercicios.yaml`,
    from: 'Mira la orden echo., ',
    to: '',
    problems: [
      '01-uno/01-saludo/ejercicios.yaml:39:13 ejercicio/pistas-cuatro: Un ejercicio lleva cuatro pistas. → Escribe cuatro: dónde mirar, el concepto, casi la orden y la solución explicada.',
    ],
  },
  {
    name: 'una sola respuesta equivocada',
    file: `${copia}/ejercicios.yaml`,
    from: / {6}- id: vacio[\s\S]*?escribe\." \}\n/,
    to: '',
    problems: [
      '01-uno/02-copia/ejercicios.yaml:41:7 ejercicio/errores-dos: Un ejercicio declara al menos dos respuestas equivocadas. → Añade en `errores` otra con su `falla` y su `mensaje`.',
    ],
  },
  {
    name: 'una duración sin unidad',
    file: `${saludo}/ejercicios.yaml`,
    from: 'dura: 500ms',
    to: 'dura: "3"',
    problems: [
      '01-uno/01-saludo/ejercicios.yaml:23:15 ejercicio/dura: `dura` no es una duración. → Escribe un número y `ms` o `s`: `500ms`, `3s`.',
    ],
  },
  {
    name: 'cuatro preguntas',
    file: `${copia}/quiz.yaml`,
    from: 'preguntas:',
    to: 'preguntas:\n  - { id: q4, pregunta: "¿Y?", tipo: numero, valor: 1, porque: "Así es." }',
    problems: [
      '01-uno/02-copia/quiz.yaml:2:3 quiz/preguntas-dos-o-tres: Una lección lleva dos o tres preguntas. → Quita las que sobran.',
    ],
  },
  {
    name: 'ninguna opción correcta',
    file: `${saludo}/quiz.yaml`,
    from: 'correcta: true',
    to: 'correcta: false',
    problems: [
      '01-uno/01-saludo/quiz.yaml:11:7 quiz/una-correcta: La pregunta `q1` tiene 0 opciones correctas y debe tener una. → Pon `correcta: true` en una sola, o usa `tipo: varias`.',
    ],
  },
  {
    name: 'un distractor sin refutar',
    file: `${saludo}/quiz.yaml`,
    from: ', porque: "La caja es una imagen."',
    to: '',
    problems: [
      '01-uno/01-saludo/quiz.yaml:12:9 quiz/falta: Falta `porque`. → Añade `porque`; es obligatorio.',
    ],
  },
  {
    name: 'una opción repetida',
    file: `${saludo}/quiz.yaml`,
    from: '"Una caja"',
    to: '"Bytes con nombre"',
    problems: [
      '01-uno/01-saludo/quiz.yaml:12:18 quiz/opcion-repetida: La opción «Bytes con nombre» está dos veces. → Cambia una por otro error frecuente.',
    ],
  },
  {
    name: 'un ejercicio que no es de la lección',
    file: `${saludo}/ejercicios.yaml`,
    from: 'id: a.1.a',
    to: 'id: b.1.a',
    problems: [
      '01-uno/01-saludo/ejercicios.yaml:2:9 ejercicio/id: El id `b.1.a` no empieza por el de su lección. → Escribe `a.1.` y una letra: `a.1.a`.',
      '01-uno/01-saludo/ejercicios.yaml:2:9 ejercicio/sin-colocar: `b.1.a` no aparece en `leccion.md`. → Añade una línea `@ejercicio b.1.a` donde toque hacerlo.',
      '01-uno/01-saludo/leccion.md:24:1 texto/directiva-sin-destino: `@ejercicio a.1.a` no existe en esta lección. → Los declarados son: `b.1.a`.',
    ],
  },
  {
    name: 'un ejercicio sin colocar',
    file: `${saludo}/leccion.md`,
    from: '@ejercicio a.1.a\n',
    to: '',
    problems: [
      '01-uno/01-saludo/ejercicios.yaml:2:9 ejercicio/sin-colocar: `a.1.a` no aparece en `leccion.md`. → Añade una línea `@ejercicio a.1.a` donde toque hacerlo.',
    ],
  },
  {
    name: 'un ejercicio colocado dos veces',
    file: `${saludo}/leccion.md`,
    from: '@ejercicio a.1.a\n',
    to: '@ejercicio a.1.a\n\n@ejercicio a.1.a\n',
    problems: [
      '01-uno/01-saludo/leccion.md:26:1 texto/directiva-repetida: `@ejercicio a.1.a` ya apareció antes. → Deja una sola: cada una es una página.',
    ],
  },
  {
    name: 'un ejercicio que no existe',
    file: `${saludo}/leccion.md`,
    from: '@ejercicio a.1.a\n',
    to: '@ejercicio a.1.a\n\n@ejercicio a.1.b\n',
    problems: [
      '01-uno/01-saludo/leccion.md:26:1 texto/directiva-sin-destino: `@ejercicio a.1.b` no existe en esta lección. → Los declarados son: `a.1.a`.',
    ],
  },
  {
    name: 'una predicción sin colocar',
    file: `${saludo}/leccion.md`,
    from: '@prediccion p1',
    to: '',
    problems: [
      '01-uno/01-saludo/quiz.yaml:2:9 quiz/sin-colocar: `p1` no aparece en `leccion.md`. → Añade una línea `@prediccion p1` donde toque hacerlo.',
    ],
  },
  {
    name: 'una directiva mal escrita',
    file: `${saludo}/leccion.md`,
    from: '@diagrama F1',
    to: '@diagramas F1',
    problems: [
      '01-uno/01-saludo/leccion.md:20:1 texto/directiva: La directiva `@diagramas` no existe. → Las que hay son `@prediccion`, `@ejercicio`, `@diagrama` y `@apuntes`.',
    ],
  },
  {
    name: 'una directiva sin id',
    file: `${saludo}/leccion.md`,
    from: '@diagrama F1',
    to: '@diagrama',
    problems: [
      '01-uno/01-saludo/leccion.md:20:1 texto/directiva: `@diagrama` lleva un solo id detrás. → Escribe, por ejemplo, `@diagrama D2`.',
    ],
  },
  {
    name: 'una fila de apuntes que no está',
    file: `${saludo}/leccion.md`,
    from: '@apuntes S1',
    to: '@apuntes S1 S2',
    problems: [
      '01-uno/01-saludo/leccion.md:30:1 texto/apuntes: La fila S2 no está en `apuntes`, en la cabecera. → Añade allí `fila: S2` con `decian` y `sabemos`, o quítala de aquí.',
    ],
  },
  {
    name: 'sin cabecera',
    file: `${saludo}/leccion.md`,
    from: '---\nid',
    to: 'id',
    problems: [
      '01-uno/01-saludo/leccion.md:1:1 leccion/cabecera: La lección no empieza por una cabecera entre líneas `---`. → Pon arriba `---`, los datos (`id`, `alias`, `titulo`…) y otra línea `---`.',
    ],
  },
  {
    name: 'un bloque sin lenguaje',
    file: `${saludo}/leccion.md`,
    from: '```sh ejecutable',
    to: '```',
    problems: [
      '01-uno/01-saludo/leccion.md:32:1 texto/codigo-sin-lenguaje: Este bloque de código no dice su lenguaje. → Escríbelo detrás de las comillas: `sh`, `yaml`, `dockerfile`, `json` o `text`.',
    ],
  },
  {
    name: 'un bloque sin cerrar',
    file: `${saludo}/leccion.md`,
    from: 'título"\n```',
    to: 'título"',
    problems: [
      '01-uno/01-saludo/leccion.md:32:1 texto/codigo-sin-cerrar: Este bloque de código no se cierra. → Añade una línea «```» donde termina el código.',
    ],
  },
  {
    name: 'una página larga',
    file: `${saludo}/leccion.md`,
    from: 'Esto va detrás del ejercicio.',
    to: 'palabra '.repeat(401),
    problems: [
      '01-uno/01-saludo/leccion.md:16:1 texto/palabras: La página «Qué es un archivo» tiene 401 palabras; caben 400. → Recorta, o reparte el texto en dos páginas con otro `##`.',
    ],
  },
  {
    name: 'un diagrama que no existe',
    file: `${saludo}/leccion.md`,
    from: '@diagrama F1',
    to: '@diagrama F2',
    problems: [
      '01-uno/01-saludo/leccion.md:20:1 texto/diagrama: El diagrama `F2` no existe. → ¿Querías decir `F1`? Si no: créalo en `assets/diagramas/F2.yaml` con `titulo`, `alt` y `dibujo`; lo usa la lección a.1.',
    ],
  },
  {
    name: 'un diagrama ancho',
    file: 'assets/diagramas/F1.yaml',
    from: '└── saludo.txt',
    to: `└── saludo.txt${'─'.repeat(50)}`,
    problems: [
      'assets/diagramas/F1.yaml:5:59 diagrama/ancho: La línea 2 del dibujo ocupa 64 columnas; caben 58. → Estrecha el dibujo.',
    ],
  },
  {
    name: 'un archivo vacío',
    file: `${saludo}/quiz.yaml`,
    from: /[\s\S]*/,
    to: '# nada\n',
    problems: [
      '01-uno/01-saludo/quiz.yaml:1:1 yaml/vacio: El archivo está vacío. → Mira en `lessons/README.md` qué claves lleva.',
    ],
  },
  {
    name: 'un texto demasiado largo',
    file: `${saludo}/quiz.yaml`,
    from: /$/,
    to: '# relleno '.repeat(30_000),
    problems: [
      '01-uno/01-saludo/quiz.yaml:1:1 yaml/tamano: El archivo pasa de 256 KiB. → Divide la lección o saca los textos largos a `inicio/`.',
    ],
  },
  {
    name: 'un diagrama sin texto alternativo',
    file: 'assets/diagramas/F1.yaml',
    from: /alt: .*\n/,
    to: '',
    problems: ['assets/diagramas/F1.yaml:1:1 diagrama/falta: Falta `alt`. → Añade `alt`; es obligatorio.'],
  },
  {
    name: 'un enlace roto',
    file: `${saludo}/leccion.md`,
    from: '[[archivo]]',
    to: '[[archibo]]',
    problems: [
      '01-uno/01-saludo/leccion.md:18:1 texto/enlace: `[[archibo]]` no es una lección ni un término del glosario. → ¿Querías decir `archivo`? Si no: añade el término a `assets/glosario.yaml` o quita los corchetes.',
    ],
  },
  {
    name: 'un enlace roto en un ejercicio',
    file: `${saludo}/ejercicios.yaml`,
    from: 'Escribe `hola',
    to: 'Escribe [[nada parecido]] `hola',
    problems: [
      '01-uno/01-saludo/ejercicios.yaml:6:1 texto/enlace: `[[nada parecido]]` no es una lección ni un término del glosario. → Añade el término a `assets/glosario.yaml` o quita los corchetes.',
    ],
  },
  {
    name: 'un enlace con barra',
    file: `${saludo}/leccion.md`,
    from: '[[archivo]]',
    to: '[[archivo|archivos]]',
    problems: [
      '01-uno/01-saludo/leccion.md:18:1 texto/enlace: `[[archivo|archivos]]` lleva una barra, y aquí los enlaces no la usan. → Escribe `[[archivos]]` y, si hace falta, añade esa forma en `otros` del glosario.',
    ],
  },
  {
    name: 'un repaso que no existe',
    file: `${copia}/quiz.yaml`,
    from: '"a.1/q2"',
    to: '"a.1/q9"',
    problems: [
      '01-uno/02-copia/quiz.yaml:9:20 quiz/repaso: La pregunta `a.1/q9` no existe. → ¿Querías decir `a.1/q1`? Si no: escribe `lección/pregunta`, como `0.1/q1`.',
    ],
  },
  {
    name: 'un repaso de una lección posterior',
    file: `${saludo}/quiz.yaml`,
    from: 'preguntas:',
    to: 'repaso: ["a.2/q1"]\npreguntas:',
    problems: [
      '01-uno/01-saludo/quiz.yaml:6:10 quiz/repaso-posterior: `a.2/q1` no es de una lección anterior a esta. → El repaso pregunta lo que ya se vio: elige una pregunta de una lección anterior.',
    ],
  },
  {
    name: 'un archivo de inicio que no está',
    file: `${saludo}/ejercicios.yaml`,
    from: 'de: inicio/plantilla.txt',
    to: 'de: inicio/otra.txt',
    problems: [
      '01-uno/01-saludo/ejercicios.yaml:13:17 ejercicio/archivo-falta: El archivo `inicio/otra.txt` no está en la carpeta de la lección. → Créalo en `01-uno/01-saludo/inicio/otra.txt` o corrige la ruta.',
    ],
  },
  {
    name: 'un archivo de inicio de fuera',
    file: `${saludo}/ejercicios.yaml`,
    from: 'de: inicio/plantilla.txt',
    to: 'de: ../../modulo.yaml',
    problems: [
      '01-uno/01-saludo/ejercicios.yaml:13:17 ejercicio/archivo-fuera: `../../modulo.yaml` sale de la carpeta de la lección. → Copia el archivo dentro de `inicio/` y escribe su ruta sin `..`.',
    ],
  },
  {
    name: 'una respuesta a ninguna pregunta',
    file: `${saludo}/ejercicios.yaml`,
    from: 'respuestas: { letras: 4 }',
    to: 'respuestas: { letra: 4 }',
    problems: [
      '01-uno/01-saludo/ejercicios.yaml:43:28 ejercicio/respuesta-sin-pregunta: `letra` no es una pregunta de este ejercicio. → Las que hay son: letras.',
    ],
  },
  {
    name: 'un error que falla en ninguna parte',
    file: `${saludo}/ejercicios.yaml`,
    from: 'falla: letras',
    to: 'falla: letra',
    problems: [
      '01-uno/01-saludo/ejercicios.yaml:52:16 ejercicio/falla: `letra` no es una comprobación de este ejercicio. → Las que hay son: saludo, letras.',
    ],
  },
  {
    name: 'una solución vacía',
    file: `${saludo}/ejercicios.yaml`,
    from: / {4}solucion:\n.*\n.*\n/,
    to: '    solucion: {}\n',
    problems: [
      '01-uno/01-saludo/ejercicios.yaml:41:15 ejercicio/guion-vacio: Este guion no hace nada. → Añade `pasos` o `respuestas`.',
    ],
  },
  {
    name: 'una comprobación con el id de otra',
    file: `${saludo}/ejercicios.yaml`,
    from: '- id: letras\n        que',
    to: '- id: saludo\n        que',
    problems: [
      '01-uno/01-saludo/ejercicios.yaml:26:13 ejercicio/id-repetido: El id `saludo` ya está usado en la línea 18. → Cambia uno de los dos.',
      '01-uno/01-saludo/ejercicios.yaml:52:16 ejercicio/falla: `letras` no es una comprobación de este ejercicio. → Las que hay son: saludo, saludo.',
    ],
  },
  {
    name: 'un parámetro que tapa un nombre',
    file: `${saludo}/ejercicios.yaml`,
    from: 'veces: {',
    to: 'carpeta: {',
    problems: [
      '01-uno/01-saludo/ejercicios.yaml:10:16 ejercicio/parametro: `carpeta` es un nombre que el programa ya usa. → Elige otro nombre para el parámetro.',
    ],
  },
  {
    name: 'un mínimo mayor que el máximo',
    file: `${saludo}/ejercicios.yaml`,
    from: 'min: 1, max: 3',
    to: 'min: 4, max: 3',
    problems: [
      '01-uno/01-saludo/ejercicios.yaml:10:35 ejercicio/parametro: `min` es mayor que `max`. → Cámbialos de sitio.',
    ],
  },
  {
    name: 'opciones en una pregunta que no las tiene',
    file: `${saludo}/ejercicios.yaml`,
    from: 'tipo: numero }',
    to: 'tipo: numero, opciones: [a, b] }',
    problems: [
      '01-uno/01-saludo/ejercicios.yaml:16:87 ejercicio/opciones: La pregunta `letras` tiene opciones y no es de tipo `opcion`. → Pon `tipo: opcion` o quita `opciones`.',
    ],
  },
  {
    name: 'un tipo de comprobación que no existe',
    file: `${saludo}/ejercicios.yaml`,
    from: 'mira: archivo',
    to: 'mira: archibo',
    problems: [
      '01-uno/01-saludo/ejercicios.yaml:20:15 comprobacion/tipo: No hay ningún tipo de comprobación `archibo`. → ¿Querías decir `archivo`?',
    ],
  },
  {
    name: 'un error dentro de una expresión',
    file: `${saludo}/ejercicios.yaml`,
    from: 'Escribe `hola @{nombre}`',
    to: 'Escribe `hola @{nombr}`',
    problems: [
      '01-uno/01-saludo/ejercicios.yaml:7:23 ejercicio/plantilla: La plantilla no vale: no existe el nombre «nombr» (hay parámetros, `o` y los padres por su id, con `_` en vez de `-`). → Dentro de `@{…}` vale una expresión CEL con los parámetros, `intento`, `carpeta`, `respuestas` y `mundo`.',
    ],
  },
  {
    name: 'un alias repetido',
    file: `${copia}/leccion.md`,
    from: 'alias: copia',
    to: 'alias: saludo',
    problems: [
      '01-uno/01-saludo/leccion.md:22:1 texto/enlace: `[[copia]]` no es una lección ni un término del glosario. → Añade el término a `assets/glosario.yaml` o quita los corchetes.',
      '01-uno/02-copia/leccion.md:2:5 leccion/id-repetido: La lección `01-uno/01-saludo` ya usa el alias `saludo`. → Cambia uno de los dos.',
    ],
  },
  {
    name: 'un término repetido',
    file: 'assets/glosario.yaml',
    from: 'otros: [archivos]',
    to: 'otros: [archivos, Archivo]',
    problems: [
      'assets/glosario.yaml:2:14 glosario/repetido: «Archivo» ya está en el glosario, en «archivo». → Deja una sola entrada, con las otras formas en `otros`.',
    ],
  },
];
