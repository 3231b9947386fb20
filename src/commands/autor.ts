import type { CommandDefinition } from './command.ts';

export const autor: CommandDefinition = {
  name: 'autor',
  summary: 'para quien escribe lecciones: revisarlas y empezar una',
  subcommands: [
    {
      name: 'revisar',
      summary: 'prueba las lecciones de una carpeta de verdad',
      details:
        'Lee los archivos, y juega cada ejercicio en este equipo: el inicio no pasa, la solución sí, y cada error\nrecibe su mensaje. Termina con 0 si todo está bien, 1 si algo está mal y 3 si algo no se pudo probar aquí.',
      arguments: [
        { name: 'carpeta', required: false, doc: 'por defecto, las del programa', values: 'files' },
      ],
      options: [
        { flags: '--ejercicio <id>', doc: 'solo ese ejercicio, o los de esa lección' },
        { flags: '--mutaciones', doc: 'rompe además cada comprobación y cada paso una vez' },
        { flags: '--solo-archivos', doc: 'lee los archivos sin jugar los ejercicios' },
        { flags: '--json', doc: 'un documento JSON, para otros programas' },
      ],
      run: async (input, session) => (await import('./autor-revisar.ts')).review(input, session),
    },
    {
      name: 'nueva',
      summary: 'escribe el esqueleto de una lección',
      arguments: [{ name: 'id', required: true, doc: 'el número de la lección: 3.1' }],
      options: [
        { flags: '--alias <nombre>', doc: 'segundo nombre: el-pod' },
        { flags: '--titulo <texto>', doc: 'título de la lección' },
        {
          flags: '--carpeta <carpeta>',
          doc: 'dónde están los módulos; por defecto, lessons o la carpeta actual',
        },
      ],
      run: async (input, session) => (await import('./autor-nueva.ts')).createLesson(input, session),
    },
  ],
};
