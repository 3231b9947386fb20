/** Names of file systems as `stat -f -c %T` gives them, by their magic number (linux/magic.h). */
const names: { readonly [magic: number]: string } = {
  1667723888: 'cgroup2fs',
  2613483: 'cgroupfs',
  16914836: 'tmpfs',
  40864: 'proc',
  1650812274: 'sysfs',
  2035054128: 'overlayfs',
  61267: 'ext2/ext3',
  2435016766: 'btrfs',
  1481003842: 'xfs',
  801189825: 'zfs',
  26985: 'nfs',
  1702057286: 'fuseblk',
  16914839: 'v9fs',
  1853056627: 'nsfs',
  7377: 'devpts',
  2240043254: 'ramfs',
  1936814952: 'squashfs',
};

/** The hexadecimal number itself when the name is not known, as `stat` does. */
export function fileSystemName(magic: number): string {
  return names[magic >>> 0] ?? `UNKNOWN (0x${(magic >>> 0).toString(16)})`;
}
