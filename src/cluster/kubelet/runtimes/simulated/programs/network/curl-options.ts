export interface Options {
  readonly urls: string[];
  readonly flags: Map<string, string>;
  readonly headers: { [name: string]: string };
  readonly data: string[];
  readonly resolve: Map<string, string>;
}

const takesValue = new Set([
  '-o',
  '-w',
  '-m',
  '-H',
  '-X',
  '-d',
  '-u',
  '-A',
  '-e',
  '-b',
  '-c',
  '-T',
  '-x',
  '-F',
  '-K',
  '-E',
  '-r',
  '--output',
  '--write-out',
  '--max-time',
  '--header',
  '--request',
  '--data',
  '--user',
  '--user-agent',
  '--connect-timeout',
  '--retry',
  '--retry-delay',
  '--retry-max-time',
  '--resolve',
  '--data-raw',
  '--data-binary',
  '--data-urlencode',
  '--cacert',
  '--cert',
  '--key',
  '--max-redirs',
  '--interface',
  '--limit-rate',
  '--referer',
  '--cookie',
  '--proxy',
  '--json',
  '--url',
]);

const shortNames: { readonly [long: string]: string } = {
  '--silent': '-s',
  '--show-error': '-S',
  '--output': '-o',
  '--remote-name': '-O',
  '--write-out': '-w',
  '--include': '-i',
  '--head': '-I',
  '--verbose': '-v',
  '--insecure': '-k',
  '--max-time': '-m',
  '--header': '-H',
  '--request': '-X',
  '--data': '-d',
  '--location': '-L',
  '--fail': '-f',
  '--user': '-u',
  '--user-agent': '-A',
  '--data-raw': '-d',
  '--data-binary': '-d',
  '--referer': '-e',
  '--get': '-G',
  '-E': '--cert',
};

export function parse(args: readonly string[]): Options | string {
  const options: Options = { urls: [], flags: new Map(), headers: {}, data: [], resolve: new Map() };
  const take = (flag: string, value: string) => {
    if (flag === '-H') {
      const at = value.indexOf(':');
      if (at > 0) options.headers[value.slice(0, at).toLowerCase()] = value.slice(at + 1).trim();
    } else if (flag === '-d' || flag === '--data-urlencode')
      options.data.push(flag === '-d' ? value : encodeURIComponent(value));
    else if (flag === '--json') {
      options.data.push(value);
      Object.assign(options.headers, { 'content-type': 'application/json', accept: 'application/json' });
    } else if (flag === '--resolve') {
      const [host = '', port = '', ip = ''] = value.split(':');
      options.resolve.set(`${host}:${port}`, ip);
    } else if (flag === '--url') options.urls.push(value);
    else options.flags.set(flag, value);
  };
  for (let at = 0; at < args.length; at++) {
    const arg = args[at] ?? '';
    if (!arg.startsWith('-') || arg === '-') options.urls.push(arg);
    else if (arg.startsWith('--')) {
      const flag = shortNames[arg] ?? arg;
      if (!takesValue.has(arg)) options.flags.set(flag, '');
      else if (at + 1 >= args.length) return `option ${arg}: requires parameter`;
      else take(flag, args[++at] ?? '');
    } else {
      for (let index = 1; index < arg.length; index++) {
        const flag = `-${arg[index]}`;
        if (!takesValue.has(flag)) {
          if (!/[sSOiIvkLfGgNnZ0146#aBjJlMpqR]/.test(flag[1] ?? '')) return `option ${flag}: is unknown`;
          options.flags.set(flag, '');
          continue;
        }
        const value = arg.slice(index + 1) || args[++at];
        if (value === undefined) return `option ${flag}: requires parameter`;
        take(shortNames[flag] ?? flag, value);
        break;
      }
    }
  }
  return options;
}
