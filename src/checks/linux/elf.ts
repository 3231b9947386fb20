/** Segment type PT_INTERP (elf(5)): the path of the dynamic loader that a dynamic program needs. */
const interpreterSegment = 3;

/**
 * True when a program needs no loader nor libraries, false when it does, undefined when the bytes are not ELF.
 * `head` has one character per byte (latin1) and at least the program headers, which come first in practice.
 */
export function isStaticElf(head: string): boolean | undefined {
  if (!head.startsWith('\x7fELF')) return undefined;
  const bytes = Buffer.from(head, 'latin1');
  const wide = bytes[4] === 2;
  const little = bytes[5] !== 2;
  const number = (offset: number, size: 2 | 4) => {
    if (offset + size > bytes.length) return 0;
    if (size === 2) return little ? bytes.readUInt16LE(offset) : bytes.readUInt16BE(offset);
    return little ? bytes.readUInt32LE(offset) : bytes.readUInt32BE(offset);
  };
  const headers = number(wide ? 32 : 28, 4);
  const entrySize = number(wide ? 54 : 42, 2);
  const entries = number(wide ? 56 : 44, 2);
  for (let index = 0; index < entries; index++)
    if (number(headers + index * entrySize, 4) === interpreterSegment) return false;
  return true;
}
