/** Reading and writing the store's own records: little numbers in few bytes, texts and bytes with their length before. */

export class BinaryWriter {
  #buffer: Uint8Array<ArrayBuffer>;
  #length = 0;

  constructor(expectedBytes = 256) {
    this.#buffer = new Uint8Array(expectedBytes);
  }

  byte(value: number): void {
    this.#reserve(1);
    this.#buffer[this.#length++] = value;
  }

  /** A whole number from 0 to 2^53 - 1, seven bits per byte. */
  number(value: number): void {
    if (!Number.isSafeInteger(value) || value < 0) throw new RangeError(`not a count: ${value}`);
    this.#reserve(8);
    let rest = value;
    while (rest >= 0x80) {
      this.#buffer[this.#length++] = (rest % 0x80) | 0x80;
      rest = Math.floor(rest / 0x80);
    }
    this.#buffer[this.#length++] = rest;
  }

  bytes(value: Uint8Array): void {
    this.number(value.length);
    this.#reserve(value.length);
    this.#buffer.set(value, this.#length);
    this.#length += value.length;
  }

  /** Any JavaScript string, lone surrogates too: one byte per unit when all are ASCII, as keys are, two otherwise. */
  text(value: string): void {
    this.#reserve(value.length * 2 + 8);
    if (isAscii(value)) {
      this.number(value.length * 2);
      for (let at = 0; at < value.length; at += 1) this.#buffer[this.#length + at] = value.charCodeAt(at);
      this.#length += value.length;
      return;
    }
    this.number(value.length * 2 + 1);
    for (let at = 0; at < value.length; at += 1) {
      const unit = value.charCodeAt(at);
      this.#buffer[this.#length++] = unit & 0xff;
      this.#buffer[this.#length++] = unit >>> 8;
    }
  }

  /** What was written, without copying; the writer is not used afterwards. */
  finish(): Uint8Array<ArrayBuffer> {
    return this.#buffer.subarray(0, this.#length);
  }

  #reserve(more: number): void {
    if (this.#length + more <= this.#buffer.length) return;
    const larger = new Uint8Array(Math.max(this.#buffer.length * 2, this.#length + more));
    larger.set(this.#buffer.subarray(0, this.#length));
    this.#buffer = larger;
  }
}

/** Every method throws `RangeError` when the record ends too early or is not one. */
export class BinaryReader {
  readonly #buffer: Uint8Array;
  #at = 0;

  constructor(buffer: Uint8Array) {
    this.#buffer = buffer;
  }

  get left(): number {
    return this.#buffer.length - this.#at;
  }

  byte(): number {
    const value = this.#buffer[this.#at++];
    if (value === undefined) throw new RangeError('the record is cut off');
    return value;
  }

  number(): number {
    let value = 0;
    for (let scale = 1; scale <= 2 ** 49; scale *= 0x80) {
      const byte = this.byte();
      value += (byte & 0x7f) * scale;
      if (byte < 0x80 && Number.isSafeInteger(value)) return value;
    }
    throw new RangeError('the record holds a number that is too large');
  }

  /** A view into the record, not a copy. */
  bytes(): Uint8Array {
    return this.#take(this.number());
  }

  text(): string {
    const header = this.number();
    const length = Math.floor(header / 2);
    if (header % 2 === 0) return latin1(this.#take(length));
    const units = this.#take(length * 2);
    let text = '';
    for (let at = 0; at < units.length; at += 2)
      text += String.fromCharCode((units[at] ?? 0) | ((units[at + 1] ?? 0) << 8));
    return text;
  }

  #take(length: number): Uint8Array {
    if (length > this.left) throw new RangeError('the record is cut off');
    this.#at += length;
    return this.#buffer.subarray(this.#at - length, this.#at);
  }
}

function isAscii(text: string): boolean {
  for (let at = 0; at < text.length; at += 1) if (text.charCodeAt(at) > 0x7f) return false;
  return true;
}

function latin1(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1');
}
