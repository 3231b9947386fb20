export function ensureImages(env?: NodeJS.ProcessEnv): Promise<string[]>;
export function removeStandIns(names: readonly string[], env?: NodeJS.ProcessEnv): Promise<void>;
