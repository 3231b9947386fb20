import type { Readable } from 'node:stream';
import { CouldNotLook } from '../../checks/backend.ts';
import { type Engine, EngineError } from './engine.ts';

/** Pulls an image when it is not there. Throws `CouldNotLook` `docker-image-missing` with the engine's reason. */
export async function ensureImage(
  engine: Engine,
  reference: string,
  onProgress: (line: string) => void,
): Promise<void> {
  const path = reference.split('/').map(encodeURIComponent).join('/');
  if ((await engine.json(`/images/${path}/json`)) !== undefined) return;
  onProgress(`Descargo la imagen ${reference}…`);
  let problem = '';
  try {
    const [, fromImage = reference, tag = 'latest'] = /^(.+):([^/:]+)$/.exec(reference) ?? [];
    const query = { fromImage, tag };
    const stream = await engine.stream('/images/create', { method: 'POST', query, timeoutMs: 60_000 });
    if (stream === undefined) problem = 'no existe en el registro';
    else problem = await followPull(engine, stream, reference, onProgress);
  } catch (error) {
    if (!(error instanceof EngineError)) throw error;
    problem = error.message;
  }
  if (problem !== '') {
    throw new CouldNotLook({
      reason: 'docker-image-missing',
      why: `Falta la imagen ${reference} y no pude descargarla: ${problem}`,
      next: `Comprueba tu conexión a internet y descárgala con \`docker pull ${reference}\`.`,
    });
  }
}

/** Reads the pull to its end; '' or what went wrong. A pull that says nothing for a minute is given up. */
async function followPull(
  engine: Engine,
  stream: Readable,
  reference: string,
  onProgress: (line: string) => void,
): Promise<string> {
  let rest = '';
  let problem = '';
  let stop = () => {};
  const watch = () => {
    stop();
    stop = engine.clock.after(60_000, () => stream.destroy(new Error('el registro dejó de contestar')));
  };
  watch();
  try {
    for await (const chunk of stream) {
      watch();
      const lines = (rest + String(chunk)).split('\n');
      rest = (lines.pop() ?? '').slice(-65_536);
      for (const line of lines) {
        const step = parseStep(line);
        if (step.error !== undefined) problem = step.error;
        else if (step.percent !== undefined) onProgress(`Descargo la imagen ${reference}: ${step.percent} %`);
      }
    }
  } catch (error) {
    problem ||= error instanceof Error ? error.message : String(error);
  } finally {
    stop();
  }
  return problem;
}

function parseStep(line: string): { readonly error?: string; readonly percent?: number } {
  try {
    const step = JSON.parse(line) as {
      error?: string;
      progressDetail?: { current?: number; total?: number };
    };
    if (typeof step.error === 'string') return { error: step.error };
    const { current, total } = step.progressDetail ?? {};
    return current !== undefined && total !== undefined && total > 0
      ? { percent: Math.round((100 * current) / total) }
      : {};
  } catch {
    return {};
  }
}
