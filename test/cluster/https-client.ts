import { Agent, type AgentOptions, request } from 'node:https';

export interface Answer {
  readonly status: number;
  readonly body: { readonly [key: string]: unknown };
}

/** One connection to a cluster, kept open, as its administrator. */
export class AdminClient {
  readonly #agent: Agent;
  readonly #url: URL;

  constructor(kubeconfig: string) {
    const data = (name: string) => {
      const found = new RegExp(`${name}-data: (\\S+)`).exec(kubeconfig)?.[1] ?? '';
      return Buffer.from(found, 'base64').toString();
    };
    this.#url = new URL(/server: (\S+)/.exec(kubeconfig)?.[1] ?? '');
    const tls: AgentOptions = {
      ca: data('certificate-authority'),
      cert: data('client-certificate'),
      key: data('client-key'),
    };
    this.#agent = new Agent({ ...tls, keepAlive: true, maxSockets: 1 });
  }

  /** Rejects when the connection fails. */
  send(method: string, path: string, object?: unknown): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const sent = request(
        new URL(path, this.#url),
        { method, agent: this.#agent, headers: { 'content-type': 'application/json' } },
        (response) => {
          let text = '';
          response.on('data', (chunk) => {
            text += String(chunk);
          });
          response.on('error', reject);
          response.on('close', () => reject(new Error('cut off')));
          response.on('end', () => resolve({ status: response.statusCode ?? 0, body: JSON.parse(text) }));
        },
      );
      sent.on('error', reject);
      sent.end(object === undefined ? undefined : JSON.stringify(object));
    });
  }

  /** Calls `onEvent` for each event; resolves when the watch has begun. The result tells whether it still runs. */
  watch(
    path: string,
    onEvent: (event: { type: string; object: KubeLike }) => void,
  ): Promise<{ open: boolean }> {
    return new Promise((resolve, reject) => {
      const state = { open: true };
      const sent = request(new URL(path, this.#url), { agent: this.#agent }, (response) => {
        let text = '';
        response.on('data', (chunk) => {
          text += String(chunk);
          const lines = text.split('\n');
          text = lines.pop() ?? '';
          for (const line of lines) onEvent(JSON.parse(line));
        });
        response.on('error', () => undefined);
        response.on('close', () => {
          state.open = false;
        });
        resolve(state);
      });
      sent.on('error', reject);
      sent.end();
    });
  }

  close(): void {
    this.#agent.destroy();
  }
}

export interface KubeLike {
  readonly metadata: { readonly name: string; readonly resourceVersion: string };
}
