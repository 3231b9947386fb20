/** Protobuf's wire format, written. Empty values are left out, as proto3 does. */
export class ProtoWriter {
  readonly #parts: Uint8Array[] = [];

  text(number: number, value: string | undefined): this {
    if (value !== undefined && value !== '') this.#block(number, Buffer.from(value));
    return this;
  }

  texts(number: number, values: readonly string[]): this {
    for (const value of values) this.#block(number, Buffer.from(value));
    return this;
  }

  bool(number: number, value: boolean | undefined): this {
    if (value === true) this.#parts.push(varint(number * 8), varint(1));
    return this;
  }

  /** Not negative. */
  integer(number: number, value: number | undefined): this {
    if (value !== undefined && value > 0) this.#parts.push(varint(number * 8), varint(value));
    return this;
  }

  double(number: number, value: number | undefined): this {
    if (value === undefined || value === 0) return this;
    const bytes = Buffer.alloc(8);
    bytes.writeDoubleLE(value);
    this.#parts.push(varint(number * 8 + 1), bytes);
    return this;
  }

  message(number: number, inner: ProtoWriter | undefined): this {
    if (inner !== undefined) this.#block(number, inner.finish());
    return this;
  }

  finish(): Uint8Array {
    return Buffer.concat(this.#parts);
  }

  #block(number: number, bytes: Uint8Array): void {
    this.#parts.push(varint(number * 8 + 2), varint(bytes.length), bytes);
  }
}

function varint(value: number): Uint8Array {
  const bytes: number[] = [];
  let rest = value;
  while (rest > 127) {
    bytes.push((rest % 128) + 128);
    rest = Math.floor(rest / 128);
  }
  bytes.push(rest);
  return Uint8Array.from(bytes);
}
