/** One image of the catalogue, as its file says. Names of fields are Spanish: learners write such files. */
export interface ImageRecord {
  /** `docker.io/library/nginx`, without tag. */
  readonly repositorio: string;
  /** With braces for families: `1.{28,29}{,-alpine}`. */
  readonly etiquetas: readonly string[];
  /** What its file system starts from: a name of `bases`. */
  readonly base: string;
  /** Compressed, as the events show it. */
  readonly bytes: number;
  /** Seconds that a pull takes. */
  readonly descarga?: number;
  /** `linux/amd64`…; empty: all. A node of another kind finds no platform. */
  readonly plataformas?: readonly string[];
  /** `1000`, `app`, `101:101` */
  readonly usuario?: string;
  readonly entrada?: readonly string[];
  readonly orden?: readonly string[];
  readonly carpeta?: string;
  readonly entorno?: { readonly [name: string]: string };
  /** `SIGQUIT` */
  readonly senal?: string;
  readonly puertos?: readonly number[];
  /** Path → simulated program. */
  readonly programas?: { readonly [path: string]: string };
  /** Path → text, or an object with more. */
  readonly archivos?: { readonly [path: string]: string | FileRecord };
  /** How its server behaves; each program knows its own settings. */
  readonly comportamiento?: { readonly [name: string]: unknown };
}

export interface FileRecord {
  readonly texto?: string;
  readonly enlace?: string;
  readonly carpeta?: boolean;
  readonly modo?: string;
  readonly usuario?: number;
  readonly grupo?: number;
}

/** A file system that images start from. */
export interface BaseRecord {
  readonly de?: string;
  /** Shell and tools in busybox's words, or coreutils'. */
  readonly herramientas: 'busybox' | 'gnu';
  /** `ps` has a TIME column. */
  readonly psConTiempo?: boolean;
  readonly saludo?: string;
  readonly autonoma?: boolean;
  readonly preguntaCursor?: boolean;
  /** Folder → names of simulated programs in it. */
  readonly programas?: { readonly [folder: string]: string };
  /** How the tools are there: links to busybox, hard links, or files of their own. */
  readonly enlaces?: 'duros' | 'simbolicos' | 'propios';
  readonly archivos?: { readonly [path: string]: string | FileRecord };
}

export interface RegistryRecord {
  /** What it says of a repository that it does not have. */
  readonly sinRepositorio?: 'acceso' | 'noexiste';
  /** It cannot be reached, and this is what the attempt says. */
  readonly caido?: string;
}

export interface CatalogueFile {
  readonly imagenes?: readonly ImageRecord[];
  readonly bases?: { readonly [name: string]: BaseRecord };
  readonly registros?: { readonly [host: string]: RegistryRecord };
}
