import { autocompletado } from './autocompletado.ts';
import { autor } from './autor.ts';
import { chuleta } from './chuleta.ts';
import { cluster } from './cluster.ts';
import type { CommandDefinition } from './command.ts';
import { componente } from './componente.ts';
import { doctor } from './doctor.ts';
import { explicar } from './explicar.ts';
import { kubectl } from './kubectl.ts';
import { leccion } from './leccion.ts';
import { lecciones } from './lecciones.ts';
import { limpiar } from './limpiar.ts';
import { master } from './master.ts';
import { nodo } from './nodo.ts';
import { pista } from './pista.ts';
import { preparar } from './preparar.ts';
import { probar } from './probar.ts';
import { progreso } from './progreso.ts';
import { quiz } from './quiz.ts';
import { reiniciar } from './reiniciar.ts';
import { reloj } from './reloj.ts';
import { repaso } from './repaso.ts';
import { responder } from './responder.ts';
import { shell } from './shell.ts';
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
  quiz,
  repaso,
  shell,
  cluster,
  master,
  nodo,
  componente,
  reloj,
  probar,
  explicar,
  kubectl,
  chuleta,
  doctor,
  progreso,
  limpiar,
  autor,
  autocompletado,
] as const satisfies readonly CommandDefinition[];
