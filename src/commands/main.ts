import { systemClock } from '../base/clock.ts';
import { courseHome } from '../base/platform.ts';
import { systemRandom } from '../base/random.ts';
import { cleanText } from '../base/text.ts';
import { type CommandSession, type ExitCode, Unable, UsageError } from './command.ts';
import { openOutput } from './output.ts';

/** One run of the program: its session is made of the process, and whatever goes wrong ends in Spanish. */
export async function main(argv: readonly string[], version: string, packageRoot: string): Promise<number> {
  const interruption = new AbortController();
  const interrupt = () => {
    // The first Ctrl-C ends things in order; a second one, at once, as Node does by itself.
    process.off('SIGINT', interrupt);
    interruption.abort(new Interrupted());
  };
  process.on('SIGINT', interrupt);
  const accessible = argv.includes('--accesible') || process.env['INK_SCREEN_READER'] === 'true';
  const interactive = process.stdin.isTTY === true && process.stdout.isTTY === true && !process.env['CI'];
  const session: CommandSession = {
    output: openOutput(
      { stdout: process.stdout, stderr: process.stderr, interactive },
      process.env,
      accessible,
    ),
    clock: systemClock,
    random: systemRandom,
    home: courseHome(),
    env: process.env,
    platform: process.platform,
    cwd: currentFolder(),
    version,
    packageRoot,
    courseFolder: optionValue(argv, '--curso') ?? (process.env['CURSO_K8S_CURSO'] || undefined),
    signal: interruption.signal,
  };
  // An error that no promise carries (a timer, a socket's event) ends the run like any other.
  const stray = new Promise<never>((_, reject) => process.on('uncaughtException', reject));
  // Watching rests on timers that keep nothing alive; until the command ends, this does.
  const alive = new AbortController();
  void systemClock.sleep(longestSleepMs, alive.signal).catch(() => undefined);
  try {
    return await Promise.race([run(argv, session), stray]);
  } catch (error) {
    return await explain(error, argv, session);
  } finally {
    alive.abort();
    process.off('SIGINT', interrupt);
  }
}

class Interrupted extends Error {}

/** The longest that a timer of Node takes: 24 days. */
const longestSleepMs = 2 ** 31 - 1;

async function run(argv: readonly string[], session: CommandSession): Promise<ExitCode> {
  if (opensTheCourse(argv)) {
    const { openCourse } = await import('./curso.ts');
    return openCourse(session);
  }
  const rest = withoutGeneralOptions(argv);
  if (rest[0] === 'kubectl' && rest[1] !== '--help' && rest[1] !== '-h') {
    const { runKubectl } = await import('./kubectl.ts');
    return (await runKubectl(rest.slice(1), session)) as ExitCode;
  }
  const [{ runProgram }, { commands }] = await Promise.all([import('./program.ts'), import('./index.ts')]);
  return runProgram(commands, argv, session);
}

async function explain(error: unknown, argv: readonly string[], session: CommandSession): Promise<number> {
  const { output, signal } = session;
  if (error instanceof UsageError || error instanceof Unable) {
    output.note(`${output.paint('bad', 'curso:')} ${cleanText(error.message)}`);
    if (error.remedy !== '') output.note(cleanText(error.remedy));
    return error instanceof UsageError ? 2 : 3;
  }
  if (signal.aborted) {
    output.note('Interrumpido.');
    return 130;
  }
  await reportCrash(error, argv, session);
  return 1;
}

async function reportCrash(error: unknown, argv: readonly string[], session: CommandSession): Promise<void> {
  const { writeCrashReport } = await import('./crash.ts');
  await writeCrashReport(error, argv, session);
}

/** Only options that every command takes, and no command: `curso`, `curso --accesible`, `curso --curso DIR`. */
const opensTheCourse = (argv: readonly string[]) => withoutGeneralOptions(argv).length === 0;

/** From the command on. What follows `kubectl` is kubectl's, so only those before it are ours. */
function withoutGeneralOptions(argv: readonly string[]): readonly string[] {
  const [first, second] = argv;
  if (first === '--accesible' || first?.startsWith('--curso=')) return withoutGeneralOptions(argv.slice(1));
  return first === '--curso' && second !== undefined ? withoutGeneralOptions(argv.slice(2)) : argv;
}

/** An option that must be known before anything is parsed, since it decides what there is to parse. */
function optionValue(argv: readonly string[], name: string): string | undefined {
  const at = argv.indexOf(name);
  return at >= 0 ? argv[at + 1] : argv.find((word) => word.startsWith(`${name}=`))?.slice(name.length + 1);
}

/** The folder we were started in may be gone. */
function currentFolder(): string {
  try {
    return process.cwd();
  } catch {
    return '/';
  }
}
