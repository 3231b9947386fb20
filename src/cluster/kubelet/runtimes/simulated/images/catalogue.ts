import { createHash } from 'node:crypto';
import type { DirInode } from '../fs/inode.ts';
import type { Programs } from '../process/surroundings.ts';
import type { Flavour } from '../process/syscalls.ts';
import type { BaseRecord, CatalogueFile, ImageRecord, RegistryRecord } from './record.ts';
import type { Reference } from './reference.ts';
import { buildTree } from './tree.ts';

/** What a registry answers when an image is asked for. */
export type Lookup =
  | { readonly kind: 'found'; readonly image: CatalogueImage }
  | { readonly kind: 'no-tag' | 'no-repository' | 'denied' | 'no-platform' }
  | { readonly kind: 'unreachable'; readonly why: string };

export interface CatalogueImage {
  readonly record: ImageRecord;
  readonly tag: string;
  readonly digest: string;
  readonly id: string;
  readonly flavour: Flavour;
  /** Shared by every container of the image; made when the first one needs it. */
  tree(): DirInode;
}

/** All images of the simulated registries, and the programs that run in them. */
export class Catalogue {
  readonly programs: Programs;
  readonly #byRepository = new Map<string, Map<string, ImageRecord>>();
  readonly #bases = new Map<string, BaseRecord>();
  readonly #registries = new Map<string, RegistryRecord>();
  readonly #images = new Map<string, CatalogueImage>();
  readonly #byDigest = new Map<string, string>();

  /** Later files win over earlier ones. */
  constructor(files: readonly CatalogueFile[], programs: Programs) {
    this.programs = programs;
    for (const file of files) {
      for (const [name, base] of Object.entries(file.bases ?? {})) this.#bases.set(name, base);
      for (const [host, registry] of Object.entries(file.registros ?? {}))
        this.#registries.set(host, registry);
      for (const record of file.imagenes ?? []) this.#add(record);
    }
  }

  get repositories(): readonly string[] {
    return [...this.#byRepository.keys()].sort();
  }

  /** A tree with the usual tools, for the machine's own `/bin`. */
  tools(): DirInode {
    return buildTree(this.#chain('busybox'), { repositorio: '', etiquetas: [], base: 'busybox', bytes: 0 });
  }

  tagsOf(repository: string): readonly string[] {
    return [...(this.#byRepository.get(repository)?.keys() ?? [])];
  }

  /** `platform`: `linux/amd64`. */
  lookup(reference: Reference, platform: string): Lookup {
    const { registry, repository, digest } = reference;
    const known = this.#registries.get(registry);
    if (known?.caido !== undefined)
      return { kind: 'unreachable', why: known.caido.replaceAll('{etiqueta}', reference.tag) };
    const tags = this.#byRepository.get(repository);
    if (tags === undefined) {
      if (known === undefined) {
        const where = `https://${registry}/v2/${reference.path}/manifests/${reference.tag || digest}`;
        return {
          kind: 'unreachable',
          why: `failed to do request: Head "${where}": dial tcp: lookup ${registry}: no such host`,
        };
      }
      return { kind: known.sinRepositorio === 'noexiste' ? 'no-repository' : 'denied' };
    }
    const tag =
      digest === ''
        ? reference.tag
        : (this.#byDigest.get(`${repository}@${digest}`) ?? this.#findDigest(repository, digest));
    const record = tag === undefined ? undefined : tags.get(tag);
    if (tag === undefined || record === undefined) return { kind: 'no-tag' };
    const { plataformas = [] } = record;
    if (plataformas.length > 0 && !plataformas.includes(platform)) return { kind: 'no-platform' };
    return { kind: 'found', image: this.#image(record, tag) };
  }

  #findDigest(repository: string, digest: string): string | undefined {
    return this.tagsOf(repository).find((tag) => digestOf(`${repository}:${tag}`) === digest);
  }

  #add(record: ImageRecord): void {
    const tags = this.#byRepository.get(record.repositorio) ?? new Map<string, ImageRecord>();
    for (const tag of record.etiquetas.flatMap(expandBraces)) tags.set(tag, record);
    this.#byRepository.set(record.repositorio, tags);
  }

  #image(record: ImageRecord, tag: string): CatalogueImage {
    const name = `${record.repositorio}:${tag}`;
    const known = this.#images.get(name);
    if (known?.record === record) return known;
    const base = this.#base(record.base);
    let tree: DirInode | undefined;
    const image: CatalogueImage = {
      record,
      tag,
      digest: digestOf(name),
      id: digestOf(`${name} config`),
      flavour: {
        tools: base.herramientas,
        psTime: base.psConTiempo ?? true,
        banner: base.saludo ?? '',
        standalone: base.autonoma ?? false,
        asksCursor: base.preguntaCursor ?? base.herramientas === 'busybox',
      },
      tree: () => {
        tree ??= buildTree(this.#chain(record.base), record);
        return tree;
      },
    };
    this.#images.set(name, image);
    this.#byDigest.set(`${record.repositorio}@${image.digest}`, tag);
    return image;
  }

  #base(name: string): BaseRecord {
    return this.#bases.get(name) ?? { herramientas: 'busybox' };
  }

  /** From the lowest up. */
  #chain(name: string): BaseRecord[] {
    const chain: BaseRecord[] = [];
    for (let at: string | undefined = name; at !== undefined && chain.length < 8; ) {
      const base: BaseRecord = this.#base(at);
      chain.unshift(base);
      at = base.de;
    }
    return chain;
  }
}

function digestOf(text: string): string {
  return `sha256:${createHash('sha256').update(text).digest('hex')}`;
}

/** `1.{28,29}{,-alpine}` → four tags. */
function expandBraces(text: string): string[] {
  const match = /^(.*?)\{([^{}]*)\}(.*)$/.exec(text);
  if (match === null) return [text];
  const [, before = '', choices = '', after = ''] = match;
  return choices.split(',').flatMap((choice) => expandBraces(before + choice + after));
}
