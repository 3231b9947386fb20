import { DecodeError } from '../decode-error.ts';

const overflow = 'proto: integer overflow';
const negative = 'proto: negative length found during unmarshaling';
const unexpectedEnd = 'unexpected EOF';

/** The wire format, read field by field. Throws a DecodeError in Go's words. */
export class ProtoReader {
  readonly #bytes: Uint8Array;
  readonly #end: number;
  #at: number;
  /** Of the field whose tag was read last. */
  number = 0;
  wireType = 0;

  constructor(bytes: Uint8Array, start = 0, end = bytes.length) {
    this.#bytes = bytes;
    this.#at = start;
    this.#end = end;
  }

  /** Reads the next tag; false at the end. `message` is what Go calls it in an error. */
  next(message: string): boolean {
    if (this.#at >= this.#end) return false;
    const tag = this.#varint();
    this.wireType = Number(tag & 7n);
    this.number = Number(BigInt.asIntN(32, tag >> 3n));
    if (this.wireType === 4) throw new DecodeError(`proto: ${message}: wiretype end group for non-group`);
    if (this.number <= 0)
      throw new DecodeError(`proto: ${message}: illegal tag ${this.number} (wire type ${this.wireType})`);
    return true;
  }

  expect(wireType: number, field: string): void {
    if (this.wireType !== wireType)
      throw new DecodeError(`proto: wrong wireType = ${this.wireType} for field ${field}`);
  }

  /** Signed 64 bits; beyond 2^53 the nearest number. */
  int64(): number {
    return Number(BigInt.asIntN(64, this.#varint()));
  }

  int32(): number {
    return Number(BigInt.asIntN(32, this.#varint()));
  }

  bool(): boolean {
    return this.#varint() !== 0n;
  }

  double(): number {
    if (this.#at + 8 > this.#end) throw new DecodeError(unexpectedEnd);
    const view = new DataView(this.#bytes.buffer, this.#bytes.byteOffset + this.#at, 8);
    this.#at += 8;
    return view.getFloat64(0, true);
  }

  /** A view, not a copy. */
  bytes(): Uint8Array {
    const start = this.#length();
    return this.#bytes.subarray(start, this.#at);
  }

  text(): string {
    const start = this.#length();
    return Buffer.from(this.#bytes.buffer, this.#bytes.byteOffset + start, this.#at - start).toString('utf8');
  }

  message(): ProtoReader {
    const start = this.#length();
    return new ProtoReader(this.#bytes, start, this.#at);
  }

  /** Fields that nobody knows. Groups are skipped whole, as Go does. */
  skip(): void {
    let depth = 0;
    let wireType = this.wireType;
    for (;;) {
      switch (wireType) {
        case 0:
          this.#varint();
          break;
        case 1:
          this.#advance(8);
          break;
        case 2:
          this.#length();
          break;
        case 3:
          depth += 1;
          break;
        case 4:
          if (depth === 0) throw new DecodeError('proto: unexpected end of group');
          depth -= 1;
          break;
        case 5:
          this.#advance(4);
          break;
        default:
          throw new DecodeError(`proto: illegal wireType ${wireType}`);
      }
      if (depth === 0) return;
      if (this.#at >= this.#end) throw new DecodeError(unexpectedEnd);
      wireType = Number(this.#varint() & 7n);
    }
  }

  get done(): boolean {
    return this.#at >= this.#end;
  }

  /** Start of the bytes of a length-delimited field; `#at` is then behind them. */
  #length(): number {
    const length = this.#varint();
    if (length > 0x7fff_ffff_ffff_ffffn) throw new DecodeError(negative);
    const start = this.#at;
    if (length > BigInt(this.#end - start)) throw new DecodeError(unexpectedEnd);
    this.#at = start + Number(length);
    return start;
  }

  #advance(count: number): void {
    if (this.#at + count > this.#end) throw new DecodeError(unexpectedEnd);
    this.#at += count;
  }

  #varint(): bigint {
    const first = this.#byte();
    if (first < 128) return BigInt(first);
    // Three bytes stay below 2^21: worth it, lengths are there.
    let small = first & 127;
    let shift = 7;
    for (; shift < 28; shift += 7) {
      const next = this.#byte();
      small |= (next & 127) << shift;
      if (next < 128) return BigInt(small);
    }
    let value = BigInt(small);
    for (; shift < 64; shift += 7) {
      const next = this.#byte();
      value |= BigInt(next & 127) << BigInt(shift);
      if (next < 128) return BigInt.asUintN(64, value);
    }
    throw new DecodeError(overflow);
  }

  #byte(): number {
    const byte = this.#at < this.#end ? this.#bytes[this.#at] : undefined;
    if (byte === undefined) throw new DecodeError(unexpectedEnd);
    this.#at += 1;
    return byte;
  }
}
