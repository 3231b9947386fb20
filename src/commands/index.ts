import type { CommandDefinition } from './command.ts';
import { leccion } from './leccion.ts';
import { lecciones } from './lecciones.ts';
import { pista } from './pista.ts';
import { preparar } from './preparar.ts';
import { reiniciar } from './reiniciar.ts';
import { responder } from './responder.ts';
import { verificar } from './verificar.ts';

/** Every command, in the order in which help lists them. A new one is one file and one line here. */
export const commands = [
  lecciones,
  leccion,
  preparar,
  verificar,
  responder,
  pista,
  reiniciar,
] as const satisfies readonly CommandDefinition[];
