import { constants, deflateRawSync, inflateRawSync } from 'node:zlib';
import { headerDictionary } from './dictionary.ts';

/** Lower-case names; several values of one name joined by `, `. */
export type SpdyHeaders = ReadonlyMap<string, string>;

const mostBytes = 64 * 1024;
const mostPairs = 256;
/** As far back as deflate looks. */
const windowBytes = 32 * 1024;
/** zlib's header for this dictionary (`FDICT`), and the dictionary's checksum. */
const zlibHeader = Buffer.from('78bbe3c6a7c2', 'hex');

/** The other side compresses all its headers as one stream: blocks must be read in order, every one of them. */
export class HeaderReader {
  #window: Buffer = headerDictionary();
  #first = true;

  /** Throws for what is no header block, or a bomb. */
  read(block: Buffer): SpdyHeaders {
    const plain = inflateRawSync(this.#first ? this.#withoutZlibHeader(block) : block, {
      dictionary: this.#window,
      finishFlush: constants.Z_SYNC_FLUSH,
      maxOutputLength: mostBytes,
    });
    this.#first = false;
    this.#window = slide(this.#window, plain);
    return parse(plain);
  }

  #withoutZlibHeader(block: Buffer): Buffer {
    if (block.length < 2 || (block.readUInt8(0) & 0x0f) !== 8 || block.readUInt16BE(0) % 31 !== 0)
      throw new Error('not a zlib stream');
    const withDictionary = (block.readUInt8(1) & 0x20) !== 0;
    if (!withDictionary) {
      this.#window = Buffer.alloc(0);
      return block.subarray(2);
    }
    if (block.length < 6 || block.compare(zlibHeader, 2, 6, 2, 6) !== 0)
      throw new Error('another dictionary');
    return block.subarray(6);
  }
}

export class HeaderWriter {
  #window: Buffer = headerDictionary();
  #first = true;

  write(headers: SpdyHeaders): Buffer {
    const plain = print(headers);
    const block = deflateRawSync(plain, { dictionary: this.#window, finishFlush: constants.Z_SYNC_FLUSH });
    this.#window = slide(this.#window, plain);
    const whole = this.#first ? Buffer.concat([zlibHeader, block]) : block;
    this.#first = false;
    return whole;
  }
}

function slide(window: Buffer, plain: Buffer): Buffer {
  return Buffer.concat([window, plain]).subarray(-windowBytes);
}

function parse(plain: Buffer): SpdyHeaders {
  let at = 0;
  const number = () => {
    if (at + 4 > plain.length) throw new Error('a header block that ends too soon');
    const value = plain.readUInt32BE(at);
    at += 4;
    return value;
  };
  const text = () => {
    const size = number();
    if (at + size > plain.length) throw new Error('a header block that ends too soon');
    const value = plain.toString('latin1', at, at + size);
    at += size;
    return value;
  };
  const pairs = number();
  if (pairs > mostPairs) throw new Error('too many headers');
  const headers = new Map<string, string>();
  for (let i = 0; i < pairs; i++) {
    const name = text();
    if (name === '' || name !== name.toLowerCase())
      throw new Error('a header name that is not in lower case');
    if (headers.has(name)) throw new Error('a header twice');
    headers.set(name, text().replaceAll('\0', ', '));
  }
  return headers;
}

function print(headers: SpdyHeaders): Buffer {
  const parts: Buffer[] = [];
  const number = (value: number) => {
    const bytes = Buffer.alloc(4);
    bytes.writeUInt32BE(value);
    parts.push(bytes);
  };
  const text = (value: string) => {
    const bytes = Buffer.from(value, 'latin1');
    number(bytes.length);
    parts.push(bytes);
  };
  number(headers.size);
  for (const [name, value] of headers) {
    text(name);
    text(value);
  }
  return Buffer.concat(parts);
}
