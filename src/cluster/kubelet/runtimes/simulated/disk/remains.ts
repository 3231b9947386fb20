import type { SandboxStatus } from '../../../runtime.ts';

/** What is left of Pods that ran before this process began: sandboxes that are not ready, containers that have ended. */
export class Remains {
  readonly #sandboxes = new Map<string, SandboxStatus>();

  all(): IterableIterator<SandboxStatus> {
    return this.#sandboxes.values();
  }

  add(sandbox: SandboxStatus): void {
    this.#sandboxes.set(sandbox.id, sandbox);
  }

  /** The Pod's UID; undefined: there was no such sandbox. */
  remove(id: string): string | undefined {
    const uid = this.#sandboxes.get(id)?.config.uid;
    this.#sandboxes.delete(id);
    return uid;
  }

  /** The same for a container. */
  removeContainer(id: string): string | undefined {
    for (const sandbox of this.#sandboxes.values()) {
      const containers = sandbox.containers.filter((container) => container.id !== id);
      if (containers.length === sandbox.containers.length) continue;
      this.#sandboxes.set(sandbox.id, { ...sandbox, containers });
      return sandbox.config.uid;
    }
    return undefined;
  }
}
