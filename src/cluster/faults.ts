import type { Clock } from '../base/clock.ts';
import type { PacedClock } from '../base/paced-clock.ts';
import {
  type ComponentAction,
  FaultRefused,
  type MasterAction,
  type TimeAction,
} from './control/contract.ts';
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
    throw new FaultRefused(
      `No hay ningún componente \`${name}\`. ${near}Son \`scheduler\` y los controladores: \`curso componente\` los enseña.`,
    );
  }
  if (action === 'parar') {
    if (stopped.has(name)) throw new FaultRefused(`\`${name}\` ya está parado.`);
    stopped.add(name);
  } else if (!stopped.delete(name)) throw new FaultRefused(`\`${name}\` ya está en marcha.`);
}

const longestStepMs = 600_000;
/** What time jumps by: less than the members of Raft wait for each other. */
const sliceMs = 100;

/**
 * Rejects with `FaultRefused` for a step or speed out of range, and for what is so already. A long step is made of short ones, with
 * a moment of `base` between them for disks and messages: else everybody would find everybody else late.
 */
export async function moveTime(clock: PacedClock, base: Clock, action: TimeAction): Promise<void> {
  switch (action.kind) {
    case 'pausar':
      if (clock.paused) throw new FaultRefused('El reloj ya está en pausa.');
      clock.pause();
      break;
    case 'seguir':
      if (!clock.paused) throw new FaultRefused('El reloj ya corre.');
      clock.resume();
      break;
    case 'avanzar':
      if (!(action.ms >= 1 && action.ms <= longestStepMs))
        throw new FaultRefused('El reloj avanza de una vez entre 1 ms y 10 minutos.');
      for (let left = action.ms; left > 0; left -= sliceMs) {
        clock.step(Math.min(left, sliceMs));
        await base.sleep(1);
      }
      break;
    case 'velocidad':
      if (!(action.speed >= 0.1 && action.speed <= 100))
        throw new FaultRefused('La velocidad va de 0.1 a 100.');
      clock.setSpeed(action.speed);
      break;
  }
}
