import { type ComponentAction, FaultRefused, type MasterAction } from './control/contract.ts';
import type { Master } from './members.ts';
import { didYouMean } from './options.ts';
import { StorageCorrupt } from './raft/storage.ts';

/** What may be done to a master for learning's sake. Rejects with `FaultRefused`: nothing was done then. */
export async function applyFault(
  masters: readonly Master[],
  number: number,
  action: MasterAction,
): Promise<void> {
  const master = masters[number - 1];
  if (!Number.isInteger(number) || master === undefined) {
    const last = masters.length;
    throw new FaultRefused(
      last === 1 ? 'Solo hay un master: el 1.' : `No hay ningún master ${number}: van del 1 al ${last}.`,
    );
  }
  const { name } = master;
  const isRunning = master.node !== undefined;
  switch (action) {
    case 'parar':
      if (!isRunning) throw new FaultRefused(`${name} ya está parado.`);
      return master.stop();
    case 'arrancar':
      if (isRunning) throw new FaultRefused(`${name} ya está en marcha.`);
      await master.start().catch((error: unknown) => {
        throw new FaultRefused(`${name} no puede arrancar: ${explainStart(error)}`);
      });
      // Not waited for: without the others it cannot be ready.
      master.becomeReady().catch(() => undefined);
      return;
    case 'aislar':
      if (masters.length === 1) throw new FaultRefused('Solo hay un master: no hay de quién aislarlo.');
      if (master.isIsolated) throw new FaultRefused(`${name} ya está aislado.`);
      return master.isolate();
    case 'reconectar':
      if (!master.isIsolated) throw new FaultRefused(`${name} no está aislado.`);
      return master.reconnect();
  }
}

/** Why a master does not start, in Spanish and with the file. */
export function explainStart(error: unknown): string {
  if (error instanceof StorageCorrupt) return `sus datos están dañados (${error.file}, byte ${error.offset})`;
  const message = error instanceof Error ? error.message : '';
  if (message.includes('ENOSPC')) return 'no queda espacio en el disco';
  if (message.includes('refuse writes')) return 'los discos de la mayoría no dejan escribir';
  return error instanceof Error ? error.message : String(error);
}

/** Refuses what is no component, or is so already; the set is changed in place. Throws `FaultRefused`. */
export function markComponent(
  stopped: Set<string>,
  names: readonly string[],
  name: string,
  action: ComponentAction,
): void {
  if (!names.includes(name)) {
    const near = didYouMean([name], names);
    throw new FaultRefused(`No hay ningún componente \`${name}\`. ${near}Hay: ${names.join(', ')}.`);
  }
  if (action === 'parar') {
    if (stopped.has(name)) throw new FaultRefused(`\`${name}\` ya está parado.`);
    stopped.add(name);
  } else if (!stopped.delete(name)) throw new FaultRefused(`\`${name}\` ya está en marcha.`);
}
