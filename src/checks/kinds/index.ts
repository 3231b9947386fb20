import type { CheckKind } from '../check.ts';
import { archivo } from './archivo.ts';
import { composeArchivo } from './compose-archivo.ts';
import { cursoDiagnostico, cursoFallos } from './curso.ts';
import { dockerCapas } from './docker-capas.ts';
import { dockerCompose } from './docker-compose.ts';
import { dockerContenedor } from './docker-contenedor.ts';
import { dockerArchivo, dockerCambios, dockerLogs, dockerPrueba } from './docker-dentro.ts';
import { dockerHttp } from './docker-http.ts';
import { dockerImagen, dockerRed, dockerVolumen } from './docker-objetos.ts';
import { dockerSucesos } from './docker-sucesos.ts';
import { dockerfile } from './dockerfile.ts';
import { linuxAnfitrion } from './linux-anfitrion.ts';
import { linuxArchivo } from './linux-archivo.ts';
import { linuxCgroup } from './linux-cgroup.ts';
import { linuxMontaje } from './linux-montaje.ts';
import { linuxProceso } from './linux-proceso.ts';
import { respuesta } from './respuesta.ts';

/** Every kind of check, by areas. To add one: a file here and a line below. */
export const checkKinds = [
  respuesta,
  archivo,
  cursoDiagnostico,
  cursoFallos,
  dockerContenedor,
  dockerImagen,
  dockerRed,
  dockerVolumen,
  dockerCompose,
  dockerHttp,
  dockerLogs,
  dockerCambios,
  dockerPrueba,
  dockerArchivo,
  dockerSucesos,
  dockerCapas,
  dockerfile,
  composeArchivo,
  linuxAnfitrion,
  linuxCgroup,
  linuxProceso,
  linuxMontaje,
  linuxArchivo,
] as const satisfies readonly CheckKind[];

const byName: ReadonlyMap<string, CheckKind> = new Map(checkKinds.map((kind) => [kind.name, kind]));

/** The kind called `name`, if there is one. */
export function findKind(name: string): CheckKind | undefined {
  return byName.get(name);
}
