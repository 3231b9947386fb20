import type { Clock } from '../base/clock.ts';
import type { JsonObject } from '../base/json.ts';
import { type Backend, CouldNotLook, type Unavailable } from './backend.ts';
import type { AttemptFacts, CheckKind, CheckSpec } from './check.ts';
import type { Look } from './judge.ts';
import { renderParams } from './templates.ts';
import { boundText, cleanValue } from './text.ts';

export interface LookSetup {
  readonly kinds: (name: string) => CheckKind | undefined;
  readonly backend: Backend;
  readonly attempt: AttemptFacts;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** Longest one look may take. */
  readonly timeoutMs: number;
  /** Every check that may share the look: what one of them needs to know is asked for all. */
  readonly sharers: readonly CheckSpec[];
}

export const defaultLookTimeoutMs = 5000;

/**
 * Looks once for one check. Never rejects: what goes wrong while looking is a value, and becomes an `unknown` verdict.
 * `scope` is the check's turn: parameters and what its ancestors saw.
 */
export async function lookOnce(spec: CheckSpec, scope: JsonObject, setup: LookSetup): Promise<Look> {
  const kind = setup.kinds(spec.kind);
  if (!kind) return unseen(internal(`Este curso no sabe mirar «${spec.kind}».`));
  const missing = missingView(kind, setup.backend);
  if (missing) return unseen(missing);
  const params = renderParams(spec.params, scope);
  const looking = new AbortController();
  const stop = () => looking.abort(setup.signal.reason);
  // Not `AbortSignal.any`: with a signal that lives for hours, Node 20 never lets its results go (nodejs/node#54614).
  setup.signal.addEventListener('abort', stop, { once: true });
  if (setup.signal.aborted) stop();
  try {
    const context = { backend: setup.backend, scope, attempt: setup.attempt, signal: looking.signal };
    const seeing = async () => ({
      ...(await clockOf(setup.sharers, kind, setup.backend)),
      observation: await kind.observe(context, params),
    });
    const seen = await Promise.race([seeing(), deadline(setup, looking.signal)]);
    return { state: 'seen', level: kind.level(setup.backend), params, ...seen };
  } catch (error) {
    return unseen(unavailableFrom(error, spec));
  } finally {
    setup.signal.removeEventListener('abort', stop);
    looking.abort();
  }
}

/** What waits in the cluster waits by its own clock, which may be hurried or paused. */
async function clockOf(
  sharers: readonly CheckSpec[],
  kind: CheckKind,
  backend: Backend,
): Promise<{ readonly clockMs?: number; readonly paused?: boolean }> {
  const builtin = kind.view === 'cluster' ? backend.cluster?.builtin : undefined;
  const holds = sharers.some(({ holdMs }) => holdMs > 0);
  if (builtin === undefined || (!holds && sharers.every(({ converging }) => converging === undefined))) {
    return {};
  }
  const paused = await builtin.paused();
  return { ...(holds ? { clockMs: await builtin.now() } : {}), ...(paused ? { paused } : {}) };
}

class LookTimeout extends Error {}

/** Rejects when the time is up or the looking ends; then it leaves no timer behind. */
function deadline({ clock, timeoutMs }: LookSetup, looking: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    const cancel = clock.after(timeoutMs, () => reject(new LookTimeout()));
    const end = () => {
      cancel();
      reject(looking.reason);
    };
    if (looking.aborted) end();
    else looking.addEventListener('abort', end, { once: true });
  });
}

function missingView(kind: CheckKind, backend: Backend): Unavailable | undefined {
  if (kind.view === 'none' || backend[kind.view]) return undefined;
  return (
    backend.missing[kind.view] ?? {
      reason: 'view-missing',
      why: `Aquí no hay un ${viewNames[kind.view]} que mirar.`,
      next: 'Ejecuta `curso doctor` para saber qué falta.',
    }
  );
}

const viewNames = { docker: 'Docker', linux: 'Linux', cluster: 'clúster de Kubernetes' } as const;

function unavailableFrom(error: unknown, spec: CheckSpec): Unavailable {
  if (error instanceof CouldNotLook) return error.unavailable;
  if (error instanceof LookTimeout) {
    return {
      reason: 'timeout',
      why: `Mirar la comprobación «${spec.id}» tardó demasiado.`,
      next: 'Espera a que el equipo esté menos ocupado y vuelve a comprobar.',
    };
  }
  return internal(
    `Falló al mirar la comprobación «${spec.id}»: ${error instanceof Error ? error.message : String(error)}`,
  );
}

/** A fault of the course itself; the message is bounded because it may carry anything. */
export function internal(why: string): Unavailable {
  return {
    reason: 'internal',
    why: boundText(cleanValue(why), 300),
    next: 'Es un fallo del curso, no tuyo. Ejecuta `curso doctor` y avisa a quien lo mantiene.',
  };
}

function unseen(unavailable: Unavailable): Look {
  return { state: 'unseen', unavailable };
}
