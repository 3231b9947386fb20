import { appendFile, chmod, chown, rename, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { explainSystemError, makeFolder, readText } from '../../../base/files.ts';
import type { Owner } from '../../../base/platform.ts';
import type { AuditEvent } from './event.ts';

export interface AuditFilesOptions {
  readonly folder: string;
  readonly owner?: Owner | undefined;
  /** Default 2 MiB. */
  readonly maxBytes?: number;
  /** The one being written included. Default 4. */
  readonly files?: number;
}

const defaultBytes = 2 * 1024 * 1024;
const defaultFiles = 4;

/** JSON lines in `audit.log`, and older ones in `audit.log.1`, `.2`…: never more than `files` of about `maxBytes`. */
export class AuditFiles {
  readonly #options: AuditFilesOptions;
  #size: number | undefined;

  constructor(options: AuditFilesOptions) {
    this.#options = options;
  }

  #file(age: number): string {
    return path.join(this.#options.folder, age === 0 ? 'audit.log' : `audit.log.${age}`);
  }

  /** Appends whole lines. Undefined: written; otherwise a Spanish clause that says why not. */
  async append(lines: string): Promise<string | undefined> {
    const { folder, owner, maxBytes = defaultBytes } = this.#options;
    try {
      const bytes = Buffer.byteLength(lines);
      if (this.#size === undefined) {
        await makeFolder(folder, owner);
        this.#size = await stat(this.#file(0)).then(
          ({ size }) => size,
          () => 0,
        );
      }
      if (this.#size > 0 && this.#size + bytes > maxBytes) await this.#rotate();
      await appendFile(this.#file(0), lines, { mode: 0o600 });
      if (this.#size === 0) {
        await chmod(this.#file(0), 0o600);
        if (owner !== undefined) await chown(this.#file(0), owner.uid, owner.gid);
      }
      this.#size += bytes;
      return undefined;
    } catch (error) {
      this.#size = undefined;
      return explainSystemError(error);
    }
  }

  async #rotate(): Promise<void> {
    const { files = defaultFiles } = this.#options;
    await rm(this.#file(files - 1), { force: true });
    for (let age = files - 2; age >= 0; age--)
      await rename(this.#file(age), this.#file(age + 1)).catch(() => undefined);
    this.#size = 0;
  }

  /** What the files hold, oldest first. Lines that are torn or no events are passed over. */
  async read(): Promise<readonly AuditEvent[]> {
    const { files = defaultFiles, maxBytes = defaultBytes } = this.#options;
    const events: AuditEvent[] = [];
    for (let age = files - 1; age >= 0; age--) {
      const text = await readText(this.#file(age), maxBytes * 2);
      if (text.state === 'read') for (const line of text.value.split('\n')) pushEvent(events, line);
    }
    return events;
  }
}

function pushEvent(events: AuditEvent[], line: string): void {
  if (line === '') return;
  try {
    const value: unknown = JSON.parse(line);
    if (isEvent(value)) events.push(value);
  } catch {
    // The last line of a process that was killed.
  }
}

function isEvent(value: unknown): value is AuditEvent {
  if (typeof value !== 'object' || value === null) return false;
  const event = value as { readonly [key: string]: unknown };
  const texts = ['auditID', 'receivedAt', 'user', 'verb', 'url', 'group', 'resource', 'namespace', 'name'];
  return texts.every((key) => typeof event[key] === 'string') && typeof event['code'] === 'number';
}
