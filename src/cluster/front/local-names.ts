import { serverNames } from '../pki/pki.ts';

const names: ReadonlySet<string> = new Set(serverNames);
const hostForm = /^(?:\[([0-9a-f:.]{2,45})\]|([a-z0-9.-]{1,253}))(?::[0-9]{1,5})?$/;

/**
 * Whether a `Host` header names this server: one of its certificate's names, with any port. A page of some other site that
 * had its own name resolved to 127.0.0.1 (DNS rebinding) says its own.
 */
export function isOurHost(host: string): boolean {
  const match = hostForm.exec(host.toLowerCase());
  return match !== null && names.has(match[1] ?? match[2] ?? '');
}

/** Whether an `Origin` header names this server; `null` and other schemes do not. */
export function isOurOrigin(origin: string): boolean {
  return origin.startsWith('https://') && isOurHost(origin.slice('https://'.length));
}
