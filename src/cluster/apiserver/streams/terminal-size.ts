const mostBytes = 4 * 1024;
const largest = 65_535;

export interface TerminalSize {
  readonly width: number;
  readonly height: number;
}

/** The sizes in a stream of `{"Width":80,"Height":24}`; ends with the first that is none, as Go's decoder does. */
export async function* terminalSizes(input: AsyncIterable<Uint8Array>): AsyncGenerator<TerminalSize> {
  let text = '';
  for await (const bytes of input) {
    text += Buffer.from(bytes).toString('latin1');
    for (let end = text.indexOf('}'); end >= 0; end = text.indexOf('}')) {
      const size = sizeOf(text.slice(0, end + 1));
      if (size === undefined) return;
      yield size;
      text = text.slice(end + 1);
    }
    if (text.length > mostBytes) return;
  }
}

function sizeOf(json: string): TerminalSize | undefined {
  try {
    const read = JSON.parse(json) as { readonly [name: string]: unknown };
    const field = (name: string) => read[name] ?? read[name.toLowerCase()] ?? 0;
    const [width, height] = [field('Width'), field('Height')];
    return isSize(width) && isSize(height) ? { width, height } : undefined;
  } catch {
    return undefined;
  }
}

function isSize(value: unknown): value is number {
  return Number.isInteger(value) && (value as number) >= 0 && (value as number) <= largest;
}
