import type { ResourceDefinition } from './definition.ts';
import { pod } from './pod.ts';

/** Every built-in kind that is stored. A kind is a file beside this one and a line here. */
export const resources: readonly ResourceDefinition[] = [pod];
