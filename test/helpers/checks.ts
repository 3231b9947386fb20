import type { JsonObject } from '../../src/base/json.ts';
import type { Backend } from '../../src/checks/backend.ts';
import type { CheckKind, CheckSpec, Observation } from '../../src/checks/check.ts';
import type { Look } from '../../src/checks/judge.ts';

/** A check with everything that is not the point of a test already there. */
export function check(id: string, more: Partial<CheckSpec> = {}): CheckSpec {
  return {
    id,
    description: `«${id}» está bien`,
    kind: 'prueba',
    params: {},
    requires: [],
    mode: 'level',
    expect: { ok: true },
    holdMs: 0,
    advice: { why: `por ${id}`, next: `sigue ${id}` },
    slips: [],
    ...more,
  };
}

/** A kind that sees what `see` says. */
export function kindThatSees(
  see: (params: JsonObject) => Observation | Promise<Observation>,
  more: Partial<CheckKind> = {},
): CheckKind {
  return {
    name: 'prueba',
    view: 'none',
    doc: '',
    params: {},
    fields: {},
    object: (params) => `la cosa ${String(params['nombre'] ?? '')}`.trim(),
    command: (_params, field) => (field === '' ? '' : `ver ${field}`),
    absentAdvice: () => ({ why: 'no hay', next: 'créala' }),
    observe: async (_context, params) => see(params),
    level: () => 'real',
    ...more,
  };
}

export function found(value: JsonObject): Look {
  return { state: 'seen', observation: { state: 'found', value }, level: 'real', params: {} };
}

export function absent(value: JsonObject = {}): Look {
  return { state: 'seen', observation: { state: 'absent', value }, level: 'real', params: {} };
}

export const unseen: Look = {
  state: 'unseen',
  unavailable: { reason: 'docker-stopped', why: 'Docker no contesta.', next: 'Arráncalo.' },
};

/** A backend without views, whose changes a test announces. */
export function emptyBackend(): Backend & { announce(): void; readonly listeners: number } {
  const listeners = new Set<() => void>();
  return {
    files: {
      read: async () => ({ ok: false, error: 'ENOENT' }),
      list: async () => ({ ok: true, value: [] }),
    },
    missing: {},
    onChange(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    close: async () => {},
    announce: () => {
      for (const listener of listeners) listener();
    },
    get listeners() {
      return listeners.size;
    },
  };
}
