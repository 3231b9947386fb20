import type { CommandDefinition } from './command.ts';
import { leccion } from './leccion.ts';
import { lecciones } from './lecciones.ts';

/** Every command, in the order in which help lists them. A new one is one file and one line here. */
export const commands = [lecciones, leccion] as const satisfies readonly CommandDefinition[];
