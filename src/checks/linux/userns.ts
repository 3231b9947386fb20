import type { LinuxView } from '../backend.ts';

/** What the switches of this kernel say about user namespaces without privileges. */
export interface UsernsFacts {
  readonly permitidos: boolean;
  /** Allowed, but AppArmor takes the capabilities away (Ubuntu 23.10 and later). */
  readonly restringidos: boolean;
  readonly [name: string]: boolean;
}

export async function usernsFacts(view: LinuxView): Promise<UsernsFacts> {
  const value = async (name: string) => {
    const read = await view.read(`/proc/sys/${name}`, 64);
    return read.ok ? read.value.trim() : undefined;
  };
  const supported = (await view.readlink('/proc/self/ns/user')).ok;
  const most = await value('user/max_user_namespaces');
  const debian = await value('kernel/unprivileged_userns_clone');
  const apparmor = await value('kernel/apparmor_restrict_unprivileged_userns');
  return { permitidos: supported && most !== '0' && debian !== '0', restringidos: apparmor === '1' };
}
