/**
 * How everybody talks to an API server. In-process it is the server's own handler, remotely an HTTPS call: the code above
 * is the same. Objects may travel as objects inside the process, so that nobody pays for serialising them twice.
 */
export type Transport = (request: ApiRequest) => Promise<ApiResponse>;

export interface ApiRequest {
  readonly method: string;
  /** Path and query as sent, `/api/v1/namespaces/default/pods?limit=500`. */
  readonly url: string;
  /** Lower-case names. */
  readonly headers: { readonly [name: string]: string | readonly string[] | undefined };
  /** Bytes as received, or an object that the caller gives away (in-process; never changed afterwards). */
  readonly body?: RequestBody;
  /** Who it is, when the caller already knows: the TLS client certificate's subject, or a component inside the process. */
  readonly identity?: Identity;
  /** Aborts when the client is gone; ends watches. */
  readonly signal: AbortSignal;
  readonly remoteAddress?: string;
}

export type RequestBody =
  | { readonly kind: 'bytes'; readonly bytes: Uint8Array }
  | { readonly kind: 'object'; readonly object: unknown };

export interface Identity {
  readonly name: string;
  readonly uid?: string;
  readonly groups: readonly string[];
  readonly extra?: { readonly [key: string]: readonly string[] };
  /** `X509`, `InProcess`: for the audit. */
  readonly via: string;
}

export interface ApiResponse {
  readonly status: number;
  /** Lower-case names; a list becomes several headers (Warning). */
  readonly headers: { readonly [name: string]: string | readonly string[] };
  readonly body: ResponseBody;
}

export type ResponseBody =
  | { readonly kind: 'bytes'; readonly bytes: Uint8Array | string }
  /** `bytes()` serialises once; every watcher and every GET of the same revision shares them. */
  | { readonly kind: 'object'; readonly object: unknown; bytes(): Uint8Array | string }
  /** Ends when the iteration ends. Each item is one watch event in process, or a chunk. */
  | { readonly kind: 'events'; readonly events: AsyncIterable<StreamItem> }
  /** The connection is taken over (exec, attach, port-forward): the HTTP front hands the socket to this. */
  | {
      readonly kind: 'upgrade';
      readonly protocol: string;
      readonly accept: (socket: unknown, head: Uint8Array) => void;
    };

export interface StreamItem {
  /** A watch event `{type, object}` for readers inside the process; undefined for raw chunks (logs). */
  readonly event?: { readonly type: string; readonly object: unknown };
  bytes(): Uint8Array | string;
}
