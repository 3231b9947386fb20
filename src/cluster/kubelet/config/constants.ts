/** The kubelet's own times (pkg/kubelet/kubelet.go), in ms. */
export const relistMs = 1000;
export const housekeepingMs = 2000;
export const resyncMs = 60_000;
export const backOffMs = 10_000;
export const transientBackOffMs = 1000;
export const statusRetryMs = 10_000;
export const crashBackOffMs = 10_000;
export const crashBackOffMaxMs = 300_000;
export const imageBackOffMs = 10_000;
export const imageBackOffMaxMs = 300_000;
export const minimumGraceSeconds = 2;
/** After the API said that it has too much to do. */
export const crowdedMs = 500;
