/** The part of marked-terminal that we use; the package carries no types. */
declare module 'marked-terminal' {
  import type { MarkedExtension } from 'marked';

  type Paint = (text: string) => string;
  interface Options {
    readonly [name: string]: Paint | boolean | number | object;
  }
  interface HighlightOptions {
    readonly theme: { readonly [token: string]: Paint };
    readonly ignoreIllegals?: boolean;
  }
  export function markedTerminal(options: Options, highlight: HighlightOptions): MarkedExtension;
}
