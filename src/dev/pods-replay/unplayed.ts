import { deedOf } from './notes.ts';
import type { Recording } from './recording.ts';
import { parseKubectl } from './words.ts';

/** Verbs that change nothing, and those that are done here. */
const harmless = new Set([
  ...[
    'get',
    'describe',
    'wait',
    'events',
    'logs',
    'exec',
    'attach',
    'cp',
    'top',
    'explain',
    'auth',
    'version',
  ],
  ...['port-forward', 'api-resources', 'api-versions', 'cluster-info', 'config', 'diff', 'options', 'proxy'],
]);
const played = new Set([
  ...['delete', 'patch', 'set', 'scale', 'rollout', 'cordon', 'uncordon', 'taint', 'drain', 'run', 'debug'],
  ...['label', 'annotate', 'create', 'apply', 'replace'],
]);

/** What of a recording nobody here can do: when it comes out otherwise, that may be why. Undefined: nothing. */
export function unplayed(recording: Recording): string | undefined {
  for (const note of recording.notes) if (deedOf(recording, note) === undefined) return `note "${note.text}"`;
  for (const { command } of recording.commands) {
    const { verb } = parseKubectl(command);
    if (!harmless.has(verb) && !played.has(verb)) return `$ ${command}`;
  }
  return undefined;
}
