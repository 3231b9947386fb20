import type { Builtin } from '../host.ts';
import { control } from './control.ts';
import { jobs } from './jobs.ts';
import { output } from './output.ts';
import { read } from './read.ts';
import { variables } from './variables.ts';

/** What the shell does itself, by name. */
export const builtins: { readonly [name: string]: Builtin } = {
  ...control,
  ...jobs,
  ...output,
  ...variables,
  read,
};

/** POSIX's special ones: they come before functions, and their assignments stay. */
export const specialBuiltins: ReadonlySet<string> = new Set(
  ': . source break continue eval exec exit export readonly return set shift times trap unset'.split(' '),
);
