/** The part of marked-terminal that we use; the package carries no types. */
declare module 'marked-terminal' {
  import type { MarkedExtension } from 'marked';

  type Paint = (text: string) => string;
  interface Options {
    readonly [name: string]: Paint | boolean | number | object;
  }
  export function markedTerminal(options: Options, highlight: object): MarkedExtension;
}
