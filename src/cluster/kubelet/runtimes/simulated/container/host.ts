import type { ContainerConfig } from '../../../runtime.ts';
import type { CatalogueImage } from '../images/catalogue.ts';
import type { Cgroup } from '../process/cgroup.ts';
import type { Flavour, Host } from '../process/syscalls.ts';
import type { Parts, SandboxParts } from './parts.ts';

/** The machine as one container is told. */
export class ContainerHost implements Host {
  readonly #config: ContainerConfig;
  readonly #image: CatalogueImage;
  readonly #sandbox: SandboxParts;
  readonly #parts: Parts;
  readonly #cgroup: Cgroup;

  constructor(
    config: ContainerConfig,
    image: CatalogueImage,
    sandbox: SandboxParts,
    parts: Parts,
    cgroup: Cgroup,
  ) {
    this.#config = config;
    this.#image = image;
    this.#sandbox = sandbox;
    this.#parts = parts;
    this.#cgroup = cgroup;
  }

  get hostname(): string {
    return this.#sandbox.hostname;
  }

  get domainname(): string {
    return this.#sandbox.config.domainname;
  }

  get node(): string {
    return this.#parts.node.name;
  }

  get kernel(): string {
    return this.#parts.node.kernel;
  }

  get architecture(): string {
    return this.#parts.node.architecture === 'arm64' ? 'aarch64' : 'x86_64';
  }

  get cpus(): number {
    return this.#parts.node.cpus;
  }

  get memoryBytes(): number {
    return this.#parts.node.memoryBytes;
  }

  get bootedAtMs(): number {
    return this.#parts.bootedAtMs;
  }

  get flavour(): Flavour {
    return this.#image.flavour;
  }

  get behaviour(): { readonly [name: string]: unknown } {
    return this.#image.record.comportamiento ?? {};
  }

  get memoryLimitBytes(): number {
    return this.#config.memoryLimitBytes;
  }

  memoryUsed(): number {
    return this.#cgroup.memory;
  }
}
