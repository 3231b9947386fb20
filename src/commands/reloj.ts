import { formatDuration, joinWords, nearestNames } from '../base/text.ts';
import type { ClusterStatus, TimeAction } from '../cluster/control/contract.ts';
import { type CommandDefinition, type CommandSession, UsageError } from './command.ts';

const actions = ['pausar', 'seguir', 'avanzar', 'velocidad'] as const;

export const reloj: CommandDefinition = {
  name: 'reloj',
  summary: 'para, acelera o mueve a mano el reloj del clúster integrado',
  details:
    'pausar         el tiempo se detiene para todo el clúster; la API sigue contestando\nseguir         vuelve a correr\navanzar 10s    da un salto: 500ms, 10s, 5m (hasta 10m)\nvelocidad 10   diez segundos suyos por cada uno tuyo (de 0.1 a 100)\nSin argumentos dice qué hora es allí.',
  arguments: [
    { name: 'acción', required: false, doc: joinWords([...actions], 'o'), values: actions },
    { name: 'cuánto', required: false, doc: 'de `avanzar` y `velocidad`' },
  ],
  async run(input, session) {
    const { withControl } = await import('./services/cluster-control.ts');
    const [word, amount] = input.arguments;
    const action = word === undefined ? undefined : readAction(word, amount);
    const status =
      action?.kind === 'avanzar'
        ? await jump(session, action.ms)
        : await withControl(session, next, (control) =>
            action === undefined ? control.status() : control.time(action),
          );
    session.output.print(describe(status));
    if (action?.kind !== 'velocidad' || action.speed <= usualSpeed) {
      warn(session, status);
      return 0;
    }
    await session.clock.sleep(watchedMs);
    warn(session, await withControl(session, next, (control) => control.status()));
    return 0;
  },
};

const next = 'Mira cómo está con `curso reloj`.';

/** What is asked for at once: a loaded computer takes its time even for that. */
const leapMs = 15_000;
const toldEveryMs = 3_000;

/** A long jump is many short ones: it tells how far it is, and Ctrl-C stops it there. */
async function jump(session: CommandSession, wholeMs: number): Promise<ClusterStatus> {
  const { clock, output, signal } = session;
  const { withControl } = await import('./services/cluster-control.ts');
  let toldMs = clock.now();
  for (let doneMs = 0; ; ) {
    const ms = Math.min(leapMs, wholeMs - doneMs);
    const status = await withControl(session, next, (control) => control.time({ kind: 'avanzar', ms }));
    doneMs += ms;
    if (doneMs >= wholeMs) return status;
    const isTime = clock.now() - toldMs >= toldEveryMs;
    if (isTime || signal.aborted)
      output.note(
        `Van ${formatDuration(doneMs)} de ${formatDuration(wholeMs)}: allí son las ${status.time}.`,
      );
    if (isTime) toldMs = clock.now();
    signal.throwIfAborted();
  }
}

/** Above it, leaders have so little time to renew that a busy computer may not manage. */
const usualSpeed = 20;
/** How long such a speed is watched before it is told how it goes. */
const watchedMs = 2_000;

function warn({ output }: CommandSession, { lostLeads, speed }: ClusterStatus): void {
  if (speed <= 1 || lostLeads === 0) return;
  const lost = lostLeads === 1 ? 'un líder ha perdido' : `${lostLeads} líderes han perdido`;
  output.note(
    `A velocidad ${speed} este equipo no llega: ${lost} su puesto sin que nadie los parase. Prueba con \`curso reloj velocidad 10\`.`,
  );
}

function describe({ paused, speed, time, aheadMs }: ClusterStatus): string {
  const pace = paused ? 'en pausa' : speed === 1 ? 'a su paso' : `a velocidad ${speed}`;
  const apart = formatDuration(Math.abs(aheadMs));
  const lead =
    Math.abs(aheadMs) < noticedMs
      ? ''
      : aheadMs > 0
        ? `, ${apart} por delante de este equipo`
        : `, ${apart} por detrás de este equipo`;
  return `El reloj del clúster: ${time} (${pace}${lead})`;
}

/** What is less than this nobody did on purpose. */
const noticedMs = 1_000;

function readAction(word: string, amount: string | undefined): TimeAction {
  switch (word) {
    case 'pausar':
    case 'seguir':
      return { kind: word };
    case 'avanzar': {
      const ms = durationMs(amount ?? '1s');
      if (ms !== undefined && ms >= 1 && ms <= 600_000) return { kind: 'avanzar', ms };
      throw new UsageError(
        `\`${amount}\` no es un tiempo que se pueda avanzar.`,
        'Escribe 500ms, 10s, 5m… hasta 10m.',
      );
    }
    case 'velocidad': {
      const speed = /^\d{1,3}([.,]\d{1,3})?$/.test(amount ?? '')
        ? Number((amount ?? '').replace(',', '.'))
        : Number.NaN;
      if (speed >= 0.1 && speed <= 100) return { kind: 'velocidad', speed };
      throw new UsageError(
        amount === undefined ? 'Falta decir a qué velocidad.' : `\`${amount}\` no es una velocidad.`,
        'Escribe un número de 0.1 a 100: `curso reloj velocidad 10`.',
      );
    }
    default: {
      const near = nearestNames(word, actions, 1)[0];
      throw new UsageError(
        `Al reloj no se le puede \`${word}\`.`,
        `${near === undefined ? '' : `¿Querías decir \`${near}\`? `}Se puede ${joinWords([...actions], 'o')}.`,
      );
    }
  }
}

/** `500ms`, `10s`, `5m`, `1h`, or a bare number of seconds. */
function durationMs(text: string): number | undefined {
  const [, number = '', unit = 's'] = /^(\d{1,7})(ms|s|m|h)?$/.exec(text) ?? [];
  if (number === '') return undefined;
  const units: { readonly [unit: string]: number } = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 };
  return Number(number) * (units[unit] ?? 1_000);
}
