import { Errno } from '../fs/errno.ts';
import { Device, isSpecial, OpenInode } from './devices.ts';
import { type OpenFile, PipeBuffer, PipeEnd } from './open-file.ts';
import type { Process } from './process.ts';
import type { OpenHow } from './syscalls.ts';

/** `open(2)`. Throws `Errno`. */
export function openInode(process: Process, path: string, how: OpenHow): OpenFile {
  const { files } = process;
  const { node, found } = files.openFile(path, how);
  if (node.kind === 'dir' && how.write === true) throw new Errno('EISDIR');
  if (!isSpecial(node)) return new OpenInode(node, found, files, how);
  if (node.kind === 'fifo') {
    node.state ??= new PipeBuffer();
    if (!(node.state instanceof PipeBuffer)) throw new Errno('EIO');
    const ends = how.read === true ? (how.write === true ? 'both' : 'read') : 'write';
    return new PipeEnd(node.state, ends, found.path, node);
  }
  const [kind, pid, fd] = node.device.split(':');
  if (kind === 'fd') {
    const open = process.namespace.get(Number(pid))?.fds.get(Number(fd));
    if (open === undefined) throw new Errno('ENOENT');
    return open.retain();
  }
  if (kind === 'tty') {
    const terminal = [...process.fds.values()].find((file) => file.terminal !== undefined);
    if (terminal === undefined) throw new Errno('ENOTTY');
    return terminal.retain();
  }
  return new Device(node.device, process.surroundings.random, node);
}
