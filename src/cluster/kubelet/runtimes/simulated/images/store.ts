import type { Clock } from '../../../../../base/clock.ts';
import { type PulledImage, RuntimeError } from '../../../runtime.ts';
import type { Catalogue, CatalogueImage } from './catalogue.ts';
import { parseReference, type Reference } from './reference.ts';

/** An image that this node has. */
export interface StoredImage {
  readonly image: CatalogueImage;
  readonly pulled: PulledImage;
  /** `docker.io/library/nginx:1.29` */
  readonly name: string;
  /** `docker.io/library/nginx@sha256:…` */
  readonly repoDigest: string;
}

export interface StoreOptions {
  readonly catalogue: Catalogue;
  readonly clock: Clock;
  /** `linux/amd64` */
  readonly platform: string;
  readonly delays: 'none' | 'real';
  /** Told in Spanish when an image is not in the catalogue. */
  readonly unknownImage: (image: string, hint: string) => void;
}

/** Images of one node: pulling, finding, removing. */
export class ImageStore {
  readonly #options: StoreOptions;
  readonly #byName = new Map<string, StoredImage>();
  /** Pulls of the same image share one download. */
  readonly #pulls = new Map<string, Promise<PulledImage>>();

  constructor(options: StoreOptions) {
    this.#options = options;
  }

  /** By any of its names or its id. */
  find(name: string): StoredImage | undefined {
    const reference = parseReference(name);
    const known = reference === undefined ? undefined : this.#byName.get(reference.text);
    if (known !== undefined) return known;
    return [...this.#byName.values()].find(
      ({ pulled, repoDigest }) => pulled.id === name || repoDigest === reference?.text,
    );
  }

  all(): readonly PulledImage[] {
    return [...this.#byName.values()].map(({ pulled }) => pulled);
  }

  remove(name: string): void {
    const found = this.find(name);
    if (found !== undefined) this.#byName.delete(found.name);
  }

  /** It was pulled before this process began. Nothing happens when the catalogue has no such image. */
  recover(name: string): void {
    const reference = parseReference(name);
    if (reference === undefined || this.#byName.has(reference.text)) return;
    const answer = this.#options.catalogue.lookup(reference, this.#options.platform);
    if (answer.kind === 'found') this.#store(name, reference, answer.image);
  }

  async pull(name: string): Promise<PulledImage> {
    const reference = parseReference(name);
    if (reference === undefined) {
      throw new RuntimeError(
        `failed to parse image reference "${name}": invalid reference format`,
        'InvalidArgument',
      );
    }
    const running = this.#pulls.get(reference.text);
    if (running !== undefined) return running;
    const pull = this.#pull(name, reference).finally(() => this.#pulls.delete(reference.text));
    this.#pulls.set(reference.text, pull);
    return pull;
  }

  async #pull(name: string, reference: Reference): Promise<PulledImage> {
    const { catalogue, clock, platform, delays } = this.#options;
    const answer = catalogue.lookup(reference, platform);
    if (delays !== 'none') await clock.sleep(answer.kind === 'found' ? this.#duration(answer.image) : 350);
    const before = `failed to pull and unpack image "${reference.text}": `;
    const resolving = `${before}failed to resolve reference "${reference.text}": `;
    switch (answer.kind) {
      case 'found':
        return this.#store(name, reference, answer.image);
      case 'no-platform':
        throw notFound(`${before}no match for platform in manifest: not found`);
      case 'denied':
        this.#hint(name);
        throw new RuntimeError(
          `${resolving}pull access denied, repository does not exist or may require authorization: server message: insufficient_scope: authorization failed`,
        );
      case 'unreachable':
        this.#hint(name);
        throw new RuntimeError(resolving + answer.why);
      default:
        this.#hint(name);
        throw notFound(`${resolving}${reference.text}: not found`);
    }
  }

  #hint(name: string): void {
    const { catalogue, unknownImage } = this.#options;
    const reference = parseReference(name);
    const tags = reference === undefined ? [] : catalogue.tagsOf(reference.repository);
    const hint =
      tags.length > 0
        ? `el catálogo tiene otras etiquetas: ${tags.slice(0, 8).join(', ')}${tags.length > 8 ? '…' : ''}`
        : 'no está en el catálogo de imágenes simuladas; puedes añadirla con un archivo JSON (lo explica assets/imagenes/LEEME.md)';
    unknownImage(name, hint);
  }

  #duration(image: CatalogueImage): number {
    const { descarga, bytes } = image.record;
    return descarga === undefined ? Math.min(3000, 500 + bytes / 40_000) : descarga * 1000;
  }

  #store(asked: string, reference: Reference, image: CatalogueImage): PulledImage {
    const { record, digest, id } = image;
    const [user = ''] = (record.usuario ?? '').split(':');
    const numeric = /^\d+$/.test(user);
    const pulled: PulledImage = {
      id,
      names: [...new Set([asked, reference.text])],
      digest,
      sizeBytes: record.bytes,
      uid: user === '' ? 0 : numeric ? Number(user) : undefined,
      username: user === '' || numeric ? '' : user,
    };
    this.#byName.set(reference.text, {
      image,
      pulled,
      name: reference.text,
      repoDigest: `${reference.repository}@${digest}`,
    });
    return pulled;
  }
}

function notFound(text: string): RuntimeError {
  return new RuntimeError(`rpc error: code = NotFound desc = ${text}`, 'NotFound');
}
