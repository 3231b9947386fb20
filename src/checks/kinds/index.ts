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
import { k8sRevisiones, k8sVidas } from './k8s-historia.ts';
import { k8sNodeport } from './k8s-nodeport.ts';
import { k8sNodos } from './k8s-nodos.ts';
import { k8sLista, k8sObjeto } from './k8s-objeto.ts';
import { k8sAuditoria, k8sMasters, k8sPermisos, k8sSucesos } from './k8s-plano.ts';
import { k8sDisponibilidad, k8sEndpoints, k8sTrafico } from './k8s-servicio.ts';
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
  k8sObjeto,
  k8sLista,
  k8sEndpoints,
  k8sDisponibilidad,
  k8sTrafico,
  k8sNodeport,
  k8sRevisiones,
  k8sVidas,
  k8sSucesos,
  k8sAuditoria,
  k8sMasters,
  k8sNodos,
  k8sPermisos,
] as const satisfies readonly CheckKind[];

const byName: ReadonlyMap<string, CheckKind> = new Map(checkKinds.map((kind) => [kind.name, kind]));

/** The kind called `name`, if there is one. */
export function findKind(name: string): CheckKind | undefined {
  return byName.get(name);
}
