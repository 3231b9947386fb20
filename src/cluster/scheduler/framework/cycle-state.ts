/** Names a plugin's own data within one attempt to place one Pod. `clone` when what-if trials change it. */
export interface StateKey<T> {
  readonly name: string;
  readonly clone?: (value: T) => T;
}

/** What plugins worked out for one attempt. Mirrors pkg/scheduler/framework CycleState. */
export class CycleState {
  readonly #values = new Map<
    object,
    { readonly value: unknown; readonly copy: (value: unknown) => unknown }
  >();

  read<T>(key: StateKey<T>): T | undefined {
    return this.#values.get(key)?.value as T | undefined;
  }

  write<T>(key: StateKey<T>, value: T): void {
    this.#values.set(key, { value, copy: (own) => key.clone?.(own as T) ?? own });
  }

  /** For a trial: what it changes does not show here. */
  clone(): CycleState {
    const trial = new CycleState();
    for (const [key, { value, copy }] of this.#values) trial.#values.set(key, { value: copy(value), copy });
    return trial;
  }
}
