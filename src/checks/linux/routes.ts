import { hexAddress } from './sockets.ts';

/** RTF_UP and RTF_GATEWAY of include/uapi/linux/route.h. */
const routeUp = 0x1;
const routeGateway = 0x2;

/** The main IPv4 routes of a `/proc/<pid>/net/route` table, written as `ip route` writes them. */
export function parseRoutes(table: string): readonly string[] {
  return table.split('\n').flatMap((line) => {
    const [device, destination, gateway, flagsHex, , , , mask] = line.trim().split(/\s+/);
    if (device === undefined || destination === undefined || gateway === undefined || mask === undefined)
      return [];
    if (!/^[0-9A-F]{8}$/i.test(destination)) return [];
    const flags = Number.parseInt(flagsHex ?? '0', 16);
    if ((flags & routeUp) === 0) return [];
    const prefix = prefixLength(mask);
    const target = prefix === 0 ? 'default' : `${hexAddress(destination)}/${prefix}`;
    const via = (flags & routeGateway) === 0 ? '' : ` via ${hexAddress(gateway)}`;
    return [`${target}${via} dev ${device}`];
  });
}

function prefixLength(maskHex: string): number {
  return Number.parseInt(maskHex, 16).toString(2).replaceAll('0', '').length;
}
