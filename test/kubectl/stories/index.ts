import { applyStories } from './apply.ts';
import { changeStories } from './change.ts';
import { createStories } from './create.ts';
import { readStories } from './read.ts';

/** What people do with kubectl: each command with what it prints and leaves. */
export const stories = [...applyStories, ...createStories, ...readStories, ...changeStories];
