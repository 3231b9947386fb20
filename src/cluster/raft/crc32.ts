import * as zlib from 'node:zlib';

type Crc32 = (bytes: Uint8Array, seed?: number) => number;

let table: Uint32Array | undefined;
let fastest: Crc32 | undefined;

/** CRC-32 (IEEE 802.3) of `bytes`, going on from `seed`: the CRC of what came before. Node has its own since 20.15. */
export function crc32(bytes: Uint8Array, seed = 0): number {
  fastest ??= (zlib as { readonly crc32?: Crc32 }).crc32 ?? tableCrc32;
  return fastest(bytes, seed);
}

/** The same from a table, for older Nodes. */
export function tableCrc32(bytes: Uint8Array, seed = 0): number {
  table ??= makeTable();
  let crc = ~seed;
  for (let index = 0; index < bytes.length; index++) {
    crc = (table[(crc ^ (bytes[index] ?? 0)) & 0xff] ?? 0) ^ (crc >>> 8);
  }
  return ~crc >>> 0;
}

function makeTable(): Uint32Array {
  return Uint32Array.from({ length: 256 }, (_, byte) => {
    let crc = byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? 0xedb88320 ^ (crc >>> 1) : crc >>> 1;
    return crc;
  });
}
