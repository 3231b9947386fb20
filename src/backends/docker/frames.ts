/**
 * Undoes the multiplexing of non-tty attach, exec and logs streams: `[stream, 0, 0, 0, size as 4 bytes]` + payload
 * (moby `pkg/stdcopy`). Feed it chunks; it gives back payload bytes as they come, whatever the cuts.
 */
export function createDemultiplexer(): (chunk: Buffer) => Buffer {
  let header = Buffer.alloc(0);
  let left = 0;
  return (chunk) => {
    const payload: Buffer[] = [];
    let rest = chunk;
    while (rest.length > 0) {
      if (left === 0) {
        const wanted = 8 - header.length;
        header = Buffer.concat([header, rest.subarray(0, wanted)]);
        rest = rest.subarray(wanted);
        if (header.length < 8) break;
        left = header.readUInt32BE(4);
        header = Buffer.alloc(0);
        continue;
      }
      const part = rest.subarray(0, left);
      payload.push(part);
      left -= part.length;
      rest = rest.subarray(part.length);
    }
    return Buffer.concat(payload);
  };
}
