import type { ApiResponse } from '../../../kube/transport.ts';
import { pageNotFound, textResponse } from '../answers/respond.ts';
import type { HealthCheck, RequestContext, Route } from '../contracts.ts';

type Endpoint = 'healthz' | 'livez' | 'readyz';

/** `/healthz`, `/livez` and `/readyz` with `?verbose`, `?exclude=` and single checks. Mirrors apiserver/pkg/server/healthz. */
export function healthRoutes(checks: readonly HealthCheck[]): readonly Route[] {
  return (['healthz', 'livez', 'readyz'] as const).map((name) => {
    const own = checks.filter(({ on }) => on.includes(name));
    return {
      path: `/${name}`,
      prefix: true,
      listedPaths: () => [
        `/${name}`,
        ...own.filter((check) => isListed(name, check)).map((check) => `/${name}/${check.name}`),
      ],
      handle: (context) => answer(name, own, context),
    };
  });
}

/** `/` of a real 1.32 does not tell of these, though they can be asked for. */
function isListed(endpoint: Endpoint, { name }: HealthCheck): boolean {
  return !name.startsWith('poststarthook/') && !(endpoint === 'readyz' && name.startsWith('etcd'));
}

async function answer(
  name: Endpoint,
  checks: readonly HealthCheck[],
  { info }: RequestContext,
): Promise<ApiResponse> {
  const single = info.path.slice(name.length + 2);
  if (single !== '') {
    const check = checks.find((one) => one.name === single);
    if (check === undefined) return pageNotFound();
    const wrong = await resultOf(check);
    return wrong === undefined
      ? textResponse(200, 'ok')
      : textResponse(500, `internal server error: ${wrong}\n`);
  }
  return all(name, checks, info.query);
}

async function all(
  name: Endpoint,
  checks: readonly HealthCheck[],
  query: URLSearchParams,
): Promise<ApiResponse> {
  const excluded = new Set(query.getAll('exclude').filter((one) => one !== ''));
  const lines: string[] = [];
  let failed = false;
  for (const check of checks) {
    if (excluded.delete(check.name)) {
      lines.push(`[+]${check.name} excluded: ok`);
      continue;
    }
    const wrong = await resultOf(check);
    if (wrong !== undefined) failed = true;
    lines.push(wrong === undefined ? `[+]${check.name} ok` : `[-]${check.name} failed: reason withheld`);
  }
  if (excluded.size > 0)
    lines.push(
      `warn: some health checks cannot be excluded: no matches for ${[...excluded].map((one) => JSON.stringify(one)).join(', ')}`,
    );
  if (failed) return textResponse(500, `${lines.join('\n')}\n${name} check failed\n`);
  return textResponse(200, query.has('verbose') ? `${lines.join('\n')}\n${name} check passed\n` : 'ok');
}

/** What is wrong, if anything; a check that throws is not well. */
export async function resultOf(check: HealthCheck): Promise<string | undefined> {
  try {
    return await check.check();
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
