/** `ip` and friends live in sbin, which the PATH of an ordinary user often lacks. */
export function searchPath(path: string | undefined): string {
  const parts = (path ?? '').split(':').filter((part) => part !== '');
  for (const folder of ['/usr/local/sbin', '/usr/sbin', '/sbin', '/usr/local/bin', '/usr/bin', '/bin'])
    if (!parts.includes(folder)) parts.push(folder);
  return parts.join(':');
}
