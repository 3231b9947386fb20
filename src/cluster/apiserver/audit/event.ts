/** A request that was answered, as the audit tells it. */
export interface AuditEvent {
  readonly auditID: string;
  /** RFC 3339 with microseconds. */
  readonly receivedAt: string;
  readonly latencyMs: number;
  readonly user: string;
  readonly groups: readonly string[];
  readonly impersonatedBy?: string;
  readonly verb: string;
  readonly url: string;
  readonly group: string;
  readonly version: string;
  readonly resource: string;
  readonly subresource: string;
  readonly namespace: string;
  readonly name: string;
  readonly code: number;
  readonly reason?: string;
  readonly userAgent: string;
  /** `kubectl apply` */
  readonly kubectlCommand?: string;
  readonly kubectlSession?: string;
  readonly dryRun: boolean;
  readonly annotations: { readonly [key: string]: string };
  /** After a write: what was stored. */
  readonly resourceVersion?: string;
}

export interface AuditSink {
  record(event: AuditEvent): void;
}
