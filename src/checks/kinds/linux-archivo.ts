import type { Json, JsonObject } from '../../base/json.ts';
import { CouldNotLook, type FileFacts, type LinuxView } from '../backend.ts';
import type { CheckKind } from '../check.ts';
import { isStaticElf } from '../linux/elf.ts';
import { linuxLevel, linuxOf, linuxPollMs, textParam } from './linux-access.ts';

/** A file, folder, link or device of the Linux where the learner works. */
export const linuxArchivo = {
  name: 'linux.archivo',
  view: 'linux',
  doc: 'Un archivo, carpeta, enlace o dispositivo del Linux donde trabajas.',
  params: {
    ruta: { type: 'text', required: true, doc: 'absoluta, o relativa a la carpeta de trabajo' },
  },
  fields: {
    tipo: '`archivo`, `carpeta`, `enlace`, `caracteres`, `bloques`, `tuberia` o `socket`',
    texto: 'contenido de un archivo de texto (hasta 64 KiB)',
    bytes: 'tamaño',
    ejecutable: '`true` si alguien puede ejecutarlo',
    estatico: 'solo en programas ELF: `true` si no necesita bibliotecas',
    enlace: 'a dónde apunta un enlace',
    rdev: 'número de un dispositivo: `0:0` es la marca de borrado de overlay',
    uid: 'UID del dueño',
    modo: 'permisos en octal: `755`',
    entradas: 'nombres dentro de una carpeta',
  },
  object: (params) => `el archivo ${textParam(params, 'ruta')}`,
  command: (params, field) => {
    const path = textParam(params, 'ruta');
    if (field === 'texto') return `cat ${path}`;
    if (field === 'entradas') return `ls -A ${path}`;
    return field === 'estatico' ? `file ${path}` : `ls -ld ${path}`;
  },
  absentAdvice: (params) => ({
    why: `No existe ${textParam(params, 'ruta')}.`,
    next: 'Mira qué hay con `ls` y en qué carpeta estás con `pwd`.',
  }),
  observe: async (context, params) => {
    const view = linuxOf(context.backend);
    const wanted = textParam(params, 'ruta');
    const path = wanted.startsWith('/') ? wanted : `${context.attempt.folder}/${wanted}`;
    const facts = await view.stat(path, false);
    if (facts.ok) return { state: 'found', value: await describe(view, path, facts.value) };
    if (facts.error === 'EACCES' || facts.error === 'EPERM')
      throw new CouldNotLook({
        reason: 'linux-permission',
        why: `No tengo permiso para mirar ${wanted}.`,
        next: 'Abre el curso con `sudo -E curso`, o cambia los permisos de la carpeta.',
      });
    return { state: 'absent', value: {} };
  },
  level: linuxLevel,
  pollMs: linuxPollMs,
} as const satisfies CheckKind;

const typeNames: { readonly [type in FileFacts['type']]: string } = {
  file: 'archivo',
  directory: 'carpeta',
  link: 'enlace',
  chardev: 'caracteres',
  blockdev: 'bloques',
  fifo: 'tuberia',
  socket: 'socket',
};

async function describe(view: LinuxView, path: string, facts: FileFacts): Promise<JsonObject> {
  const value: { [name: string]: Json } = {
    tipo: typeNames[facts.type],
    bytes: facts.sizeBytes,
    uid: facts.uid,
    modo: facts.mode.toString(8),
  };
  if (facts.type === 'chardev' || facts.type === 'blockdev') value['rdev'] = facts.rdev;
  if (facts.type === 'directory') {
    const names = await view.list(path);
    if (names.ok) value['entradas'] = [...names.value].sort().slice(0, 1_000);
  }
  if (facts.type === 'link') {
    const target = await view.readlink(path);
    if (target.ok) value['enlace'] = target.value;
    // A link is judged as what it leads to, which is how a program would see it: busybox's `bin/sh` is one.
    const end = await view.stat(path);
    if (end.ok && end.value.type === 'file') await describeContent(view, path, end.value, value);
  }
  if (facts.type === 'file') await describeContent(view, path, facts, value);
  return value;
}

async function describeContent(
  view: LinuxView,
  path: string,
  facts: FileFacts,
  value: { [name: string]: Json },
): Promise<void> {
  value['bytes'] = facts.sizeBytes;
  value['ejecutable'] = (facts.mode & 0o111) !== 0;
  const head = await view.read(path, 4096, 'latin1');
  if (!head.ok) return;
  const isStatic = isStaticElf(head.value);
  if (isStatic !== undefined) {
    value['estatico'] = isStatic;
    return;
  }
  const text = await view.read(path);
  if (text.ok && !text.value.includes('\0')) value['texto'] = text.value;
}
