export interface Options {
  readonly mode: string;
  readonly file: string;
  readonly folder: string | undefined;
  readonly zipped: boolean;
  readonly verbose: boolean;
  readonly strip: number;
  readonly noOwner: boolean;
  readonly paths: readonly string[];
}

export function read(args: readonly string[]): Options {
  let [mode, file, zipped, verbose, strip, noOwner]: [string, string, boolean, boolean, number, boolean] = [
    '',
    '-',
    false,
    false,
    0,
    false,
  ];
  let folder: string | undefined;
  const paths: string[] = [];
  for (let at = 0; at < args.length; at++) {
    const arg = args[at] ?? '';
    if (arg === '-' || (!arg.startsWith('-') && at > 0)) paths.push(arg);
    else if (arg.startsWith('--')) {
      const [name, value] = arg.slice(2).split('=');
      if (name === 'strip-components') strip = Number(value);
      else if (name === 'directory') folder = value ?? args[++at];
      else if (name === 'file') file = value ?? args[++at] ?? '-';
      else if (name === 'create' || name === 'extract' || name === 'list')
        mode = name === 'extract' ? 'x' : name === 'list' ? 't' : 'c';
      else if (name === 'gzip') zipped = true;
      else if (name === 'no-same-owner') noOwner = true;
    } else {
      for (const [index, letter] of [...arg.replace(/^-/, '')].entries()) {
        if ('cxt'.includes(letter)) mode = letter;
        else if (letter === 'z') zipped = true;
        else if (letter === 'v') verbose = true;
        else if (letter === 'o') noOwner = true;
        else if (letter === 'f' || letter === 'C') {
          const rest = arg.replace(/^-/, '').slice(index + 1);
          const value = arg.startsWith('-') && rest !== '' ? rest : (args[++at] ?? '-');
          if (letter === 'f') file = value;
          else folder = value;
          if (arg.startsWith('-') && rest !== '') break;
        }
      }
    }
  }
  return { mode, file, folder, zipped, verbose, strip, noOwner, paths };
}
