/** A container could not be started: what its waiting state says. */
export class StartError extends Error {
  /** `CreateContainerConfigError`, `ErrImagePull`… */
  readonly reason: string;
  constructor(reason: string, message: string) {
    super(message);
    this.reason = reason;
  }
}
